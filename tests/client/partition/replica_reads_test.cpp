#include "partition/replica_reads.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include "support/catch.hpp"

using namespace lastbeat;

namespace {

constexpr int kTtl = 10;      // seconds, as everywhere below
constexpr int kInterval = 3;  // between a user's heartbeats
constexpr std::size_t kUsers = 80;

// A server: what it would answer, without the server.
class FakeNode {
 public:
  // False: it could not be reached.
  bool take(UserId user, int second, bool is_leave) {
    if (is_up) stamps_[user] = {second, is_leave};
    return is_up;
  }
  // Requires is_up.
  [[nodiscard]] UserStatus answer(UserId user, int now) const {
    UserStatus status{.user = user, .presence = Presence::kOffline, .age = {}};
    const auto stamp = stamps_.find(user);
    if (stamp != stamps_.end() && now - stamp->second.second <= kTtl) {
      status.presence = stamp->second.is_leave ? Presence::kLeft : Presence::kOnline;
      status.age = std::chrono::seconds{now - stamp->second.second};
    }
    // What a client makes of a node that has been away.
    const bool is_in_doubt = now <= doubt_until_;
    if (is_in_doubt && status.presence != Presence::kOnline) status.presence = Presence::kUnknown;
    return status;
  }
  void lose(int now) {
    is_up = false;
    lost_at_ = now;
  }
  void restart_empty(int now) {
    stamps_.clear();
    is_up = true;
    doubt_until_ = now + kTtl;
  }
  void come_back(int now) {
    is_up = true;
    if (now - lost_at_ >= kTtl - kInterval) doubt_until_ = now + kTtl;
  }

  bool is_up = true;

 private:
  struct Stamp {
    int second;
    bool is_leave;
  };
  std::map<UserId, Stamp> stamps_;
  int lost_at_ = -1;
  int doubt_until_ = -1;
};

using Nodes = std::map<std::string, FakeNode>;

NodeLists::Time at(int second) { return NodeLists::Time{std::chrono::seconds{second}}; }

// Returns those whom a node at least was told of.
std::set<UserId> tell(const NodeLists& lists, Nodes& nodes, std::span<const UserId> users, int now, bool is_leave) {
  std::set<UserId> told;
  BatchSplit split;
  split_told_of(lists, users, split);
  for (const auto& part : split.cut()) {
    for (const UserId user : part.users) {
      if (nodes[lists.name_of(part.node)].take(user, now, is_leave)) told.insert(user);
    }
  }
  return told;
}

void answer(const FakeNode& node, const BatchSplit::Part& part, int now, ReplicaReads& reads) {
  std::vector<UserStatus> statuses;
  std::vector<Presence> presences;
  for (const UserId user : part.users) {
    statuses.push_back(node.answer(user, now));
    presences.push_back(statuses.back().presence);
  }
  if (reads.asks_ages()) {
    reads.hear(part, statuses);
  } else {
    reads.hear(part, presences);
  }
}

// Returns how many rounds it took.
int ask(const NodeLists& lists, Nodes& nodes, std::span<const UserId> users, int now, bool with_ages,
        ReplicaReads& reads) {
  reads.begin(lists, users, with_ages);
  int rounds = 0;
  for (auto parts = reads.next(); !parts.empty(); parts = reads.next(), ++rounds) {
    for (const auto& part : parts) {
      const FakeNode& node = nodes[lists.name_of(part.node)];
      if (!node.is_up) {
        reads.miss(part);
        continue;
      }
      answer(node, part, now, reads);
    }
  }
  return rounds;
}

struct Truth {
  int beat_at = -1000;
  int left_at = -1000;
  bool is_silent = false;
  bool is_unheard = false;  // no node could be told of the latest, which was an error for the caller
  bool was_online = false;  // as far as nodes have been told, then

