#include "partition/replica_answer.hpp"

#include <array>

#include "support/catch.hpp"

using namespace lastbeat;

namespace {

constexpr std::optional<Presence> kGone;
constexpr std::optional kNoAnswer{Presence::kNoAnswer};
constexpr std::optional kOffline{Presence::kOffline};
constexpr std::optional kOnline{Presence::kOnline};
constexpr std::optional kUnknown{Presence::kUnknown};
constexpr std::optional kLeft{Presence::kLeft};

}  // namespace

TEST_CASE("two nodes' answers are one: online of whoever says so, else left, else offline only if both are sure") {
  struct Row {
    std::optional<Presence> first;
    std::optional<Presence> second;
    std::optional<Presence> together;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {kOnline, kOnline, kOnline, "as nearly always"},
      {kOnline, kLeft, kOnline, "the second is not asked"},
      {kOnline, kGone, kOnline, "the second is not asked"},
      {kLeft, kOnline, kUnknown, "the second missed the leave, or the first the return: ages have to tell"},
      {kLeft, kLeft, kLeft, "both know"},
      {kLeft, kOffline, kLeft, "the second has no entry any more"},
      {kLeft, kUnknown, kLeft, "the second has forgotten"},
      {kLeft, kGone, kLeft, "one is enough"},
      {kOffline, kOffline, kOffline, "both are sure"},
      {kOffline, kOnline, kOnline, "the first has missed heartbeats"},
      {kOffline, kLeft, kLeft, "the first has no entry any more"},
      {kOffline, kUnknown, kUnknown, "the second has forgotten"},
      {kOffline, kGone, kUnknown, "the second may know better"},
      {kUnknown, kOffline, kUnknown, "the first has forgotten"},
      {kUnknown, kOnline, kOnline, "the second remembers"},
      {kUnknown, kLeft, kLeft, "the second remembers"},
      {kUnknown, kUnknown, kUnknown, "both have forgotten"},
      {kUnknown, kGone, kUnknown, "somebody answered"},
      {kGone, kOffline, kUnknown, "the first may know better"},
      {kGone, kOnline, kOnline, "one is enough"},
      {kGone, kLeft, kLeft, "one is enough"},
      {kGone, kUnknown, kUnknown, "somebody answered"},
      {kGone, kGone, kNoAnswer, "an error"},
  }));
  INFO(row.why);
  CHECK(presence_of(merge(merge(ReplicaAnswer::kNothing, row.first), row.second)) == row.together);
}

TEST_CASE("an earlier home's `left` counts only where the nodes of today are sure") {
  const auto then_left = [](std::optional<Presence> today) {
    return presence_of(merge_earlier(merge(ReplicaAnswer::kNothing, today), kLeft));
  };
  CHECK(then_left(kOffline) == kLeft);
  CHECK(then_left(kGone) == kUnknown);     // may have come back, to a node that is gone
  CHECK(then_left(kUnknown) == kUnknown);  // or to one that has forgotten
  CHECK(then_left(kOnline) == kOnline);
  CHECK(then_left(kLeft) == kLeft);
}

TEST_CASE("an earlier home that says anything else is a node like the others") {
  for (const auto today : {kGone, kOffline, kOnline, kUnknown, kLeft}) {
    for (const auto earlier : {kGone, kOffline, kOnline, kUnknown}) {
      const auto so_far = merge(ReplicaAnswer::kNothing, today);
      CHECK(merge_earlier(so_far, earlier) == merge(so_far, earlier));
    }
  }
}
