#include "store/coalescing_store.hpp"

#include <string>
#include <utility>

#include "log/log.hpp"
#include "store/merged_answer.hpp"

namespace lastbeat {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Taken from the coalescer in one hold of the lock: some milliseconds.
constexpr std::size_t kUsersAtOnce = 16'384;
// At the end of their windows; then windows last longer, until the store has caught up.
constexpr std::size_t kMostFlying = 4 * kUsersAtOnce;

Command command_of(UserId user, CommandKind kind, std::optional<milliseconds> age, milliseconds now) {
  if (!age) return {.user = user, .kind = kind};
  const milliseconds happened = now - *age;
  return {.user = user,
          .second = static_cast<Second>(happened / seconds{1}),
          .millisecond = static_cast<std::uint16_t>(happened % seconds{1} / milliseconds{1}),
          .kind = kind};
}

// The same users in parcels of no more than kUsersAtOnce.
std::vector<Coalescer::Parcel> cut(const std::vector<Coalescer::Parcel>& parcels) {
  std::vector<Coalescer::Parcel> pieces;
  for (const Coalescer::Parcel& parcel : parcels) {
    for (std::size_t i = 0; i < parcel.users.size(); ++i) {
      if (i % kUsersAtOnce == 0) pieces.push_back({.kind = parcel.kind, .age = parcel.age});
      pieces.back().users.push_back(parcel.users[i]);
      pieces.back().stamps.push_back(parcel.stamps[i]);
    }
  }
  return pieces;
}

}  // namespace

// What goes to the store in one call: commands of one batch, or what was held back. Ends itself when that is told.
class CoalescingStore::Delivery final : public BatchCompletion {
 public:
  explicit Delivery(CoalescingStore& store) : store_{store} {}
  Delivery(CoalescingStore& store, std::span<Answer> answers, BatchCompletion& done)
      : store_{store}, answers_{answers}, done_{&done} {}

  // `held`: of a status what counts besides the store's answer; of a write what the coalescer is to be told of, if
  // anything. `place`: among the answers of the batch.
  void add(const Command& command, Stamp held, std::size_t place = 0) {
    commands_.push_back(command);
    items_.push_back({.held = held, .place = place});
  }
  [[nodiscard]] bool is_empty() const noexcept { return commands_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return commands_.size(); }
  void go(Store& store) {
    replies_.resize(commands_.size());
    store.execute(commands_, replies_, *this);
  }

  void batch_done(BatchResult result) noexcept override {
    const std::unique_ptr<Delivery> self{this};
    if (result == BatchResult::kUnavailable) {
      replies_.assign(commands_.size(), {.presence = Presence::kUnknown, .outcome = Outcome::kUnavailable});
    }
    settle_writes();
    if (done_ == nullptr) return;
    const auto now = static_cast<Second>(store_.now_() / seconds{1});
    std::size_t unavailable = 0;
    for (std::size_t i = 0; i < commands_.size(); ++i) {
      const bool is_status = commands_[i].kind == CommandKind::kStatus;
      Answer& answer = answers_[items_[i].place];
      answer = is_status ? merged_answer(replies_[i], items_[i].held, now, store_.rules_) : replies_[i];
      if (answer.outcome == Outcome::kUnavailable) ++unavailable;
    }
    if (unavailable == 0) return done_->batch_done(BatchResult::kDone);
    done_->batch_done(unavailable == answers_.size() ? BatchResult::kUnavailable : BatchResult::kPartly);
  }

 private:
  struct Item {
    Stamp held;
    std::size_t place = 0;
  };

  void settle_writes() {
    const std::lock_guard lock{store_.mutex_};
    for (std::size_t i = 0; i < commands_.size(); ++i) {
      const Command& command = commands_[i];
      if (command.kind == CommandKind::kStatus || items_[i].held.is_none()) continue;
      if (replies_[i].outcome == Outcome::kUnavailable) {
        store_.coalescer_.fail(command.user, items_[i].held);
        replies_[i].outcome = Outcome::kDone;  // it waits here
      } else {
        store_.coalescer_.confirm(command.user);
      }
    }
    if (done_ != nullptr) return;
    store_.flying_ -= commands_.size();
    if (store_.flying_ == 0) store_.told_.notify_all();
  }

  CoalescingStore& store_;
  std::span<Answer> answers_{};
  BatchCompletion* done_ = nullptr;  // null: nobody waits
  std::vector<Command> commands_;
  std::vector<Answer> replies_;
  std::vector<Item> items_;  // one of each command
};

