#include "dynamo/dynamo_store.hpp"

#include <algorithm>
#include <future>
#include <limits>
#include <optional>
#include <stdexcept>
#include <unordered_set>
#include <utility>

#include "log/log.hpp"

namespace lastbeat::dynamo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kMostAskers = 1'000'000;  // statuses that wait for their turn
constexpr seconds kIdle{1};                     // without an answer, DynamoDB is asked whether it is there
constexpr seconds kSettled{5};                  // it is there to stay
constexpr int kMostTimeouts = 4;                // that a batch lasts, then its rest is answered from here
constexpr milliseconds kFirstBackoff{50};
constexpr milliseconds kLongestBackoff{2000};
constexpr seconds kLogInterval{30};
constexpr Answer kUnavailable{.presence = Presence::kUnknown, .outcome = Outcome::kUnavailable};

// Written by the store's thread alone.
void add(std::atomic<std::uint64_t>& counter, std::uint64_t number) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + number, std::memory_order_relaxed);
}

}  // namespace

DynamoStore::DynamoStore(Config config, const Rules& rules, Clocks clocks, const PublishedTime& time,
                         const Environment& environment)
    : config_{std::move(config)},
      rules_{rules},
      clocks_{std::move(clocks)},
      time_{time},
      writes_{config_.backlog},
      reads_{kMostAskers},
      caller_{context_, config_, environment, clocks_.unix_time, *this},
      pulse_{context_},
      backoff_{kFirstBackoff, kLongestBackoff},
      away_log_{kLogInterval} {
  const auto first = std::make_shared<std::promise<std::string>>();
  if (config_.must_answer_at_start) {
    at_start_ = [first](const std::string& reason) { first->set_value(reason); };
  }
  asio::post(context_, [this] { probe(); });
  thread_ = std::thread{[this] { context_.run(); }};
  if (!config_.must_answer_at_start) return;
  if (const std::string reason = first->get_future().get(); !reason.empty()) {
    stop();
    throw std::runtime_error("cannot use the DynamoDB table " + config_.address.table + " at " +
                             config_.address.endpoint + ": " + reason);
  }
}

DynamoStore::~DynamoStore() { stop(); }

void DynamoStore::stop() {
  asio::post(context_, [this] {
    is_stopped_ = true;
    is_up_ = false;
    pulse_.cancel();
    caller_.stop();
    close(writes_.release());
    for (const auto& read : reads_.next(std::numeric_limits<std::size_t>::max())) on_unread(read);
  });
  work_.reset();
  thread_.join();
}

void DynamoStore::execute(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) {
  if (commands.empty()) return done.batch_done(BatchResult::kDone);
  auto job =
      std::make_shared<Job>(Job{.commands = commands,
                                .answers = answers,
                                .done = &done,
                                .arrived = {.unix_time = clocks_.unix_time(), .server_time = clocks_.server_time()},
                                .began = Time::clock::now()});
  asio::post(context_, [this, job = std::move(job)] { run(job); });
}

RemoteFigures DynamoStore::remote() const noexcept {
  return {.is_reachable = is_reachable_.load(std::memory_order_relaxed),
          .operations = operations_.load(std::memory_order_relaxed),
          .failures = failures_.load(std::memory_order_relaxed),
          .kept = kept_.load(std::memory_order_relaxed),
          .dropped = dropped_.load(std::memory_order_relaxed),
          .overflows = overflows_.load(std::memory_order_relaxed)};
}

void DynamoStore::finish() {
  auto written = std::make_shared<std::promise<void>>();
  auto is_written = written->get_future();
  asio::post(context_, [this, written] {
    when_written_ = [written] { written->set_value(); };
    count_kept();
  });
  if (is_written.wait_for(config_.timeout) == std::future_status::ready) return;
  const std::uint64_t kept = kept_.load(std::memory_order_relaxed);
  log::warn(
      "stopping while heartbeats or leaves of " + std::to_string(kept) + " users wait for DynamoDB: they are lost",
      {{"users", kept}});
}

Second DynamoStore::now() const {
  return static_cast<Second>(std::chrono::duration_cast<seconds>(clocks_.server_time()).count());
}

bool DynamoStore::in_doubt() const {
  const Moment moment = time_.load();
  return !is_up_ || moment.in_doubt() || moment.now <= doubt_until_;
}

