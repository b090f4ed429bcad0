// One call of a client over several nodes: the calls to the nodes that it is made of, and one outcome.
#pragma once

#include <asio.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "call.hpp"
#include "lastbeat/result.hpp"
#include "typed_call.hpp"

namespace lastbeat {

class NodeGroup;

// Held by the calls to nodes that are under way. Threads: the group's strand.
class SpreadCall : public std::enable_shared_from_this<SpreadCall> {
 public:
  SpreadCall() = default;
  virtual ~SpreadCall() = default;
  SpreadCall(const SpreadCall&) = delete;
  SpreadCall& operator=(const SpreadCall&) = delete;

  // Makes the first calls to nodes, and tells nothing yet. False: there is none to make, finish() is called later.
  [[nodiscard]] virtual bool begin(NodeGroup& group) = 0;
  // The time is over: finishes with what is known.
  virtual void give_up() = 0;
  // Tells the outcome, once: later ones are ignored.
  void finish(std::optional<Error> error) {
    if (std::exchange(is_finished_, true)) return;
    if (timer_) timer_->cancel();
    tell(std::move(error));
  }
  [[nodiscard]] bool is_finished() const noexcept { return is_finished_; }
  [[nodiscard]] static Error cancelled() {
    return {.kind = ErrorKind::kCancelled, .message = "the call was cancelled"};
  }

 protected:
  // Null: the client is gone.
  [[nodiscard]] std::shared_ptr<NodeGroup> group() const noexcept { return group_.lock(); }
  // The first error is the one that is told.
  void keep(Error error) {
    if (!error_) error_ = std::move(error);
  }
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }
  [[nodiscard]] static Error late() {
    return {.kind = ErrorKind::kTimeout, .message = "the nodes did not answer in time"};
  }

 private:
  virtual void tell(std::optional<Error> error) = 0;

  bool is_finished_ = false;
  std::optional<Error> error_;

  // The book-keeping of the group.
  friend class NodeGroup;
  std::weak_ptr<NodeGroup> group_;
  std::uint64_t id_ = 0;
  std::shared_ptr<Load> load_;
  std::optional<Place> place_;
  std::optional<asio::steady_timer> timer_;
};

template <class T>
using TypedSpread = Typed<SpreadCall, T>;

template <class T, class Take>
class TakingReceiver final : public detail::Receiver<T> {
 public:
  explicit TakingReceiver(Take take) : take_{std::move(take)} {}
  void receive(Result<T> result) noexcept override { take_(std::move(result)); }

 private:
  Take take_;
};

// A receiver that calls take(Result<T>).
template <class T, class Take>
[[nodiscard]] ReceiverPtr<T> receiver_of(Take take) {
  return std::make_unique<TakingReceiver<T, Take>>(std::move(take));
}

}  // namespace lastbeat
