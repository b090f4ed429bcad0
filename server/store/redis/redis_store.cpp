#include "redis/redis_store.hpp"

#include <algorithm>
#include <future>
#include <limits>
#include <stdexcept>
#include <utility>

#include "log/log.hpp"
#include "redis/script.hpp"

namespace lastbeat::redis {
namespace {

constexpr std::size_t kMostDrains = 4;
constexpr std::chrono::seconds kLogInterval{30};
constexpr Answer kUnavailable{.presence = Presence::kUnknown, .outcome = Outcome::kUnavailable};

// Written by the store's thread alone.
void add(std::atomic<std::uint64_t>& counter, std::uint64_t number) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + number, std::memory_order_relaxed);
}

}  // namespace

RedisStore::RedisStore(Config config, const Rules& rules, ServerTime server_time, const PublishedTime& time)
    : config_{std::move(config)},
      rules_{rules},
      server_time_{std::move(server_time)},
      time_{time},
      node_{context_.get_executor(), config_, rules_, *this},
      backlog_{rules_, config_.backlog},
      away_log_{kLogInterval},
      foreign_log_{kLogInterval} {
  const auto first = std::make_shared<std::promise<std::string>>();
  if (config_.must_answer_at_start) {
    at_start_ = [first](const std::string& reason) { first->set_value(reason); };
  }
  asio::post(context_, [this] { node_.start(); });
  thread_ = std::thread{[this] { context_.run(); }};
  if (!config_.must_answer_at_start) return;
  if (const std::string reason = first->get_future().get(); !reason.empty()) {
    stop();
    throw std::runtime_error("cannot use the Redis at " + config_.address.server + ": " + reason);
  }
}

RedisStore::~RedisStore() { stop(); }

void RedisStore::stop() {
  asio::post(context_, [this] { node_.stop(); });
  work_.reset();
  thread_.join();
}

void RedisStore::execute(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) {
  if (commands.empty()) return done.batch_done(BatchResult::kDone);
  auto job = std::make_shared<Job>(Job{.commands = commands, .answers = answers, .done = &done, .arrived = now()});
  asio::post(context_, [this, job = std::move(job)] { begin(job); });
}

RemoteFigures RedisStore::remote() const noexcept {
  return {.is_reachable = is_reachable_.load(std::memory_order_relaxed),
          .operations = operations_.load(std::memory_order_relaxed),
          .failures = failures_.load(std::memory_order_relaxed),
          .refused = refused_.load(std::memory_order_relaxed),
          .kept = kept_.load(std::memory_order_relaxed),
          .coalesced = 0,
          .dropped = dropped_.load(std::memory_order_relaxed),
          .overflows = overflows_.load(std::memory_order_relaxed)};
}

void RedisStore::finish() {
  auto written = std::make_shared<std::promise<void>>();
  auto is_written = written->get_future();
  asio::post(context_, [this, written] {
    when_written_ = [written] { written->set_value(); };
    count_kept();
  });
  if (is_written.wait_for(config_.timeout) == std::future_status::ready) return;
  const std::uint64_t kept = kept_.load(std::memory_order_relaxed);
  log::warn("stopping while heartbeats or leaves of " + std::to_string(kept) + " users wait for Redis: they are lost",
            {{"users", kept}});
}

Second RedisStore::now() const {
  return static_cast<Second>(std::chrono::duration_cast<std::chrono::seconds>(server_time_()).count());
}

bool RedisStore::in_doubt() const {
  const Moment moment = time_.load();
  return moment.in_doubt() || moment.now <= doubt_until_;
}

void RedisStore::begin(const std::shared_ptr<Job>& job) {
  // Held open until all calls are made: they may fail meanwhile.
  job->open_calls = 1;
  for (std::size_t first = 0; first < job->commands.size();) {
    const auto part = job->commands.subspan(first, std::min(Call::kMostCommands, job->commands.size() - first));
    Call call{.job = job, .first = first};
    ++job->open_calls;
    first += part.size();
    if (!node_.is_up()) {
      call.commands.assign(part.begin(), part.end());
      on_failed(call);
      continue;
    }
    // What waits about these users comes before.
    for (const Command& command : part) {
      if (const auto kept = backlog_.take(command.user)) call.commands.push_back(*kept);
    }
    call.kept = call.commands.size();
    call.commands.insert(call.commands.end(), part.begin(), part.end());
    send(std::move(call));
  }
  close_call(*job);
}

void RedisStore::send(Call call) {
  kept_under_way_ += call.kept;
  node_.send(std::move(call), server_time_());
}

void RedisStore::drain() {
  while (node_.is_up() && drains_ < kMostDrains && backlog_.size() != 0) {
    Call call;
    while (call.commands.size() < Call::kMostCommands) {
      const auto kept = backlog_.take_any();
      if (!kept) break;
      call.commands.push_back(*kept);
    }
    call.kept = call.commands.size();
    ++drains_;
    send(std::move(call));
  }
  count_kept();
}

