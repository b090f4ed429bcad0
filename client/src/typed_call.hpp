// Who is told of a call's outcome.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "lastbeat/async_client.hpp"
#include "lastbeat/result.hpp"

namespace lastbeat {

template <class T>
using ReceiverPtr = std::unique_ptr<detail::Receiver<T>>;

// A call, to one node or to several, whose outcome is a T. Base has a virtual tell(std::optional<Error>): what went
// wrong, or nothing if the result is complete.
template <class Base, class T>
class Typed : public Base {
 public:
  using Receiver = ReceiverPtr<T>;
  template <class... Arguments>
  explicit Typed(Receiver receiver, Arguments... arguments) : Base{arguments...}, receiver_{std::move(receiver)} {}

 protected:
  [[nodiscard]] T& result() noexcept { return result_; }

 private:
  void tell(std::optional<Error> error) final {
    if (error) return receiver_->receive(std::move(*error));
    receiver_->receive(std::move(result_));
  }

  Receiver receiver_;
  T result_{};
};

}  // namespace lastbeat
