#include "upstream/upstream_store.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "log/log.hpp"
#include "protocol/wire.hpp"
#include "store/merged_answer.hpp"
#include "upstream/upstream_answer.hpp"

namespace lastbeat {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Taken from the coalescer in one hold of the lock: some milliseconds.
constexpr std::size_t kUsersAtOnce = 16'384;

Second second_of(milliseconds time) { return static_cast<Second>(time / seconds{1}); }

// What may be on its way: users of a window while those of the next go, in requests by kind and age.
AsyncOptions async_options(const Coalescer::Config& coalescer) {
  constexpr std::size_t kMostCalls = 65'536;
  return {.most_calls = kMostCalls, .most_users = 2 * coalescer.most_users + kUsersAtOnce};
}

void tell(const NodeNews& news) {
  const std::string node = "node " + news.node + " upstream is ";
  if (news.reason.empty()) return log::info(node + "back", {{"node", news.node}});
  log::warn(node + "lost: " + news.reason, {{"node", news.node}, {"reason", news.reason}});
}

bool is_unsupported(const Error& error) noexcept {
  return error.kind == ErrorKind::kServer &&
         error.server_code == static_cast<std::uint16_t>(protocol::ErrorCode::kUnsupported);
}

}  // namespace

UpstreamStore::UpstreamStore(const Config& config, ServerTime now)
    : rules_{config.coalescer.rules},
      now_{std::move(now)},
      coalescer_{config.coalescer},
      permissions_{config.client.nodes.size() > 1},
      client_{context_.get_executor(), config.client, async_options(config.coalescer)},
      thread_{[this] {
        poll();
        repeat(poll_timer_, kPollInterval, &UpstreamStore::poll);
        repeat(tick_, kTick, &UpstreamStore::work);
        context_.run();
      }} {}

UpstreamStore::~UpstreamStore() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

// --- on the caller's thread ---------------------------------------------------------------------------------------

void UpstreamStore::execute(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) {
  const auto is_status = [](const Command& command) { return command.kind == CommandKind::kStatus; };
  const bool has_statuses = std::any_of(commands.begin(), commands.end(), is_status);
  {
    const std::lock_guard lock{mutex_};
    const auto now = now_();
    if (has_statuses) {
      const auto last_write = std::find_if_not(commands.rbegin(), commands.rend(), is_status);
      take(std::make_shared<Batch>(Batch{.commands = commands,
                                         .answers = answers,
                                         .done = &done,
                                         .writes_end = static_cast<std::size_t>(commands.rend() - last_write)}),
           now);
    } else {
      for (std::size_t i = 0; i < commands.size(); ++i) answers[i] = {.outcome = coalescer_.take(commands[i], now)};
    }
    if (has_statuses || coalescer_.is_urgent()) wake();
  }
  // The other kind is told by answer(), perhaps already.
  if (!has_statuses) done.batch_done(BatchResult::kDone);
}

RemoteFigures UpstreamStore::remote() const noexcept {
  const std::lock_guard lock{mutex_};
  const Coalescer::Figures& here = coalescer_.figures();
  return {.is_reachable = is_reachable_,
          .nodes = nodes_,
          .nodes_reachable = nodes_reachable_,
          .operations = operations_,
          .failures = failures_,
          .refused = refused_,
          .kept = here.waiting,
          .coalesced = here.coalesced,
          .dropped = here.dropped + too_old_,
          .overflows = here.overflows};
}

// Commands up to the end, or to a write of somebody whose status is to be asked before that.
void UpstreamStore::take(const std::shared_ptr<Batch>& batch, Coalescer::Time now) {
  std::set<UserId> asked;
  for (; batch->taken < batch->commands.size(); ++batch->taken) {
    const Command& command = batch->commands[batch->taken];
    if (command.kind == CommandKind::kStatus) {
      if (batch->taken < batch->writes_end) asked.insert(command.user);
      questions_.push_back({.batch = batch, .place = batch->taken, .held = coalescer_.held(command.user)});
      ++batch->asked;
      continue;
    }
    if (asked.contains(command.user)) return unfinished_.push_back(batch);
    batch->answers[batch->taken] = {.outcome = coalescer_.take(command, now)};
  }
}

