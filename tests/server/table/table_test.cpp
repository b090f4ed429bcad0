#include "table/table.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <set>

#include "server/table/recording_sink.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::Flip;
using lastbeat::test::RecordingSink;

namespace {

constexpr Second kStart = 100;

// A table whose time is a variable.
struct Fixture {
  explicit Fixture(TableConfig config = {}) : table{config, time, &sink} {}

  void pass() {
    for (std::size_t i = 0; i < table.stripe_count(); ++i) table.pass_stripe(i);
  }
  Answer execute(CommandKind kind, std::uint64_t user, Second second = Command::kOnArrival) {
    const Command command{.user = UserId{user}, .second = second, .kind = kind};
    Answer answer;
    table.execute({&command, 1}, {&answer, 1});
    return answer;
  }
  Outcome heartbeat(std::uint64_t user, Second second = Command::kOnArrival) {
    return execute(CommandKind::kHeartbeat, user, second).outcome;
  }
  Outcome leave(std::uint64_t user, Second second = Command::kOnArrival) {
    return execute(CommandKind::kLeave, user, second).outcome;
  }
  Presence presence(std::uint64_t user) { return execute(CommandKind::kStatus, user).presence; }

  PublishedTime time{{.now = kStart}};
  RecordingSink sink;
  Table table;
};

std::set<std::uint64_t> list_all(Table& table, std::size_t limit) {
  std::set<std::uint64_t> users;
  std::uint64_t cursor = 0;
  bool more = true;
  while (more) {
    const OnlinePage page = table.list_online(cursor, limit);
    CHECK(page.users.size() <= limit);
    for (const UserId user : page.users) CHECK(users.insert(static_cast<std::uint64_t>(user)).second);
    cursor = page.next_cursor;
    more = page.more;
  }
  return users;
}

}  // namespace

TEST_CASE("a batch is executed in order, so that a status sees the heartbeat before it") {
  Fixture fixture;
  const std::vector<Command> commands{{.user = UserId{7}, .kind = CommandKind::kStatus},
                                      {.user = UserId{7}, .kind = CommandKind::kHeartbeat},
                                      {.user = UserId{7}, .kind = CommandKind::kStatus},
                                      {.user = UserId{7}, .kind = CommandKind::kLeave},
                                      {.user = UserId{7}, .kind = CommandKind::kStatus}};
  std::vector<Answer> answers(commands.size());
  fixture.table.execute(commands, answers);
  CHECK(answers[0].presence == Presence::kOffline);
  CHECK(answers[2].presence == Presence::kOnline);
  CHECK(answers[4].presence == Presence::kLeft);
}

TEST_CASE("the smallest and the largest id are users like any other") {
  Fixture fixture;
  const auto user = GENERATE(std::uint64_t{0}, ~std::uint64_t{0});
  CHECK(fixture.presence(user) == Presence::kOffline);
  fixture.heartbeat(user);
  CHECK(fixture.presence(user) == Presence::kOnline);
  CHECK(list_all(fixture.table, 10) == std::set{user});
  fixture.time.publish({.now = kStart + 31});
  fixture.pass();
  CHECK(fixture.presence(user) == Presence::kOffline);
  CHECK(fixture.sink.flips(UserId{user}) ==
        std::vector<Flip>{{EdgeCause::kHeartbeat, kStart}, {EdgeCause::kTimeout, kStart + 31}});
}

TEST_CASE("reads never wait for a pass") {
  Fixture fixture;
  fixture.heartbeat(1);
  fixture.time.publish({.now = kStart + 31});
  CHECK(fixture.presence(1) == Presence::kOffline);
  CHECK(fixture.table.online() == 1);  // but what was announced stands until it
  fixture.pass();
  CHECK(fixture.table.online() == 0);
}

TEST_CASE("a timeout carries its own second, however late the pass is") {
  Fixture fixture;
  fixture.heartbeat(1);
  fixture.time.publish({.now = kStart + 500});
  fixture.pass();
  CHECK(fixture.sink.flips(UserId{1}).back() == Flip{EdgeCause::kTimeout, kStart + 31});
}

TEST_CASE("who expires and returns between two passes makes two edges, in order") {
  Fixture fixture;
  fixture.heartbeat(1);
  fixture.time.publish({.now = kStart + 40});
  fixture.heartbeat(1);
  CHECK(fixture.sink.flips(UserId{1}) == std::vector<Flip>{{EdgeCause::kHeartbeat, kStart},
                                                           {EdgeCause::kTimeout, kStart + 31},
                                                           {EdgeCause::kHeartbeat, kStart + 40}});
  fixture.pass();
  CHECK(fixture.sink.flips(UserId{1}).size() == 3);
}