// Begins what can begin: a write about a user who was asked about before waits for that answer, which must not know it.
void DynamoStore::run(const JobPtr& job) {
  job->open = 1;  // held open: what begins may end at once
  std::unordered_set<UserId> asked;
  for (; job->next < job->commands.size(); ++job->next) {
    const Command& command = job->commands[job->next];
    if (command.kind == CommandKind::kStatus) {
      asked.insert(command.user);
      ask(job, job->next);
    } else {
      if (asked.contains(command.user)) break;
      write(job, job->next);
    }
  }
  pump();
  close_one(job);
}

// The next part of the batch came after the one before, if only by a millisecond.
void DynamoStore::run_on(const JobPtr& job) {
  const auto passed = std::max(clocks_.unix_time() - job->arrived.unix_time, UnixTime{1});
  job->arrived.unix_time += passed;
  job->arrived.server_time += passed;
  run(job);
}

void DynamoStore::write(const JobPtr& job, std::size_t index) {
  const Command& command = job->commands[index];
  Answer& answer = job->answers[index];
  answer = {};
  const auto stamp = stamp_of(command, writes_.held(command.user).stamp, job->arrived, rules_);
  if (!stamp) {
    answer.outcome = Outcome::kTooOld;
    return add(operations_, 1);
  }
  const bool has_age = command.second != Command::kOnArrival;
  if (!writes_.take({.user = command.user, .stamp = *stamp}, has_age, is_up_ ? job : nullptr)) {
    answer.outcome = Outcome::kUnavailable;
    ++job->unavailable;
    add(overflows_, 1);
    return add(failures_, 1);
  }
  if (is_up_) {
    ++job->open;
  } else {
    add(failures_, 1);
  }
}

void DynamoStore::ask(const JobPtr& job, std::size_t index) {
  const UserId user = job->commands[index].user;
  const PendingWrites::Held held = writes_.held(user);
  if (is_up_ && reads_.add(user, {.job = job, .index = index, .held = held})) {
    ++job->open;
  } else {
    answer_alone(*job, index, held);
  }
}

// What was taken here is true, whatever the table knows besides; nothing else can be told.
void DynamoStore::answer_alone(Job& job, std::size_t index, const PendingWrites::Held& held) {
  add(failures_, 1);
  const bool may_be_back = !held.stamp.is_left() || held.came_with_age;
  const Answer known = answer_of(held.stamp, clocks_.unix_time(), rules_, may_be_back);
  const bool is_known = known.presence == Presence::kOnline || known.presence == Presence::kLeft;
  job.answers[index] = is_known ? known : kUnavailable;
  if (!is_known) ++job.unavailable;
}

void DynamoStore::on_read(const PendingReads::Read& read, UnixStamp stamp, UnixTime asked) {
  for (const auto& asker : read.askers) {
    // As of when it was asked: a heartbeat that came since may be missing from what was read.
    asker.job->answers[asker.index] = answer_of(std::max(stamp, asker.held.stamp), asked, rules_, in_doubt());
    add(operations_, 1);
    close_one(asker.job);
  }
}

void DynamoStore::on_unread(const PendingReads::Read& read) {
  for (const auto& asker : read.askers) {
    answer_alone(*asker.job, asker.index, writes_.held(read.user));
    close_one(asker.job);
  }
}

void DynamoStore::on_written(UserId user) {
  const auto waiters = writes_.written(user);
  add(operations_, waiters.size());
  close(waiters);
}

void DynamoStore::on_unwritten(UserId user) {
  const auto waiters = writes_.unwritten(user);
  add(failures_, waiters.size());
  close(waiters);
}

void DynamoStore::close(const PendingWrites::Waiters& waiters) {
  for (const JobPtr& job : waiters) close_one(job);
}

void DynamoStore::close_one(const JobPtr& job) {
  if (--job->open != 0) return;
  if (job->next < job->commands.size()) return asio::post(context_, [this, job] { run_on(job); });
  if (job->unavailable == 0) return job->done->batch_done(BatchResult::kDone);
  job->done->batch_done(job->unavailable == job->commands.size() ? BatchResult::kUnavailable : BatchResult::kPartly);
}

// While DynamoDB has too much to do, what waits for its turn may wait for long.
void DynamoStore::answer_the_late() {
  const Time began = Time::clock::now() - kMostTimeouts * config_.timeout;
  const auto waiters = writes_.release(began);
  add(failures_, waiters.size());
  close(waiters);
  for (const auto& read : reads_.late(began)) on_unread(read);
}

void DynamoStore::pump() {
  answer_the_late();
  while (is_up_ && caller_.has_room()) {
    is_turn_of_reads_ = !is_turn_of_reads_;
    const bool is_started = is_turn_of_reads_ ? start_read() || start_write() : start_write() || start_read();
    if (!is_started) break;
  }
  count_kept();
}

