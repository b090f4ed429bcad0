#include "redis/redis_store.hpp"

#include <algorithm>
#include <future>
#include <limits>
#include <stdexcept>
#include <utility>

#include "log/log.hpp"
#include "redis/cluster.hpp"
#include "redis/lone_server.hpp"
#include "redis/script.hpp"

namespace lastbeat::redis {
namespace {

constexpr std::size_t kMostDrained = 4 * Call::kMostCommands;
constexpr std::chrono::seconds kLogInterval{30};
constexpr Answer kUnavailable{.presence = Presence::kUnknown, .outcome = Outcome::kUnavailable};

// Written by the store's thread alone.
void add(std::atomic<std::uint64_t>& counter, std::uint64_t number) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + number, std::memory_order_relaxed);
}

std::unique_ptr<Servers> make_servers(const asio::any_io_executor& executor, const Config& config, const Rules& rules,
                                      const Servers::ServerTime& now, ServersOwner& owner) {
  if (config.address.cluster.empty()) return std::make_unique<LoneServer>(executor, config, rules, now, owner);
  return std::make_unique<Cluster>(executor, config, rules, now, owner);
}

}  // namespace

RedisStore::RedisStore(Config config, const Rules& rules, ServerTime server_time, const PublishedTime& time)
    : config_{std::move(config)},
      rules_{rules},
      server_time_{std::move(server_time)},
      time_{time},
      servers_{make_servers(context_.get_executor(), config_, rules_, server_time_, *this)},
      backlog_{rules_, config_.backlog},
      foreign_log_{kLogInterval} {
  const auto first = std::make_shared<std::promise<std::string>>();
  if (config_.must_answer_at_start) {
    at_start_ = [first](const std::string& reason) { first->set_value(reason); };
  }
  asio::post(context_, [this] { servers_->start(); });
  thread_ = std::thread{[this] { context_.run(); }};
  if (!config_.must_answer_at_start) return;
  if (const std::string reason = first->get_future().get(); !reason.empty()) {
    stop();
    throw std::runtime_error(reason);
  }
}

RedisStore::~RedisStore() { stop(); }

void RedisStore::stop() {
  asio::post(context_, [this] { servers_->stop(); });
  work_.reset();
  thread_.join();
}

void RedisStore::execute(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) {
  if (commands.empty()) return done.batch_done(BatchResult::kDone);
  auto job = std::make_shared<Job>(Job{.commands = commands, .answers = answers, .done = &done, .arrived = now()});
  asio::post(context_, [this, job = std::move(job)] { begin(job); });
}