TEST_CASE("after a pass a write and a read that come with an older time make no edge and agree with it") {
  Fixture fixture;
  fixture.heartbeat(1);
  fixture.time.publish({.now = kStart + 31});
  fixture.pass();
  fixture.time.publish({.now = kStart + 30});  // a thread that was late to read the time
  CHECK(fixture.presence(1) == Presence::kOffline);
  fixture.leave(1);
  CHECK(fixture.sink.flips(UserId{1}).size() == 2);
  CHECK(fixture.table.online() == 0);
}

TEST_CASE("a pass says nothing about whoever left, neither then nor when they are forgotten") {
  Fixture fixture{{.rules = {.ttl = 30, .retain = 90}}};
  fixture.heartbeat(1);
  fixture.leave(1);
  for (Second second = 1; second <= 92; ++second) {
    fixture.time.publish({.now = kStart + second});
    fixture.pass();
  }
  CHECK(fixture.sink.flips(UserId{1}) ==
        std::vector<Flip>{{EdgeCause::kHeartbeat, kStart}, {EdgeCause::kLeave, kStart}});
  CHECK(fixture.table.entries() == 0);
}

TEST_CASE("a stamp is kept for retain and forgotten in the second after it") {
  Fixture fixture{{.rules = {.ttl = 30, .retain = 90}}};
  fixture.heartbeat(1);
  fixture.leave(2);
  fixture.time.publish({.now = kStart + 90});
  fixture.pass();
  CHECK(fixture.table.entries() == 2);
  CHECK(fixture.presence(2) == Presence::kLeft);
  fixture.time.publish({.now = kStart + 91});
  fixture.pass();
  CHECK(fixture.table.entries() == 0);
  CHECK(fixture.presence(2) == Presence::kOffline);
}

TEST_CASE("what is older than a forgotten leave does not bring the user back") {
  Fixture fixture;
  fixture.leave(1);
  fixture.time.publish({.now = kStart + 31});
  fixture.pass();
  CHECK(fixture.heartbeat(1, kStart - 1) == Outcome::kTooOld);
  CHECK(fixture.presence(1) == Presence::kOffline);
  CHECK(fixture.sink.flips(UserId{1}).empty());
}

TEST_CASE("a leave of a stranger makes no edge and blocks an older heartbeat") {
  Fixture fixture;
  fixture.leave(1);
  fixture.heartbeat(1, kStart - 5);
  CHECK(fixture.presence(1) == Presence::kLeft);
  CHECK(fixture.sink.flips(UserId{1}).empty());
}

TEST_CASE("a full table refuses new users and keeps serving those it has") {
  Fixture fixture{{.rules = {}, .max_users = 2}};
  CHECK(fixture.heartbeat(1) == Outcome::kDone);
  CHECK(fixture.heartbeat(2) == Outcome::kDone);
  CHECK(fixture.heartbeat(3) == Outcome::kRefused);
  CHECK(fixture.presence(3) == Presence::kOffline);
  CHECK(fixture.heartbeat(1) == Outcome::kDone);
  CHECK(fixture.leave(3) == Outcome::kDone);  // changes no answer
  CHECK(fixture.table.entries() == 2);
  CHECK(fixture.sink.flips(UserId{3}).empty());

  fixture.time.publish({.now = kStart + 31});
  fixture.pass();
  CHECK(fixture.heartbeat(3) == Outcome::kDone);
}

TEST_CASE("in doubt no pass runs, and the first one afterwards announces everything") {
  Fixture fixture;
  fixture.heartbeat(1);
  fixture.heartbeat(2);
  fixture.time.publish({.now = kStart + 60, .doubt_until = kStart + 70});
  fixture.pass();
  CHECK(fixture.table.online() == 2);
  CHECK(fixture.table.entries() == 2);
  CHECK(fixture.presence(1) == Presence::kUnknown);
  fixture.heartbeat(2);
  fixture.leave(1);
  CHECK(fixture.presence(1) == Presence::kLeft);
  CHECK(fixture.sink.flips(UserId{1}) ==
        std::vector<Flip>{{EdgeCause::kHeartbeat, kStart}, {EdgeCause::kLeave, kStart + 60}});
  fixture.time.publish({.now = kStart + 91, .doubt_until = kStart + 70});
  fixture.pass();
  CHECK(fixture.sink.flips(UserId{2}) ==
        std::vector<Flip>{{EdgeCause::kHeartbeat, kStart}, {EdgeCause::kTimeout, kStart + 91}});
}

TEST_CASE("edges of a stripe are numbered from one on without a gap, also across passes") {
  Fixture fixture{{.rules = {}, .stripe_bits = 0, .id_bits = 16}};
  for (std::uint64_t user = 0; user < 200; ++user) fixture.heartbeat(user);
  fixture.time.publish({.now = kStart + 31});
  fixture.pass();
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t user = 0; user < 200; ++user) {
    for (const Edge& edge : fixture.sink.edges(UserId{user})) numbers.push_back(edge.number);
  }
  std::sort(numbers.begin(), numbers.end());
  REQUIRE(numbers.size() == 400);
  for (std::size_t i = 0; i < numbers.size(); ++i) REQUIRE(numbers[i] == i + 1);
}