CoalescingStore::CoalescingStore(std::unique_ptr<Store> store, const Config& config, ServerTime now)
    : rules_{config.coalescer.rules}, now_{std::move(now)}, coalescer_{config.coalescer}, store_{std::move(store)} {
  if (config.interval == milliseconds{0}) return;
  ticker_ = std::thread{[this, interval = config.interval] {
    std::unique_lock lock{mutex_};
    while (!stopped_.wait_for(lock, interval, [this] { return is_stopping_; })) {
      lock.unlock();
      tick();
      lock.lock();
    }
  }};
}

CoalescingStore::~CoalescingStore() {
  {
    const std::lock_guard lock{mutex_};
    is_stopping_ = true;
  }
  stopped_.notify_all();
  if (ticker_.joinable()) ticker_.join();
}

void CoalescingStore::execute(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) {
  auto delivery = std::make_unique<Delivery>(*this, answers, done);
  {
    const std::lock_guard lock{mutex_};
    const auto now = now_();
    for (std::size_t i = 0; i < commands.size(); ++i) {
      const Command& command = commands[i];
      if (command.kind == CommandKind::kStatus) {
        delivery->add(command, coalescer_.held(command.user), i);
      } else if (const auto write = admit(command, now, answers[i])) {
        delivery->add(command_of(write->user, write->kind, write->age, now), write->stamp, i);
      }
    }
    if (!delivery->is_empty()) outgoing_.push_back(std::move(delivery));
  }
  if (delivery) return done.batch_done(BatchResult::kDone);
  forward();
}

std::optional<Coalescer::Outgoing> CoalescingStore::admit(const Command& command, Coalescer::Time now, Answer& answer) {
  const Outcome outcome = coalescer_.take(command, now);
  if (outcome == Outcome::kRefused) {
    const auto age = command.second == Command::kOnArrival
                         ? std::nullopt
                         : std::optional{now - (seconds{command.second} + milliseconds{command.millisecond})};
    return Coalescer::Outgoing{.user = command.user, .kind = command.kind, .age = age, .stamp = {}};
  }
  answer = {.outcome = outcome};
  return coalescer_.take_urgent(now);
}

void CoalescingStore::tick() {
  {
    const std::lock_guard lock{mutex_};
    const auto now = now_();
    while (flying_ < kMostFlying) {
      auto parcels = coalescer_.take_due(now, kUsersAtOnce);
      if (parcels.empty()) break;
      pack(parcels, now);
    }
  }
  forward();
}

void CoalescingStore::pack(const std::vector<Coalescer::Parcel>& parcels, Coalescer::Time now) {
  auto delivery = std::make_unique<Delivery>(*this);
  for (const Coalescer::Parcel& parcel : parcels) {
    for (std::size_t i = 0; i < parcel.users.size(); ++i) {
      delivery->add(command_of(parcel.users[i], parcel.kind, parcel.age, now), parcel.stamps[i]);
    }
  }
  flying_ += delivery->size();
  outgoing_.push_back(std::move(delivery));
}

void CoalescingStore::forward() {
  std::unique_lock lock{mutex_};
  if (std::exchange(is_forwarding_, true)) return;
  while (!outgoing_.empty()) {
    Delivery* const next = outgoing_.front().release();  // it ends itself
    outgoing_.pop_front();
    lock.unlock();
    next->go(*store_);
    lock.lock();
  }
  is_forwarding_ = false;
}

RemoteFigures CoalescingStore::remote() const noexcept {
  RemoteFigures figures = store_->remote();
  const std::lock_guard lock{mutex_};
  figures.kept += coalescer_.figures().waiting;
  figures.coalesced += coalescer_.figures().coalesced;
  figures.dropped += coalescer_.figures().dropped;
  return figures;
}

// Piece by piece: the store refuses what goes beyond its backlog.
void CoalescingStore::finish() {
  std::unique_lock lock{mutex_};
  const auto now = now_();
  for (const Coalescer::Parcel& piece : cut(coalescer_.take_all(now))) {
    pack({piece}, now);
    lock.unlock();
    forward();
    lock.lock();
    told_.wait(lock, [this] { return flying_ == 0; });
  }
  told_.wait(lock, [this] { return flying_ == 0; });
  const std::uint64_t lost = coalescer_.figures().waiting;
  lock.unlock();
  if (lost != 0) {
    log::warn("stopping while heartbeats or leaves of " + std::to_string(lost) + " users are held back: they are lost",
              {{"users", lost}});
  }
  store_->finish();
}

}  // namespace lastbeat
