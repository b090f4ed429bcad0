// One thing that is asked of DynamoDB, in as many requests as it takes.
#pragma once

#include <string>
#include <string_view>

#include "dynamo/messages.hpp"
#include "dynamo/unix_stamp.hpp"

namespace lastbeat::dynamo {

class Exchange {
 public:
  virtual ~Exchange() = default;
  [[nodiscard]] virtual Operation operation() const noexcept = 0;
  // The request for what is still open, sent at `now`.
  [[nodiscard]] virtual std::string body(UnixTime now) = 0;

  enum class Progress : std::uint8_t { kDone, kPartOpen, kNonsense };
  // A reply that is no error.
  [[nodiscard]] virtual Progress take(std::string_view reply) = 0;
  // Whether an error is an answer to this; it is done then.
  [[nodiscard]] virtual bool is_answered_by(const ServiceError& /*error*/) { return false; }
  // What is open stays so. Told once, unless it is done.
  virtual void give_up() = 0;
};

}  // namespace lastbeat::dynamo
