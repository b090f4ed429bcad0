#include "table_bench/churn.hpp"

#include <algorithm>

#include "table_bench/pass.hpp"
#include "table_bench/subject.hpp"
#include "table_bench/traffic.hpp"
#include "table_bench/user_ids.hpp"

namespace lastbeat::bench {
namespace {

constexpr Rules kRules = TableConfig{}.rules;
constexpr std::uint64_t kSteps = 4;

// Statuses of users at random from `first` on.
double lines_a_status(Subject& subject, const HoldRecorder& recorder, std::uint64_t first, std::uint64_t users) {
  constexpr std::uint64_t kBatches = 400;
  Random random{first};
  Batch batch;
  const std::uint64_t before = recorder.holds().lines_touched;
  for (std::uint64_t i = 0; i < kBatches; ++i) {
    for (Command& command : batch.commands) {
      command = {.user = nth_user(first + random.below(users)), .kind = CommandKind::kStatus};
    }
    subject.execute(batch.commands, batch.answers);
  }
  return static_cast<double>(recorder.holds().lines_touched - before) / (kBatches * kBatch);
}

LinesLooked look(Subject& subject, const HoldRecorder& recorder, std::uint64_t first, std::uint64_t users) {
  const std::uint64_t strangers = first + 2 * users;
  return {.a_status = lines_a_status(subject, recorder, first, users),
          .a_missing_status = lines_a_status(subject, recorder, strangers, users)};
}

}  // namespace

Churn measure_churn(Table& table, const HoldRecorder& recorder, BenchTime& time, std::uint64_t users,
                    std::uint32_t threads) {
  // Users who stay are heard of once a step, just before they time out; those who go are forgotten at its end.
  constexpr Second kBeforeBeats = kRules.retain / 2 + 1;
  constexpr Second kAfterBeats = kRules.ttl - kBeforeBeats;
  static_assert(kAfterBeats + kBeforeBeats + kAfterBeats > kRules.retain);
  TableSubject subject{table};
  Churn churn{.before = look(subject, recorder, 0, users), .after = {}};
  beat_everybody(subject, users, threads);
  time.advance(kAfterBeats);
  const std::uint64_t go = std::max<std::uint64_t>(1, users / kSteps);
  std::uint64_t first = 0;
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    first += go;
    time.advance(kBeforeBeats);
    beat_everybody(subject, users - go, threads, 0, first);
    time.advance(kAfterBeats);
    pass_over(table);
    beat_everybody(subject, go, threads, 0, first + users - go);
  }
  churn.after = look(subject, recorder, first, users);
  return churn;
}

}  // namespace lastbeat::bench
