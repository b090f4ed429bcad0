#include "redis/cluster.hpp"

#include <algorithm>
#include <deque>

#include "server/store/redis/redis_cluster.hpp"
#include "server/store/redis/redis_server.hpp"
#include "server/store/redis/subject.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using redis::Slot;
using redis::UserSlots;
using test::heartbeat;
using test::kPatience;
using test::kUser;
using test::leave;
using test::RedisCluster;
using test::status;
using test::Subject;

namespace {

const UserSlots kSlotOf{"lastbeat:"};

std::vector<Command> of_users(std::uint64_t from, std::uint64_t to, Command (*command)(UserId)) {
  std::vector<Command> commands;
  for (std::uint64_t id = from; id < to; ++id) commands.push_back(command(UserId{id}));
  return commands;
}
Command beat(UserId user) { return heartbeat(user); }
Command leave_now(UserId user) { return leave(user); }
std::uint64_t id_of(UserId user) { return static_cast<std::uint64_t>(user); }

// Another user of the same slot.
UserId neighbour_of(UserId user, std::uint64_t from = 1000) {
  while (kSlotOf(UserId{from}) != kSlotOf(user)) ++from;
  return UserId{from};
}

bool all_are(const std::vector<Answer>& answers, Presence presence) {
  return std::all_of(answers.begin(), answers.end(),
                     [presence](const Answer& answer) { return answer.presence == presence; });
}

}  // namespace