TEST_CASE("the listing names everyone who is online exactly once, whatever the page size") {
  const auto [stripe_bits, id_bits] = GENERATE(table<unsigned, unsigned>({{0, 20}, {3, 24}, {15, 64}}));
  Fixture fixture{{.rules = {}, .stripe_bits = stripe_bits, .id_bits = id_bits}};
  std::set<std::uint64_t> online;
  std::mt19937_64 random{5};
  for (int i = 0; i < 500; ++i) online.insert(random() >> (64 - id_bits));
  for (const std::uint64_t user : online) fixture.heartbeat(user);
  for (std::uint64_t user = 0; user < 50; ++user) fixture.leave(user);
  for (const std::size_t limit : {1U, 7U, 499U, 500U, 501U, 65536U}) CHECK(list_all(fixture.table, limit) == online);
}

TEST_CASE("whoever is online throughout a listing appears once, while others come, go and the table resizes") {
  Fixture fixture{{.rules = {}, .stripe_bits = 1, .id_bits = 24}};
  std::set<std::uint64_t> staying;
  for (std::uint64_t user = 0; user < 500; ++user) staying.insert(user);
  for (const std::uint64_t user : staying) fixture.heartbeat(user);
  std::multiset<std::uint64_t> seen;
  std::uint64_t cursor = 0;
  std::uint64_t stranger = 1'000'000;
  for (bool more = true; more;) {
    const OnlinePage page = fixture.table.list_online(cursor, 20);
    for (const UserId user : page.users) seen.insert(static_cast<std::uint64_t>(user));
    cursor = page.next_cursor;
    more = page.more;
    for (int i = 0; i < 40; ++i) fixture.heartbeat(stranger++);
    if (seen.size() > 300 && fixture.time.load().now == kStart) {  // the strangers expire, the table shrinks
      fixture.time.publish({.now = kStart + 20});
      for (const std::uint64_t user : staying) fixture.heartbeat(user);
      fixture.time.publish({.now = kStart + 31});
      fixture.pass();
    }
  }
  for (const std::uint64_t user : staying) REQUIRE(seen.count(user) == 1);
}

TEST_CASE("a listing of a large table with hardly anybody online comes in short pages") {
  Fixture fixture{{.rules = {}, .stripe_bits = 6, .id_bits = 24}};
  std::vector<Command> commands;
  for (std::uint64_t user = 0; user < 1'200'000; ++user) {
    commands.push_back({.user = UserId{user}, .kind = user == 77 ? CommandKind::kHeartbeat : CommandKind::kLeave});
  }
  std::vector<Answer> answers(commands.size());
  fixture.table.execute(commands, answers);
  std::set<std::uint64_t> users;
  std::size_t pages = 0;
  std::uint64_t cursor = 0;
  for (bool more = true; more; ++pages) {
    const OnlinePage page = fixture.table.list_online(cursor, 100);
    for (const UserId user : page.users) users.insert(static_cast<std::uint64_t>(user));
    cursor = page.next_cursor;
    more = page.more;
  }
  CHECK(users == std::set<std::uint64_t>{77});
  CHECK(pages > 1);
}

TEST_CASE("tables of one mixer seed place users alike, so that a seed repeats a test") {
  const auto order = [](std::optional<std::uint64_t> seed) {
    Fixture fixture{{.rules = {}, .stripe_bits = 2, .id_bits = 16, .mixer_seed = seed}};
    for (std::uint64_t user = 0; user < 100; ++user) fixture.heartbeat(user);
    return fixture.table.list_online(0, 100).users;
  };
  CHECK(order(1) == order(1));
  CHECK(order(1) != order(2));
  CHECK(order(std::nullopt) != order(std::nullopt));
}

TEST_CASE("a table cannot be built at a second from which ages reach below zero") {
  const Rules rules{.ttl = 30, .retain = 90};
  PublishedTime time{{.now = 90}};
  CHECK_THROWS_AS((Table{{.rules = rules}, time}), std::invalid_argument);
  time.publish({.now = 91});
  CHECK_NOTHROW(Table{{.rules = rules}, time});
}

TEST_CASE("a table cannot be built on rules that would lose edges") {
  PublishedTime time{{.now = kStart}};
  CHECK_THROWS_AS((Table{{.rules = {.ttl = 30, .retain = 29}}, time}), std::invalid_argument);
  CHECK_THROWS_AS((Table{{.rules = {.ttl = 0, .retain = 29}}, time}), std::invalid_argument);
  CHECK_THROWS_AS((Table{{.rules = {.ttl = 30, .retain = Stripe::kLongestRetain + 1}}, time}), std::invalid_argument);
  CHECK_THROWS_AS((Table{{.rules = {}, .stripe_bits = 17}, time}), std::invalid_argument);
  CHECK_THROWS_AS((Table{{.rules = {}, .stripe_bits = 4}, time}), std::invalid_argument);  // rests would not fit
}
