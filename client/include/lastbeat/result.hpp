// A value or an error: what every call of the client returns.
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace lastbeat {

enum class ErrorKind : std::uint8_t {
  kConnect,          // no connection could be made before the deadline
  kTimeout,          // connected, but the deadline passed; the connection was closed
  kClosed,           // the connection ended before the reply was complete
  kServer,           // the server said no; `server_code` is a code of docs/protocol.md
  kProtocol,         // the peer sent something that is no Lastbeat reply; the connection was closed
  kInvalidArgument,  // the request cannot be sent at all; nothing was
};

struct Error {
  ErrorKind kind{};
  std::uint16_t server_code = 0;  // kServer only
  std::string message;            // one line for people
};

// Requires value() to be asked only when ok(), and error() only when not.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_{std::in_place_index<1>, std::move(error)} {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] T& value() & {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T value() && {
    assert(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  [[nodiscard]] const Error& error() const {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_{std::move(error)} {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] const Error& error() const {
    assert(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace lastbeat
