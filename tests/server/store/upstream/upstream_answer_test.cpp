#include "upstream/upstream_answer.hpp"

#include "store/merged_answer.hpp"
#include "support/catch.hpp"

namespace lastbeat {
namespace {

constexpr Rules kRules{.ttl = 10, .retain = 10};
constexpr Second kNow = 100;

UserStatus said(Presence presence, std::optional<int> age = std::nullopt) {
  UserStatus status{.user = UserId{7}, .presence = presence, .age = std::nullopt};
  if (age) status.age = std::chrono::seconds{*age};
  return status;
}

TEST_CASE("of what the upstream says and what is held here the newer counts") {
  struct Row {
    std::optional<UserStatus> theirs;
    Stamp held;
    Presence presence;
    std::uint32_t age_s;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {said(Presence::kOffline), Stamp{}, Presence::kOffline, Answer::kNoAge, "nobody knows anything"},
      {said(Presence::kOnline, 3), Stamp{}, Presence::kOnline, 3, "nothing is held"},
      {said(Presence::kOffline), Stamp::heartbeat(100), Presence::kOnline, 0, "its own heartbeat counts at once"},
      {said(Presence::kOnline, 3), Stamp::heartbeat(99), Presence::kOnline, 1, "a newer heartbeat"},
      {said(Presence::kOnline, 1), Stamp::heartbeat(95), Presence::kOnline, 1, "an older heartbeat"},
      {said(Presence::kOnline, 3), Stamp::leave(98), Presence::kLeft, 2, "a newer leave"},
      {said(Presence::kOnline, 1), Stamp::leave(98), Presence::kOnline, 1, "a leave, and a heartbeat elsewhere since"},
      {said(Presence::kLeft, 2), Stamp::heartbeat(98), Presence::kLeft, 2, "a tie goes to the leave"},
      {said(Presence::kLeft, 0), Stamp::heartbeat(101), Presence::kOnline, 0, "a borrowed second is newer"},
      {said(Presence::kUnknown), Stamp::heartbeat(90), Presence::kOnline, 10, "exactly a ttl old"},
      {said(Presence::kUnknown), Stamp::heartbeat(89), Presence::kUnknown, Answer::kNoAge, "too old to say anything"},
      {said(Presence::kOffline, 50'000), Stamp{}, Presence::kOffline, 50'000, "older than this server"},
      {said(Presence::kLeft, 50'000), Stamp::heartbeat(99), Presence::kOnline, 1, "the same, and a heartbeat"},
      {std::nullopt, Stamp::heartbeat(95), Presence::kOnline, 5, "nobody can be asked, but this is known"},
      {std::nullopt, Stamp::leave(95), Presence::kLeft, 5, "the same"},
  }));
  INFO(row.why);
  const Answer answer = merged_answer(upstream_answer(row.theirs), row.held, kNow, kRules);
  CHECK(answer.presence == row.presence);
  CHECK(answer.age_s == row.age_s);
  CHECK(answer.outcome == Outcome::kDone);
}

TEST_CASE("of whom nothing is held and nobody can be asked, nothing is known") {
  for (const auto& theirs : {std::optional<UserStatus>{}, std::optional{said(Presence::kNoAnswer)}}) {
    for (const Stamp held : {Stamp{}, Stamp::heartbeat(80)}) {
      const Answer answer = merged_answer(upstream_answer(theirs), held, kNow, kRules);
      CHECK(answer.presence == Presence::kUnknown);
      CHECK(answer.outcome == Outcome::kUnavailable);
    }
  }
}

}  // namespace
}  // namespace lastbeat
