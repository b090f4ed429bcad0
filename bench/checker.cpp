#include "bench/checker.hpp"

#include <algorithm>
#include <array>
#include <thread>
#include <unordered_set>
#include <utility>

#include "bench/environment.hpp"

namespace lastbeat::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kHeartbeatsPerTtl = 3;
constexpr int kLongestSilenceTtls = 3;
// One question in so many is about somebody who has never been heard of, or about somebody who is silent or has left.
constexpr std::uint64_t kStrangersOneIn = 50;
constexpr std::uint64_t kSilentOneIn = 4;
// One batch of heartbeats in so many carries an age, of half a ttl at most.
constexpr std::uint64_t kAgedOneIn = 10;
// One batch of questions in so many asks for details.
constexpr std::uint64_t kDetailedOneIn = 2;
// Of those who fall silent, one in so many leaves; of those who leave, one in so many is back at once; and of those,
// one in so many leaves again.
constexpr std::uint64_t kLeaversOneIn = 3;
constexpr std::uint64_t kBackAtOnceOneIn = 3;
constexpr std::uint64_t kLeavesAgainOneIn = 2;
// A server that is stopped for a while is no error; one that refuses five connections within a second is gone.
constexpr seconds kRequestTimeout{60};
constexpr int kConnectAttempts = 5;
constexpr milliseconds kLongestBackoff{200};

}  // namespace

Client Checker::new_client(const CheckOptions& options) {
  return Client{{.server = options.server,
                 .request_timeout = kRequestTimeout,
                 .longest_backoff = kLongestBackoff,
                 .connect_attempts = kConnectAttempts,
                 .replicas = options.replicas}};
}

Checker::Checker(const CheckOptions& options, const ServerInfo& server, const Share& share, std::uint64_t seed,
                 CheckedUsers& users, CheckTotals& totals, ListChange* change)
    : options_{options},
      batch_{share.batch},
      ttl_{server.ttl},
      life_{server.life},
      users_{users},
      totals_{totals},
      change_{change},
      random_{seed},
      client_{new_client(options)} {
  const Nanoseconds now = read_boot_time();
  for (std::uint32_t index = share.first; index < share.end; index += share.step) {
    due_.push({now + random_below(interval()), index});
  }
  // Of the users' time, `silent_share` shall be silence: with silences of s on average and a chance p to fall silent
  // at every heartbeat, share = p * s / (p * s + interval).
  constexpr double kMeanSilenceIntervals = 0.5 * kLongestSilenceTtls * kHeartbeatsPerTtl;
  falls_silent_ = std::min(1.0, options.silent_share / (kMeanSilenceIntervals * (1 - options.silent_share)));
}

void Checker::run(Nanoseconds end) {
  while (!is_over_ && read_boot_time() < end && !is_interrupted()) {
    if (change_ != nullptr && change_->is_due(read_boot_time())) take_change();
    step();
  }
  if (change_ != nullptr) change_->leave();
}

void Checker::take_change() {
  const auto changed = client_.set_nodes(std::exchange(change_, nullptr)->wait());
  if (!changed) fail(changed.error());
}

void Checker::step() {
  send_due();
  if (!is_over_) ask();
}

void Checker::close_connection() { client_ = new_client(options_); }

// --- commands -----------------------------------------------------------------------------------------------------

// The users whose time has come: most beat, some fall silent, some leave.
void Checker::send_due() {
  std::array<Batch, 4> batches;
  auto& [beat, leave, back, leave_again] = batches;
  leave.kind = leave_again.kind = SentCommand::Kind::kLeave;
  // A node that comes back empty takes a heartbeat of before for news; one server knows better.
  if (!options_.has_nodes && one_in(kAgedOneIn))
    beat.age = std::chrono::duration_cast<milliseconds>(random_below(Nanoseconds{ttl_} / 2));
  std::bernoulli_distribution falls_silent{falls_silent_};

  const Nanoseconds now = read_boot_time();
  while (!due_.empty() && due_.top().when <= now && beat.indexes.size() < batch_) {
    const std::uint32_t index = due_.top().index;
    due_.pop();
    if (!falls_silent(random_)) {
      beat.indexes.push_back(index);
      due_.push({now + interval(), index});
      continue;
    }
    due_.push({now + interval() + random_below(kLongestSilenceTtls * Nanoseconds{ttl_}), index});
    silent_.push_back(index);
    if (!one_in(kLeaversOneIn)) continue;
    leave.indexes.push_back(index);
    if (!one_in(kBackAtOnceOneIn)) continue;
    back.indexes.push_back(index);
    if (one_in(kLeavesAgainOneIn)) leave_again.indexes.push_back(index);
  }
  send(batches);
  constexpr std::size_t kMostSilent = 4096;
  if (silent_.size() > kMostSilent) silent_.erase(silent_.begin(), silent_.end() - kMostSilent / 2);
}