  [[nodiscard]] bool is_online(int now) const { return beat_at > left_at && now - beat_at <= kTtl; }
  // Whoever was online and goes on is heard of again before anybody takes them for silent; of others nodes cannot know.
  [[nodiscard]] bool is_anybodys_guess() const { return is_unheard && (is_silent || !was_online); }
};

// Beats, falls silent, leaves and comes back.
void live(Truth& truth, UserId user, int now, std::mt19937& random, std::vector<UserId>& beating,
          std::vector<UserId>& leaving) {
  if (random() % 40 == 0) truth.is_silent = !truth.is_silent;
  if (!truth.is_unheard) truth.was_online = truth.is_online(now);
  if (!truth.is_silent && random() % 60 == 0 && truth.is_online(now)) {
    truth.left_at = now;
    truth.is_silent = true;
    leaving.push_back(user);
  } else if (!truth.is_silent && (now - truth.beat_at >= kInterval)) {
    truth.beat_at = now;
    beating.push_back(user);
  }
}

bool is_right(const Truth& truth, Presence said, int now, bool is_disturbed) {
  if (truth.is_anybodys_guess()) return true;
  if (said == Presence::kNoAnswer || said == Presence::kUnknown) return is_disturbed;
  if (truth.is_online(now)) return said == Presence::kOnline;
  // A node that missed a leave may say online for a ttl.
  if (said == Presence::kOnline) return is_disturbed && now - truth.left_at <= kTtl;
  return true;
}

}  // namespace

TEST_CASE("reads: nobody is wrongly said to be offline or online while nodes are lost, come back empty, come and go") {
  const auto replicas = GENERATE(Replicas::kOne, Replicas::kTwo);
  const bool with_ages = GENERATE(false, true);
  const auto seed = GENERATE(range(1U, 20U));
  CAPTURE(static_cast<int>(replicas), with_ages, seed);
  std::mt19937 random{seed};
  std::vector<Node> list{{"a", 1}, {"b", 2}, {"c", 1}, {"d", 1}};
  auto lists = NodeLists::make(list, replicas).value();
  Nodes nodes;
  std::vector<Truth> truths(kUsers);
  std::vector<UserId> users;
  for (std::uint64_t i = 0; i < kUsers; ++i) users.push_back(UserId{i});
  ReplicaReads reads;
  std::string lost;
  int disturbed_until = 0;
  std::string wrong;
  std::size_t offline_for_want_of_a_copy = 0;
  for (int now = 1; now < 600; ++now) {
    if (now % 60 == 20) {  // one at a time: a node is lost, or comes, goes or gets another weight
      disturbed_until = now + 1000;
      const auto what = random() % 4;
      const std::size_t which = random() % list.size();
      if (what == 0) {
        lost = list[which].name;
        nodes[lost].lose(now);
      } else if (what == 1) {
        list.push_back({"new at " + std::to_string(now), 1 + static_cast<std::uint32_t>(random() % 3)});
      } else if (what == 2 && list.size() > 2) {
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(which));
      } else {
        list[which].weight = 1 + static_cast<std::uint32_t>(random() % 5);
      }
      REQUIRE(lists.change(list, at(now), std::chrono::seconds{kTtl}));
    }
    // Back after less, or more, than a ttl.
    const int back = now / 60 % 2 == 0 ? 25 : 35;
    if (now % 60 == back) {
      if (!lost.empty() && random() % 2 == 0) {
        nodes[lost].restart_empty(now);
      } else if (!lost.empty()) {
        nodes[lost].come_back(now);
      }
      lost.clear();
      disturbed_until = now + kTtl + 1;
    }
    lists.forget(at(now));
    std::vector<UserId> beating;
    std::vector<UserId> leaving;
    for (const UserId user : users) {
      live(truths[static_cast<std::size_t>(user)], user, now, random, beating, leaving);
    }
    auto told = tell(lists, nodes, beating, now, false);
    told.merge(tell(lists, nodes, leaving, now, true));
    for (const auto& writing : {beating, leaving}) {
      for (const UserId user : writing) truths[static_cast<std::size_t>(user)].is_unheard = !told.contains(user);
    }
    if (replicas == Replicas::kTwo) CHECK(told.size() == beating.size() + leaving.size());
    const int rounds = ask(lists, nodes, users, now, with_ages, reads);
    CHECK(rounds <= (lists.has_earlier() ? 4 : 2) + (with_ages ? 0 : 2));
    for (std::size_t i = 0; i < kUsers; ++i) {
      const auto said = presence_of(reads.answers()[i]);
      if (is_right(truths[i], said, now, now <= disturbed_until)) continue;
      wrong += "second " + std::to_string(now) + ", user " + std::to_string(i) + ", said " +
               std::to_string(static_cast<int>(said)) + "\n";
    }
    if (replicas == Replicas::kTwo && !lost.empty()) {
      offline_for_want_of_a_copy +=
          static_cast<std::size_t>(std::count(reads.answers().begin(), reads.answers().end(), ReplicaAnswer::kMissing));
    }
  }
  INFO(wrong);
  CHECK(wrong.empty());
  CHECK(offline_for_want_of_a_copy == 0);  // with two copies, one lost node is an error for nobody
}