void RedisStore::on_up(const ServerFacts& facts) {
  // A server that is another one than before, or young, may lack what it or its forerunner was told.
  const bool is_trusted = run_id_.empty() && config_.trusts_first_data;
  if (facts.run_id != run_id_ && !is_trusted && facts.uptime.count() <= rules_.ttl) {
    doubt_until_ = now() + rules_.ttl - static_cast<Second>(std::max<std::int64_t>(facts.uptime.count(), 0)) + 1;
  }
  run_id_ = facts.run_id;
  is_known_away_ = false;
  is_reachable_.store(true, std::memory_order_relaxed);
  log::info("Redis " + facts.version + " at " + config_.address.server + " is reachable",
            {{"version", facts.version}, {"address", config_.address.server}});
  if (at_start_) std::exchange(at_start_, nullptr)({});
  drain();
}

void RedisStore::on_down(const std::string& reason) {
  const bool is_news = !std::exchange(is_known_away_, true);
  is_reachable_.store(false, std::memory_order_relaxed);
  if (away_log_.allow(RateLimit::Time::clock::now()) || is_news) {
    log::warn("Redis at " + config_.address.server + " cannot be used, trying again: " + reason,
              {{"reason", reason}, {"address", config_.address.server}});
  }
  if (at_start_) std::exchange(at_start_, nullptr)(reason);
}

void RedisStore::on_number(Call& call, std::int64_t number) {
  const Command& command = call.commands[call.answered];
  if (number == script_reply::kForeign && foreign_log_.allow(RateLimit::Time::clock::now())) {
    log::warn("a key of --store-prefix holds what is no presence: another program uses the same names");
  }
  if (number == script_reply::kFull) add(refused_, 1);
  if (call.answered < call.kept) {
    --kept_under_way_;
    if (number != script_reply::kDone) ++lost_;
    return;
  }
  const Answer answer = answer_of(command.kind, number, rules_, in_doubt());
  if (answer.outcome == Outcome::kUnavailable) ++call.job->unavailable;
  add(answer.outcome == Outcome::kUnavailable ? failures_ : operations_, 1);
  call.job->answers[call.first + call.answered - call.kept] = answer;
}

void RedisStore::on_done(Call& call) {
  if (call.job) {
    close_call(*call.job);
  } else {
    --drains_;
  }
  drain();
}

void RedisStore::on_failed(Call& call) {
  for (std::size_t i = call.answered; i < call.kept; ++i) fail_kept(call.commands[i]);
  if (!call.job) --drains_;
  for (std::size_t i = std::max(call.answered, call.kept); i < call.commands.size(); ++i) {
    const Answer answer = without_redis(call.commands[i], call.job->arrived);
    if (answer.outcome == Outcome::kUnavailable) ++call.job->unavailable;
    call.job->answers[call.first + i - call.kept] = answer;
  }
  count_kept();
  if (call.job) close_call(*call.job);
}

Answer RedisStore::without_redis(const Command& command, Second arrived) {
  add(failures_, 1);
  if (command.kind != CommandKind::kStatus) {
    const Outcome outcome = backlog_.keep(command, arrived);
    if (outcome == Outcome::kUnavailable) add(overflows_, 1);
    return {.outcome = outcome};
  }
  // What was taken here is true, whatever Redis knows besides; nothing else can be told.
  constexpr Second kForEver = std::numeric_limits<Second>::max();
  const Backlog::Held held = backlog_.held(command.user);
  const Answer known = answer(held.stamp, 0, {.now = now(), .doubt_until = kForEver}, rules_);
  const bool may_be_back = known.presence == Presence::kLeft && held.came_with_age;
  return known.presence == Presence::kUnknown || may_be_back ? kUnavailable : known;
}

void RedisStore::fail_kept(const Command& command) {
  --kept_under_way_;
  if (backlog_.keep(command, now()) != Outcome::kDone) ++lost_;
}

void RedisStore::close_call(Job& job) {
  if (--job.open_calls != 0) return;
  if (job.unavailable == 0) return job.done->batch_done(BatchResult::kDone);
  job.done->batch_done(job.unavailable == job.commands.size() ? BatchResult::kUnavailable : BatchResult::kPartly);
}

void RedisStore::count_kept() {
  const std::size_t kept = backlog_.size() + kept_under_way_;
  kept_.store(kept, std::memory_order_relaxed);
  dropped_.store(lost_ + backlog_.dropped(), std::memory_order_relaxed);
  if (kept == 0 && when_written_) std::exchange(when_written_, nullptr)();
}

}  // namespace lastbeat::redis
