#include "table_bench/traffic.hpp"

#include "table_bench/claims.hpp"
#include "table_bench/team.hpp"
#include "table_bench/user_ids.hpp"

namespace lastbeat::bench {
namespace {

// One thread's share of the traffic.
class Source {
 public:
  Source(Subject& subject, BenchTime& time, const Traffic& traffic, std::uint32_t thread)
      : subject_{subject}, time_{time}, traffic_{traffic}, ticks_{thread == 0}, random_{thread} {}

  std::uint64_t operator()() {
    fill();
    const std::span<const Command> commands{batch_.commands};
    const std::span<Answer> answers{batch_.answers};
    for (std::size_t i = 0; i < kBatch; i += traffic_.commands_a_call) {
      subject_.execute(commands.subspan(i, traffic_.commands_a_call), answers.subspan(i, traffic_.commands_a_call));
    }
    if (ticks_) tick();
    return kBatch;
  }

 private:
  void fill() {
    constexpr std::uint64_t kPercent = 100;
    const std::uint64_t first = traffic_.known ? 0 : traffic_.users;
    const bool mixed = traffic_.heartbeats % kPercent != 0;
    for (Command& command : batch_.commands) {
      const bool beats = mixed ? random_.below(kPercent) < traffic_.heartbeats : traffic_.heartbeats != 0;
      command = {.user = nth_user(first + random_.below(traffic_.users)),
                 .kind = beats ? CommandKind::kHeartbeat : CommandKind::kStatus};
    }
  }
  // The threads are about equally fast, so one can count for all.
  void tick() {
    constexpr std::uint64_t kPercent = 100;
    constexpr std::uint64_t kQuarter = 4;
    beaten_ += kBatch * traffic_.threads * traffic_.heartbeats / kPercent;
    if (beaten_ < traffic_.users / kQuarter || traffic_.heartbeats == 0) return;
    beaten_ = 0;
    time_.advance(1);
  }

  Subject& subject_;
  BenchTime& time_;
  const Traffic& traffic_;
  const bool ticks_;
  Random random_;
  std::uint64_t beaten_ = 0;
  Batch batch_{};
};

}  // namespace

double measure_traffic(Subject& subject, BenchTime& time, const Traffic& traffic, std::chrono::milliseconds duration) {
  return measure_rate(traffic.threads, duration, [&](std::uint32_t thread) {
    return Source{subject, time, traffic, thread};
  });
}

CommonRates measure_common_rates(Subject& subject, BenchTime& time, std::uint64_t users, std::uint32_t threads,
                                 std::chrono::milliseconds duration) {
  const auto rate = [&](std::uint32_t heartbeats, bool known) {
    return measure_traffic(subject, time,
                           {.threads = threads, .users = users, .heartbeats = heartbeats, .known = known}, duration);
  };
  constexpr std::uint32_t kAll = 100;
  return {.heartbeats = rate(kAll, true), .statuses = rate(0, true), .missing_statuses = rate(0, false)};
}

void beat_everybody(Subject& subject, std::uint64_t users, std::uint32_t threads, std::uint64_t except,
                    std::uint64_t first) {
  Claims claims{users};
  run_team(threads, [&](std::uint32_t) {
    Batch batch;
    for (auto range = claims.next(); !range.is_empty(); range = claims.next()) {
      std::size_t size = 0;
      for (std::uint64_t user = range.begin; user < range.end; ++user) {
        if (except != 0 && user % except == 0) continue;
        batch.commands[size++] = {.user = nth_user(first + user), .kind = CommandKind::kHeartbeat};
      }
      subject.execute({batch.commands.data(), size}, {batch.answers.data(), size});
    }
  });
}

}  // namespace lastbeat::bench