void UpstreamStore::wake() {
  if (!std::exchange(is_awake_, true)) asio::post(context_, [this] { work(); });
}

// --- on the thread of its own -------------------------------------------------------------------------------------

// Calls go out in the order in which they are made here, so that a status sees what was taken before it.
void UpstreamStore::work() {
  while (true) {
    std::vector<Coalescer::Parcel> parcels;
    std::vector<Question> questions;
    bool is_cut = false;  // a batch is, whose next part follows
    {
      const std::lock_guard lock{mutex_};
      const auto now = now_();
      is_awake_ = false;
      parcels = coalescer_.take_due(now, kUsersAtOnce);
      questions.swap(questions_);
      for (const auto& batch : std::exchange(unfinished_, {})) take(batch, now);
      is_cut = !questions_.empty() || !unfinished_.empty() || coalescer_.is_urgent();
      if (!is_cut && !parcels.empty()) wake();  // there may be more; what has arrived comes first
    }
    for (Coalescer::Parcel& parcel : parcels) send(std::move(parcel));
    if (!questions.empty()) ask(std::move(questions));
    if (!is_cut) return;
  }
}

void UpstreamStore::send(Coalescer::Parcel parcel) {
  ++calls_;
  const auto kind = parcel.kind;
  const auto age = parcel.age;
  std::vector<UserId> users = parcel.users;
  auto told = [this, parcel = std::move(parcel)](const Result<WriteResult>& written) {
    settle(parcel, written);
    end_call();
  };
  if (kind == CommandKind::kLeave) {
    client_.leave(std::move(users), age, std::move(told));
  } else {
    client_.heartbeat(std::move(users), age, std::move(told));
  }
}

void UpstreamStore::settle(const Coalescer::Parcel& parcel, const Result<WriteResult>& written) {
  const std::size_t users = parcel.users.size();
  const bool is_partly = !written && !written.error().users.empty() && written.error().users.size() < users;
  hear_of(Permissions::Asked::kHeartbeats, written || is_partly ? nullptr : &written.error());
  std::vector<bool> has_failed(users, false);
  std::size_t failed = 0;
  if (!written) {
    const auto& places = written.error().users;
    has_failed.assign(users, places.empty());
    for (const std::uint32_t place : places) has_failed[place] = true;
    failed = places.empty() ? users : places.size();
  } else {
    refused_ += written.value().refused;
    too_old_ += written.value().too_old;
  }
  operations_ += users - failed;
  failures_ += failed;
  const std::lock_guard lock{mutex_};
  for (std::size_t i = 0; i < users; ++i) {
    if (has_failed[i]) {
      coalescer_.fail(parcel.users[i], parcel.stamps[i]);
    } else {
      coalescer_.confirm(parcel.users[i]);
    }
  }
}

void UpstreamStore::ask(std::vector<Question> questions) {
  ++calls_;
  std::vector<UserId> users;
  users.reserve(questions.size());
  for (const Question& question : questions) users.push_back(question.batch->commands[question.place].user);
  client_.status_detailed(std::move(users),
                          [this, questions = std::move(questions)](const Result<std::vector<UserStatus>>& statuses) {
                            answer(questions, statuses);
                            end_call();
                          });
}

void UpstreamStore::answer(const std::vector<Question>& questions, const Result<std::vector<UserStatus>>& statuses) {
  const Second now = second_of(now_());
  hear_of(Permissions::Asked::kStatuses, statuses ? nullptr : &statuses.error());
  std::size_t failed = 0;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const Question& question = questions[i];
    Batch& batch = *question.batch;
    const auto theirs = statuses ? std::optional{statuses.value()[i]} : std::nullopt;
    Answer& answer = batch.answers[question.place];
    answer = merged_answer(upstream_answer(theirs), question.held, now, rules_);
    if (!theirs || theirs->presence == Presence::kNoAnswer) ++failed;
    if (answer.outcome == Outcome::kUnavailable) batch.is_partly = true;
    // All its commands have been taken: work() does not end before that.
    if (--batch.asked == 0) batch.done->batch_done(batch.is_partly ? BatchResult::kPartly : BatchResult::kDone);
  }
  operations_ += questions.size() - failed;
  failures_ += failed;
}

