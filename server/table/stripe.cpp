#include "table/stripe.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lastbeat {
namespace {

// Gathers the edges of one lock hold and hands them on, kCapacity at once.
template <std::size_t kCapacity>
class EdgeBatch {
 public:
  explicit EdgeBatch(EdgeSink* sink) noexcept : sink_{sink} {}
  ~EdgeBatch() { flush(); }
  EdgeBatch(const EdgeBatch&) = delete;
  EdgeBatch& operator=(const EdgeBatch&) = delete;
  void add(const Edge& edge) noexcept {
    if (sink_ == nullptr) return;
    edges_[size_++] = edge;
    if (size_ == edges_.size()) flush();
  }

 private:
  void flush() noexcept {
    if (size_ != 0) sink_->take({edges_.data(), size_});
    size_ = 0;
  }

  EdgeSink* sink_;
  std::size_t size_ = 0;
  std::array<Edge, kCapacity> edges_;
};

}  // namespace

Answer Stripe::execute(const Command& command, std::uint64_t key, const StripeContext& context) noexcept {
  const MutexLock lock{mutex_};
  const Moment moment = context.time.load();
  if (command.kind == CommandKind::kStatus) return answer(slots_.find(key), announced_, moment, context.rules);
  return write(command, key, moment, context);
}

Answer Stripe::write(const Command& command, std::uint64_t key, Moment moment, const StripeContext& context) {
  const Stamp old = slots_.find(key);
  const Write write = apply(command, old, announced_, moment, context.rules);
  if (write.too_old) return {.outcome = Outcome::kTooOld};
  if (write.stamp != old && !hold(key, old, write.stamp, context.budget)) {
    // A leave without room changes no answer: nobody is online who is not held.
    return {.outcome = command.kind == CommandKind::kLeave ? Outcome::kDone : Outcome::kRefused};
  }
  if (write.timed_out || write.flipped) {
    EdgeBatch<2> edges{context.edges};
    if (write.timed_out) {
      edges.add(make_edge(command.user, EdgeCause::kTimeout, timeout_second(old, context.rules)));
    }
    if (write.flipped) {
      const Second now = std::max(moment.now, announced_);
      edges.add(make_edge(command.user, write.stamp.is_left() ? EdgeCause::kLeave : EdgeCause::kHeartbeat, now));
    }
  }
  return {};
}

bool Stripe::hold(std::uint64_t key, Stamp old, Stamp stamp, Budget& budget) {
  if (!old.is_none()) {
    slots_.set(key, stamp);
    return true;
  }
  if (!budget.take()) return false;
  if (slots_.insert(key, stamp)) return true;
  budget.give_back(1);
  return false;
}

Edge Stripe::make_edge(UserId user, EdgeCause cause, Second second) {
  const std::uint64_t online = online_.load(std::memory_order_relaxed);
  online_.store(cause == EdgeCause::kHeartbeat ? online + 1 : online - 1, std::memory_order_relaxed);
  return {.user = user, .number = ++edges_made_, .second = second, .cause = cause};
}

PassResult Stripe::pass(const StripeContext& context) noexcept {
  const MutexLock lock{mutex_};
  PassResult result;
  const Moment moment = context.time.load();
  if (moment.in_doubt()) return result;
  const Second now = std::max(moment.now, announced_);
  announce_timeouts(now, context, result);
  announced_ = now;
  result.forgotten = slots_.erase_if([&](Stamp stamp) { return is_forgettable(stamp, now, context.rules); });
  if (result.forgotten != 0) {
    context.budget.give_back(result.forgotten);
    slots_.shrink();
  }
  return result;
}

void Stripe::announce_timeouts(Second now, const StripeContext& context, PassResult& result) {
  EdgeBatch<EdgeSink::kMostAtOnce> edges{context.edges};
  for (std::size_t i = 0; i < slots_.capacity(); ++i) {
    const Stamp stamp = slots_.stamp_at(i);
    if (stamp.is_none()) continue;
    if (!is_on(stamp, announced_, context.rules) || is_on(stamp, now, context.rules)) continue;
    ++result.timed_out;
    edges.add(
        make_edge(context.mixer.unmix(slots_.key_at(i)), EdgeCause::kTimeout, timeout_second(stamp, context.rules)));
  }
}

ListResult Stripe::list_online(std::uint64_t from, std::size_t limit, const StripeContext& context,
                               std::vector<UserId>& out) {
  ListResult result;
  std::vector<std::uint64_t> keys;
  {
    const MutexLock lock{mutex_};
    const Second now = std::max(context.time.load().now, announced_);
    result.visited = slots_.capacity();
    for (std::size_t i = 0; i < result.visited; ++i) {
      const std::uint64_t key = slots_.key_at(i);
      if (key >= from && is_on(slots_.stamp_at(i), now, context.rules)) keys.push_back(key);
    }
  }
  result.stopped = keys.size() > limit;
  if (result.stopped) {
    std::nth_element(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(limit), keys.end());
    keys.resize(limit);
  }
  std::sort(keys.begin(), keys.end());
  for (const std::uint64_t key : keys) out.push_back(context.mixer.unmix(key));
  return result;
}

}  // namespace lastbeat