TEST_CASE("a cluster holds users where their slots are, and slots are followed where they move to") {
  RedisCluster cluster{RedisCluster::Replicas::kNone};
  Subject store{cluster.url()};
  Subject other{cluster.url().substr(0, cluster.url().find(','))};  // told of one server

  SECTION("a batch is split by server and answered in its order") {
    std::vector<Command> commands = of_users(0, 300, beat);
    REQUIRE(store.ask(commands) == BatchResult::kDone);
    std::size_t keys = 0;
    for (std::size_t i = 0; i < RedisCluster::kMasters; ++i) {
      const std::size_t here = std::stoul(cluster.ask(i, {"dbsize"}));
      CHECK(here > 50);
      keys += here;
    }
    CHECK(keys == 300);
    commands = of_users(0, 600, status);
    REQUIRE(other.ask(commands) == BatchResult::kDone);
    bool is_right = true;
    for (std::size_t i = 0; i < commands.size(); ++i) {
      is_right = is_right && other.answers[i].presence == (i < 300 ? Presence::kOnline : Presence::kOffline);
    }
    CHECK(is_right);
    other.ask({leave(kUser), status(kUser), heartbeat(kUser), status(kUser), leave(kUser)});
    CHECK(other.answers[1].presence == Presence::kLeft);
    CHECK(other.answers[3].presence == Presence::kOnline);
    CHECK(store.presence(kUser) == Presence::kLeft);
    CHECK(std::stoll(cluster.ask(RedisCluster::first_owner_of(kSlotOf(kUser)), {"pttl", "lastbeat:42"})) > 40'000);
  }

  SECTION("ASK and MOVED lead to where a slot is moved to") {
    const std::size_t from = RedisCluster::first_owner_of(kSlotOf(kUser));
    const std::size_t to = (from + 1) % RedisCluster::kMasters;
    const std::string slot = std::to_string(kSlotOf(kUser));
    const UserId neighbour = neighbour_of(kUser);
    REQUIRE(store.ask({heartbeat(kUser)}) == BatchResult::kDone);
    REQUIRE(cluster.ask(to, {"cluster", "setslot", slot, "importing", cluster.id(from)}) == "OK");
    REQUIRE(cluster.ask(from, {"cluster", "setslot", slot, "migrating", cluster.id(to)}) == "OK");
    CHECK(store.presence(kUser) == Presence::kOnline);
    // Who is not there yet is asked for at the new place.
    CHECK(store.ask({heartbeat(neighbour)}) == BatchResult::kDone);
    CHECK(cluster.ask(to, {"cluster", "countkeysinslot", slot}) == "1");
    CHECK(store.presence(neighbour) == Presence::kOnline);
    CHECK(other.presence(neighbour) == Presence::kOnline);
    // One here and one there: neither server may answer.
    CHECK(store.ask({status(kUser), status(neighbour)}) == BatchResult::kUnavailable);

    CHECK(cluster.ask(from, {"migrate", "127.0.0.1", cluster.port(to), "lastbeat:42", "0", "5000"}) == "OK");
    for (const std::size_t i : {to, from}) {
      REQUIRE(cluster.ask(i, {"cluster", "setslot", slot, "node", cluster.id(to)}) == "OK");
    }
    // Those whose questions are led to the new owner while others are still under way to the old one, as all are.
    constexpr std::size_t kQuestions = 3000;
    const UserId nobody = neighbour_of(kUser, 60'000'000);
    std::deque<Subject::Asked> questions(kQuestions);
    for (auto& question : questions) {
      question.commands = {status(nobody)};
      other.begin(question);
    }
    bool is_in_doubt = true;
    for (auto& question : questions) {
      question.reply.result.get_future().wait();
      is_in_doubt = is_in_doubt && question.answers[0].presence == Presence::kUnknown;
    }
    CHECK(is_in_doubt);
    CHECK(store.ask({status(kUser), leave(neighbour), status(neighbour)}) == BatchResult::kDone);
    CHECK(store.answers[0].presence == Presence::kOnline);
    CHECK(store.answers[2].presence == Presence::kLeft);
    CHECK(other.ask({status(neighbour)}) == BatchResult::kDone);
    CHECK(other.answers[0].presence == Presence::kLeft);
    // Whoever takes a slot over may lack the last of what was known.
    CHECK(store.presence(neighbour_of(kUser, 50'000'000)) == Presence::kUnknown);
  }

  SECTION("a heartbeat after a leave stays behind it when the way to a new owner is found between them") {
    // As many under way as it takes for replies to come in pieces: the first of them tells of the new owner. Whether
    // that is between a leave and its heartbeat is chance, and so in two runs of five.
    constexpr std::size_t kUsers = 2000;
    constexpr std::size_t kAtOnce = 500;
    constexpr std::size_t kMostUnderWay = 3 * 2 * kAtOnce;
    std::vector<UserId> users;
    while (users.size() < kUsers) users.push_back(neighbour_of(kUser, users.empty() ? 0 : id_of(users.back()) + 1));
    const std::size_t from = RedisCluster::first_owner_of(kSlotOf(kUser));
    const std::size_t to = (from + 1) % RedisCluster::kMasters;
    for (const std::size_t i : {to, from}) {  // there is nothing in it yet
      REQUIRE(cluster.ask(i, {"cluster", "setslot", std::to_string(kSlotOf(kUser)), "node", cluster.id(to)}) == "OK");
    }
    std::deque<Subject::Asked> under_way;
    bool is_done = true;
    const auto wait_for_first = [&] {
      is_done = under_way.front().reply.result.get_future().get() == BatchResult::kDone && is_done;
      under_way.pop_front();
    };
    for (std::size_t first = 0; first < kUsers; first += kAtOnce) {
      for (Command (*const command)(UserId) : {&leave_now, &beat}) {
        for (std::size_t i = first; i < first + kAtOnce; ++i) {
          if (under_way.size() == kMostUnderWay) wait_for_first();
          store.begin(under_way.emplace_back(Subject::Asked{.commands = {command(users[i])}}));
        }
      }
    }
    while (!under_way.empty()) wait_for_first();
    CHECK(is_done);
    std::vector<Command> statuses(users.size());
    std::transform(users.begin(), users.end(), statuses.begin(), status);
    CHECK(store.ask(statuses) == BatchResult::kDone);
    CHECK(all_are(store.answers, Presence::kOnline));
  }
}

TEST_CASE("while a master of a cluster is away its slots alone suffer, and its replica makes them whole") {
  constexpr std::uint64_t kUsers = 300;
  RedisCluster cluster{RedisCluster::Replicas::kOneEach};
  Subject store{cluster.url()};
  const std::vector<Command> beats = of_users(0, kUsers, beat);
  const std::vector<Command> statuses = of_users(0, kUsers, status);
  REQUIRE(store.ask(beats) == BatchResult::kDone);
  cluster.wait_for_replicas();
  const std::size_t dead = RedisCluster::first_owner_of(kSlotOf(kUser));
  const auto is_struck = [dead](const Command& command) {
    return RedisCluster::first_owner_of(kSlotOf(command.user)) == dead;
  };
  cluster.kill(dead);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  BatchResult result = BatchResult::kPartly;
  bool has_suffered = false;
  bool is_right = true;
  do {
    result = store.ask(statuses);
    for (std::size_t i = 0; i < statuses.size(); ++i) {
      const Answer& answer = store.answers[i];
      const bool is_unavailable = answer.outcome == Outcome::kUnavailable && answer.presence == Presence::kUnknown;
      has_suffered = has_suffered || is_unavailable;
      is_right = is_right && (answer.presence == Presence::kOnline || (is_unavailable && is_struck(statuses[i])));
    }
    if (has_suffered) {
      // Others' heartbeats go to Redis, theirs are kept; neither is refused.
      CHECK(store.ask({heartbeat(kUser), heartbeat(UserId{kUsers + 1})}) == BatchResult::kDone);
      CHECK(store.presence(kUser) == Presence::kOnline);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  } while (result != BatchResult::kDone && std::chrono::steady_clock::now() < deadline);
  CHECK(has_suffered);
  CHECK(is_right);
  REQUIRE(result == BatchResult::kDone);
  CHECK(all_are(store.answers, Presence::kOnline));
  REQUIRE(store.wait_for([](const RemoteFigures& figures) { return figures.is_reachable && figures.kept == 0; }));
  Subject other{cluster.url()};
  CHECK(other.ask(statuses) == BatchResult::kDone);
  CHECK(all_are(other.answers, Presence::kOnline));
  CHECK(store.presence(neighbour_of(kUser)) == Presence::kUnknown);
}

TEST_CASE("what is no cluster, or no member of one, is named at the start") {
  const auto reason = [](const std::string& url) -> std::string {
    try {
      Subject store{url};
      return {};
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  };
  CHECK(reason("redis-cluster://127.0.0.1:1").find("127.0.0.1:1: ") != std::string::npos);
  const RedisCluster cluster{RedisCluster::Replicas::kNone};
  CHECK(reason("redis://" + cluster.server(0)).find("allowed: --store redis-cluster://") != std::string::npos);
}
