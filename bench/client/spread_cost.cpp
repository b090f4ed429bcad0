// What it costs to spread users over nodes: prints the table of docs/partitioning.md, nanoseconds a user.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "partition/replica_reads.hpp"

using namespace lastbeat;

namespace {

constexpr std::size_t kUsers = 1000;

// Median of many batches, of other users each.
template <class Work>
double nanoseconds_a_user(Work work) {
  std::vector<double> times;
  std::vector<UserId> users(kUsers);
  std::uint64_t next = 1;
  for (int turn = 0; turn < 101; ++turn) {
    for (UserId& user : users) user = UserId{next++ * 0x9e3779b97f4a7c15U};
    const auto start = std::chrono::steady_clock::now();
    work(std::span<const UserId>{users});
    times.push_back(std::chrono::duration<double, std::nano>{std::chrono::steady_clock::now() - start}.count() /
                    kUsers);
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main() {
  std::puts("| nodes | weights | best | best two | cut, 1 replica | cut, 2 replicas | read |");
  std::puts("| --- | --- | --- | --- | --- | --- | --- |");
  std::uint64_t sum = 0;  // so that nothing is left out
  for (const std::uint32_t count : {3U, 10U, 30U}) {
    for (const bool is_equal : {true, false}) {
      std::vector<Node> nodes;
      for (std::uint32_t i = 0; i < count; ++i) nodes.push_back({"node-" + std::to_string(i), is_equal ? 1 : 10 + i});
      const auto rendezvous = Rendezvous::make(nodes).value();
      const auto one = NodeLists::make(nodes, Replicas::kOne).value();
      const auto two = NodeLists::make(nodes, Replicas::kTwo).value();
      const std::vector<Presence> all_online(kUsers, Presence::kOnline);
      BatchSplit split;
      ReplicaReads reads;
      const auto cut = [&](const NodeLists& lists) {
        return nanoseconds_a_user([&](auto users) {
          split_told_of(lists, users, split);
          sum += split.cut().size();
        });
      };
      const double best = nanoseconds_a_user([&](auto users) {
        for (const UserId user : users) sum += rendezvous.best(user);
      });
      const double best_two = nanoseconds_a_user([&](auto users) {
        for (const UserId user : users) sum += rendezvous.best_two(user).second;
      });
      const double read = nanoseconds_a_user([&](auto users) {
        reads.begin(two, users, false);
        for (const auto& part : reads.next()) reads.hear(part, std::span{all_online}.first(part.users.size()));
        sum += reads.next().size();
      });
      std::printf("| %u | %s | %.0f | %.0f | %.0f | %.0f | %.0f |\n", count, is_equal ? "equal" : "different", best,
                  best_two, cut(one), cut(two), read);
    }
  }
  return sum != 0 ? 0 : 1;
}