TEST_CASE("reads: who is online is asked about once, and only who is not, again") {
  const auto lists = NodeLists::make(std::vector<Node>{{"a", 1}, {"b", 1}, {"c", 1}}, Replicas::kTwo).value();
  Nodes nodes;
  const std::vector<UserId> users{UserId{1}, UserId{2}, UserId{3}, UserId{4}};
  tell(lists, nodes, std::span{users}.first(3), 100, false);
  ReplicaReads reads;
  reads.begin(lists, users, false);
  std::size_t asked = 0;
  for (const auto& part : reads.next()) {
    asked += part.users.size();
    answer(nodes[lists.name_of(part.node)], part, 100, reads);
  }
  CHECK(asked == 4);
  const auto again = reads.next();
  REQUIRE(again.size() == 1);
  REQUIRE(again[0].users.size() == 1);
  CHECK(again[0].users[0] == UserId{4});
  CHECK(lists.told_of(UserId{4})[1] == again[0].node);
  reads.miss(again[0]);
  CHECK(reads.next().empty());
  CHECK(presence_of(reads.answers()[3]) == Presence::kUnknown);
  CHECK(presence_of(reads.answers()[0]) == Presence::kOnline);
}

TEST_CASE("reads: of nobody, nobody is asked") {
  const auto lists = NodeLists::make(std::vector<Node>{{"a", 1}}, Replicas::kTwo).value();
  ReplicaReads reads;
  reads.begin(lists, {}, false);
  CHECK(reads.next().empty());
  CHECK(reads.answers().empty());
}

TEST_CASE("reads: where one node says left and the other online, whoever has the younger news is right") {
  struct Row {
    int left_age;
    int beat_age;
    Presence together;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {9, 2, Presence::kOnline, "the first has missed a return"},
      {2, 9, Presence::kLeft, "the second has missed the leave"},
      {3, 3, Presence::kOnline, "within a second nobody can tell; falsely offline would be worse"},
      {3, 4, Presence::kOnline, "the nodes' seconds do not begin at the same moment"},
      {3, 5, Presence::kLeft, "a second and more apart"},
  }));
  INFO(row.why);
  const bool with_ages = GENERATE(false, true);
  CAPTURE(with_ages);
  constexpr int kNow = 100;
  const auto lists = NodeLists::make(std::vector<Node>{{"a", 1}, {"b", 1}}, Replicas::kTwo).value();
  const std::vector<UserId> users{UserId{1}, UserId{2}};
  const auto homes = lists.told_of(users[0]);
  Nodes nodes;
  for (const std::uint32_t home : homes) nodes[lists.name_of(home)].take(users[1], kNow, false);
  nodes[lists.name_of(homes[0])].take(users[0], kNow - row.left_age, true);
  nodes[lists.name_of(homes[1])].take(users[0], kNow - row.beat_age, false);
  ReplicaReads reads;
  ask(lists, nodes, users, kNow, with_ages, reads);
  CHECK(presence_of(reads.answers()[0]) == row.together);
  CHECK(presence_of(reads.answers()[1]) == Presence::kOnline);
  if (with_ages) {
    const int age = row.together == Presence::kLeft ? row.left_age : row.beat_age;
    CHECK(reads.ages()[0] == std::chrono::seconds{age});
  }
}
