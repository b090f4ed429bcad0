#include "table_bench/edge_receiver.hpp"

#include <array>

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;

namespace {

Edge edge(std::uint64_t user, EdgeCause cause) {
  return {.user = UserId{user}, .number = 0, .second = 0, .cause = cause};
}

EdgeTally tally(std::initializer_list<std::uint64_t> users) {
  EdgeTally tally;
  for (const std::uint64_t user : users) tally.add(UserId{user});
  return tally;
}

}  // namespace

TEST_CASE("a receiver counts timeouts and nothing else") {
  EdgeReceiver receiver{100};
  const std::array edges{edge(1, EdgeCause::kTimeout), edge(2, EdgeCause::kHeartbeat), edge(3, EdgeCause::kLeave),
                         edge(4, EdgeCause::kTimeout)};
  receiver.take(edges);
  CHECK(receiver.stop() == tally({1, 4}));
  CHECK(receiver.lost() == 0);
}

TEST_CASE("what finds no room is lost, and counted") {
  EdgeReceiver receiver{2};
  CHECK(receiver.room() == 2);
  const std::array edges{edge(1, EdgeCause::kTimeout), edge(2, EdgeCause::kTimeout), edge(3, EdgeCause::kTimeout)};
  receiver.take(edges);
  CHECK(receiver.lost() == 1);
  CHECK(receiver.stop() == tally({1, 2}));
}

TEST_CASE("whoever asks for room first loses nothing, however small the receiver") {
  constexpr std::uint64_t kUsers = 20'000;
  EdgeReceiver receiver{7};
  EdgeTally sent;
  for (std::uint64_t i = 0; i < kUsers; ++i) {
    while (receiver.room() == 0) std::this_thread::yield();
    const std::array one{edge(i, EdgeCause::kTimeout)};
    receiver.take(one);
    sent.add(UserId{i});
  }
  CHECK(receiver.stop() == sent);
  CHECK(receiver.lost() == 0);
}

TEST_CASE("a tally tells a user who came twice from two users") {
  CHECK(tally({1, 2}) != tally({1, 1}));
  CHECK(tally({1, 2}) != tally({1, 2, 2}));
  CHECK(tally({1, 2}) == tally({2, 1}));
}