bool DynamoStore::start_read() {
  if (reads_.empty()) return false;
  caller_.start(std::make_unique<ReadExchange>(config_.address, reads_.next(kMostReads), owner()));
  return true;
}

bool DynamoStore::start_write() {
  const bool is_batch = config_.address.writes == Writes::kBatch;
  std::vector<UserStamp> writes;
  while (writes.size() < (is_batch ? kMostPuts : 1)) {
    const auto write = next_write();
    if (!write) break;
    writes.push_back(*write);
  }
  if (writes.empty()) return false;
  if (is_batch) {
    caller_.start(std::make_unique<PutExchange>(config_.address, rules_, std::move(writes), owner()));
  } else {
    caller_.start(std::make_unique<UpdateExchange>(config_.address, rules_, writes.front(), owner()));
  }
  return true;
}

std::optional<UserStamp> DynamoStore::next_write() {
  const UnixTime now = clocks_.unix_time();
  while (const auto write = writes_.next()) {
    if (!is_too_old(write->stamp, now, rules_)) return write;
    add(dropped_, 1);
    close(writes_.drop(write->user));
  }
  return std::nullopt;
}

void DynamoStore::on_over() { pump(); }

void DynamoStore::on_answer() {
  const Time before = std::exchange(last_answer_, Time::clock::now());
  // Not at once: it may answer questions and refuse what is to be written, over and over.
  if (is_up_ && last_answer_ > up_since_ + kSettled) backoff_.reset();
  if (is_up_ || is_stopped_) return;
  // While it was away other servers have kept heartbeats, and may not have written them yet.
  if (std::exchange(was_away_, false)) {
    const auto away = std::chrono::ceil<seconds>(last_answer_ - before + kLongestBackoff);
    const Second doubt = std::min(static_cast<Second>(away.count()), rules_.ttl);
    doubt_until_ = std::max(doubt_until_, now() + doubt + 1);
  }
  come_back();
}

void DynamoStore::come_back() {
  is_up_ = true;
  up_since_ = last_answer_;
  is_reachable_.store(true, std::memory_order_relaxed);
  if (std::exchange(is_return_news_, false)) {
    log::info("DynamoDB table " + config_.address.table + " at " + config_.address.endpoint + " is reachable",
              {{"table", config_.address.table}, {"endpoint", config_.address.endpoint}});
  }
  if (at_start_) std::exchange(at_start_, nullptr)({});
  pump();
}

bool DynamoStore::on_trouble(const std::string& reason, Time since) {
  // One request of several: a connection may break without DynamoDB being away.
  if (is_up_ && last_answer_ > since) return true;
  go_away(reason);
  return false;
}

void DynamoStore::go_away(const std::string& reason) {
  const bool is_news = !std::exchange(was_away_, true);
  is_up_ = false;
  is_reachable_.store(false, std::memory_order_relaxed);
  if (away_log_.allow(RateLimit::Time::clock::now())) {
    is_return_news_ = true;
    log::warn("DynamoDB table " + config_.address.table + " at " + config_.address.endpoint +
                  " cannot be used, trying again: " + reason,
              {{"reason", reason}, {"table", config_.address.table}, {"endpoint", config_.address.endpoint}});
  }
  if (at_start_) std::exchange(at_start_, nullptr)(reason);
  const auto waiters = writes_.release();
  add(failures_, waiters.size());
  close(waiters);
  for (const auto& read : reads_.next(std::numeric_limits<std::size_t>::max())) on_unread(read);
  count_kept();
  if (is_news && !is_probing_) probe_after(backoff_.next(random_()));
}

void DynamoStore::probe_after(milliseconds pause) {
  pulse_.expires_after(pause);
  pulse_.async_wait([this](const std::error_code& error) {
    if (error || is_stopped_) return;
    if (is_up_ && Time::clock::now() < last_answer_ + kIdle) return probe_after(kIdle);
    probe();
  });
}

void DynamoStore::probe() {
  is_probing_ = true;
  caller_.start(std::make_unique<ProbeExchange>(config_.address, [this] {
    is_probing_ = false;
    if (!is_stopped_) probe_after(was_away_ ? backoff_.next(random_()) : milliseconds{kIdle});
  }));
}

void DynamoStore::count_kept() {
  kept_.store(writes_.size(), std::memory_order_relaxed);
  if (writes_.size() == 0 && when_written_) std::exchange(when_written_, nullptr)();
}

}  // namespace lastbeat::dynamo