// In one write, so that the server may execute a leave and the return from it as one batch.
void Checker::send(std::span<const Batch> batches) {
  Pipeline pipeline;
  for (const Batch& batch : batches) {
    if (batch.indexes.empty()) continue;
    users_.sent(batch.indexes, {.kind = batch.kind, .send = {}, .ack = kNotYet, .age = batch.age});
    if (batch.kind == SentCommand::Kind::kLeave) {
      pipeline.leave(ids_of(batch.indexes), batch.age);
    } else {
      pipeline.heartbeat(ids_of(batch.indexes), batch.age);
    }
  }
  if (pipeline.size() == 0) return;
  take_outcomes(batches, client_.run(pipeline));
}

void Checker::take_outcomes(std::span<const Batch> batches,
                            const Result<std::vector<Result<PipelineReply>>>& outcomes) {
  bool is_any_certain = outcomes.ok();
  if (!is_any_certain) fail(outcomes.error());
  std::unordered_set<std::uint32_t> lost;  // of nodes that are away
  auto batch = batches.begin();
  for (std::size_t i = 0; outcomes.ok() && i < outcomes.value().size(); ++i, ++batch) {
    while (batch->indexes.empty()) ++batch;
    const auto& outcome = outcomes.value()[i];
    const auto* written = outcome.ok() ? std::get_if<WriteResult>(&outcome.value()) : nullptr;
    if (written != nullptr && written->refused + written->too_old == 0) continue;
    fail(outcome.ok()
             ? Error{.kind = ErrorKind::kServer, .message = "the server refused commands, or found them too old"}
             : outcome.error());
    // Which of them were refused is not told: about none of them anything is certain then.
    if (outcome.ok() || outcome.error().users.empty()) is_any_certain = false;
    if (!outcome.ok()) {
      for (const std::uint32_t place : outcome.error().users) lost.insert(batch->indexes[place]);
    }
  }
  for (const Batch& sent : batches) {
    std::vector<std::uint32_t> taken;
    for (const std::uint32_t index : sent.indexes) {
      if (is_any_certain && !lost.contains(index)) {
        taken.push_back(index);
      } else {
        users_.lost({&index, 1});
      }
    }
    users_.acked(taken);
    totals_.commands += taken.size();
  }
}

// --- questions ----------------------------------------------------------------------------------------------------

void Checker::ask() {
  std::vector<std::uint32_t> indexes;
  for (std::uint32_t i = 0; i < batch_; ++i) indexes.push_back(choose());
  const std::vector<UserId> ids = ids_of(indexes);
  ReceivedStatus status;
  status.has_age = one_in(kDetailedOneIn);
  status.send = read_boot_time();
  if (status.has_age) {
    const auto answers = client_.status_detailed(ids);
    status.reply = read_boot_time();
    if (!answers) return fail(answers.error());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      status.presence = answers.value()[i].presence;
      status.age = answers.value()[i].age;
      judge(indexes[i], status);
    }
  } else {
    const auto answers = client_.status(ids);
    status.reply = read_boot_time();
    if (!answers) return fail(answers.error());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      status.presence = answers.value()[i];
      judge(indexes[i], status);
    }
  }
  totals_.answers += ids.size();
}

std::uint32_t Checker::choose() {
  if (one_in(kStrangersOneIn)) return options_.users + static_cast<std::uint32_t>(random_() % options_.users);
  if (one_in(kSilentOneIn) && !silent_.empty()) return silent_[random_() % silent_.size()];
  return static_cast<std::uint32_t>(random_() % options_.users);
}

void Checker::judge(std::uint32_t index, const ReceivedStatus& status) {
  if (status.presence == Presence::kUnknown) ++totals_.unknown;
  if (status.presence == Presence::kNoAnswer) ++totals_.missing;
  std::string complaint = users_.judge(index, status, ttl_);
  // The client may have connected to a new life of the server between two requests, without an error.
  if (!complaint.empty() && is_same_server()) totals_.add_wrong(std::move(complaint));
}

// --- errors -------------------------------------------------------------------------------------------------------

// After an error the check goes on as long as it is the same server, in the same life, that answers. Of several nodes
// each may come and go; nobody is hurried while none is there.
void Checker::fail(const Error& error) {
  totals_.add_error(error.message);
  if (options_.has_nodes) {
    constexpr milliseconds kPause{10};
    if (error.users.empty()) std::this_thread::sleep_for(kPause);
    return;
  }
  if (error.kind == ErrorKind::kConnect) {
    is_over_ = true;
  } else if (error.kind != ErrorKind::kServer) {
    static_cast<void>(is_same_server());
  }
}

bool Checker::is_same_server() {
  if (options_.has_nodes) return true;
  if (is_over_) return false;
  const auto info = client_.hello();
  if (info && info.value().life == life_) return true;
  is_over_ = true;
  totals_.add_error(info ? "the server was restarted: what it knew is gone" : info.error().message);
  return false;
}

Nanoseconds Checker::interval() const { return Nanoseconds{ttl_} / kHeartbeatsPerTtl; }

Nanoseconds Checker::random_below(Nanoseconds limit) {
  return Nanoseconds{static_cast<Nanoseconds::rep>(random_() % static_cast<std::uint64_t>(limit.count()))};
}

std::vector<UserId> Checker::ids_of(std::span<const std::uint32_t> indexes) const {
  std::vector<UserId> ids;
  ids.reserve(indexes.size());
  for (const std::uint32_t index : indexes) ids.push_back(users_.id(index));
  return ids;
}

}  // namespace lastbeat::bench