RemoteFigures RedisStore::remote() const noexcept {
  const std::size_t reachable = nodes_reachable_.load(std::memory_order_relaxed);
  return {.is_reachable = reachable != 0,
          .nodes = nodes_.load(std::memory_order_relaxed),
          .nodes_reachable = reachable,
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

Second RedisStore::now() const { return second_of(server_time_()); }

bool RedisStore::in_doubt(Slot slot) const { return time_.load().in_doubt() || servers_->in_doubt(slot); }

// Sorting by slot keeps the order of each user's commands.
void RedisStore::begin(const std::shared_ptr<Job>& job) {
  std::vector<SlotOfPlace> places(job->commands.size());
  for (std::uint32_t i = 0; i < places.size(); ++i) {
    places[i] = {.slot = servers_->slot_of(job->commands[i].user), .place = i};
  }
  std::sort(places.begin(), places.end());
  // Held open until all calls are made: they may fail meanwhile.
  job->open_calls = 1;
  for (auto first = places.cbegin(); first != places.cend();) {
    const auto most = std::min<std::ptrdiff_t>(Call::kMostCommands, places.cend() - first);
    const auto end = std::find_if(first, first + most, [&](const auto& place) { return place.slot != first->slot; });
    ++job->open_calls;
    begin(Call{.slot = first->slot, .job = job}, {first, end});
    first = end;
  }
  close_call(*job);
}

void RedisStore::begin(Call call, std::span<const SlotOfPlace> places) {
  const bool is_up = servers_->is_up(call.slot);
  const auto command_at = [&call](const SlotOfPlace& place) { return call.job->commands[place.place]; };
  // What waits about these users comes before.
  for (const SlotOfPlace& place : places) {
    if (!is_up || backlog_.size() == 0) break;
    if (const auto kept = backlog_.take(command_at(place).user, call.slot)) call.commands.push_back(*kept);
  }
  call.kept = call.commands.size();
  for (const SlotOfPlace& place : places) {
    call.commands.push_back(command_at(place));
    call.places.push_back(place.place);
  }
  if (!is_up) return on_failed(call);
  send(std::move(call));
}

void RedisStore::send(Call call) {
  kept_under_way_ += call.kept;
  servers_->send(std::move(call));
}

void RedisStore::drain() {
  while (drained_ < kMostDrained && backlog_.size() != 0) {
    const auto slot = backlog_.any_part([this](Slot part) { return servers_->is_up(part); });
    if (!slot) break;
    Call call{.slot = *slot};
    while (call.commands.size() < Call::kMostCommands) {
      const auto kept = backlog_.take_any(*slot);
      if (!kept) break;
      call.commands.push_back(*kept);
    }
    call.kept = call.commands.size();
    drained_ += call.kept;
    send(std::move(call));
  }
  count_kept();
}

void RedisStore::on_change() {
  const Servers::Count servers = servers_->count();
  nodes_.store(servers.all, std::memory_order_relaxed);
  nodes_reachable_.store(servers.up, std::memory_order_relaxed);
  drain();
}

void RedisStore::on_first_attempt(const std::string& reason) {
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
  const Answer answer = answer_of(command.kind, number, rules_, in_doubt(call.slot));
  if (answer.outcome == Outcome::kUnavailable) ++call.job->unavailable;
  add(answer.outcome == Outcome::kUnavailable ? failures_ : operations_, 1);
  call.job->answers[call.places[call.answered - call.kept]] = answer;
}

void RedisStore::on_done(Call& call) {
  if (call.job) {
    close_call(*call.job);
    if (call.kept != 0) count_kept();
    return;
  }
  drained_ -= call.kept;
  drain();
}

void RedisStore::on_failed(Call& call) {
  for (std::size_t i = call.answered; i < call.kept; ++i) fail_kept(call.commands[i], call.slot);
  if (!call.job) drained_ -= call.kept;
  for (std::size_t i = std::max(call.answered, call.kept); i < call.commands.size(); ++i) {
    const Answer answer = without_redis(call.commands[i], call.slot, call.job->arrived);
    if (answer.outcome == Outcome::kUnavailable) ++call.job->unavailable;
    call.job->answers[call.places[i - call.kept]] = answer;
  }
  count_kept();
  if (call.job) close_call(*call.job);
}

Answer RedisStore::without_redis(const Command& command, Slot slot, Second arrived) {
  add(failures_, 1);
  if (command.kind != CommandKind::kStatus) {
    const Outcome outcome = backlog_.keep(command, arrived, slot);
    if (outcome == Outcome::kUnavailable) add(overflows_, 1);
    return {.outcome = outcome};
  }
  // What was taken here is true, whatever Redis knows besides; nothing else can be told.
  constexpr Second kForEver = std::numeric_limits<Second>::max();
  const Backlog::Held held = backlog_.held(command.user, slot);
  const Answer known = answer(held.stamp, 0, {.now = now(), .doubt_until = kForEver}, rules_);
  const bool may_be_back = known.presence == Presence::kLeft && held.came_with_age;
  return known.presence == Presence::kUnknown || may_be_back ? kUnavailable : known;
}

void RedisStore::fail_kept(const Command& command, Slot slot) {
  --kept_under_way_;
  if (backlog_.keep(command, now(), slot) != Outcome::kDone) ++lost_;
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