void UpstreamStore::repeat(asio::steady_timer& timer, milliseconds interval, void (UpstreamStore::*act)()) {
  timer.expires_after(interval);
  timer.async_wait([this, &timer, interval, act](const std::error_code& error) {
    if (error) return;
    (this->*act)();
    repeat(timer, interval, act);
  });
}

void UpstreamStore::poll() {
  if (std::exchange(is_polling_, true)) return;
  client_.nodes([this](const Result<std::vector<NodeInfo>>& nodes) {
    if (nodes) hear(nodes.value());
    if (!nodes || nodes_reachable_ == 0) return end_poll();
    poll_count();
  });
}

// Nodes say how they are to everybody; the count tells whether they do anything for this server.
void UpstreamStore::poll_count() {
  client_.count([this](const Result<UserCount>& count) {
    hear_of(Permissions::Asked::kCount, count ? nullptr : &count.error());
    if (count) {
      online_ = count.value().online;
      entries_ = count.value().entries;
      is_counted_ = true;
    } else if (wants_token(count.error()) || lacks_scope(count.error()) || is_unsupported(count.error())) {
      is_counted_ = false;
    }
    end_poll();
  });
}

void UpstreamStore::end_poll() {
  is_polling_ = false;
  is_reachable_ = nodes_reachable_ != 0 && !permissions_.refuses_all();
  tell_way();
}

void UpstreamStore::hear(const std::vector<NodeInfo>& nodes) {
  const auto answers = [](const NodeInfo& node) { return node.server.ok(); };
  nodes_ = nodes.size();
  nodes_reachable_ = static_cast<std::size_t>(std::count_if(nodes.begin(), nodes.end(), answers));
  if (const auto& first = nodes.front().server; !first) {
    away_reason_ = first.error().message;
    if (wants_token(first.error())) away_reason_ += kTokenAdvice;
  }
  // Of a single node tell_way() says the same.
  if (nodes.size() > 1) {
    for (const NodeNews& news : node_watch_.look(nodes, std::chrono::steady_clock::now())) tell(news);
  }
  for (const NodeInfo& node : nodes) {
    if (node.server) tell_ttl(node.server.value().ttl);
  }
}

void UpstreamStore::hear_of(Permissions::Asked asked, const Error* error) {
  if (const auto line = permissions_.hear(asked, error, std::chrono::steady_clock::now())) {
    log::error(*line, {{"reason", error->message}});
  }
  if (is_reachable_ && permissions_.refuses_all()) is_reachable_ = false;  // or else at the end of poll()
}

// What is refused hear_of() has told.
void UpstreamStore::tell_way() {
  const Way way = nodes_reachable_ == 0 ? Way::kAway : permissions_.refuses_all() ? Way::kRefused : Way::kOpen;
  if (std::exchange(way_told_, way) == way) return;
  if (way == Way::kOpen) log::info("the upstream answers");
  if (way == Way::kAway) log::error("the upstream cannot be reached: " + away_reason_, {{"reason", away_reason_}});
}

void UpstreamStore::tell_ttl(seconds theirs) {
  if (theirs == seconds{rules_.ttl} || theirs == ttl_told_) return;
  ttl_told_ = theirs;
  const auto count = static_cast<std::uint64_t>(theirs.count());
  log::error("--ttl is " + std::to_string(rules_.ttl) + " s here and " + std::to_string(count) +
                 " s upstream: set the same, or users stay online for too long or too short",
             {{"ttl_s", std::uint64_t{rules_.ttl}}, {"upstream_ttl_s", count}});
}

// --- the end ------------------------------------------------------------------------------------------------------

void UpstreamStore::finish() {
  asio::post(context_, [this] {
    is_finishing_ = true;
    std::vector<Coalescer::Parcel> parcels;
    {
      const std::lock_guard lock{mutex_};
      parcels = coalescer_.take_all(now_());
    }
    ++calls_;
    for (Coalescer::Parcel& parcel : parcels) send(std::move(parcel));
    end_call();
  });
  thread_.join();
  const auto kept = remote().kept;
  if (kept == 0) return;
  log::warn("the upstream could not be told of " + std::to_string(kept) + " users' last heartbeats or leaves",
            {{"users", kept}});
}

void UpstreamStore::end_call() {
  if (--calls_ == 0 && is_finishing_) context_.stop();
}

}  // namespace lastbeat
