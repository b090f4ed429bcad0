// A value or an error: what every call of the client returns.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lastbeat {

enum class ErrorKind : std::uint8_t {
  kConnect,          // no connection could be made before the deadline
  kTimeout,          // connected, but the deadline passed; the connection was closed
  kClosed,           // the connection ended before the reply was complete
  kServer,           // the server said no; `server_code` is a code of docs/protocol.md
  kProtocol,         // the peer sent something that is no Lastbeat reply; the connection was closed
  kInvalidArgument,  // the request cannot be sent at all; nothing was
  kBusy,             // too much is on its way already; nothing was sent
  kCancelled,        // by the caller, or because the client is gone
};

struct Error {
  ErrorKind kind{};
  std::uint16_t server_code = 0;  // kServer only
  std::string message;            // one line for people
  // Of a write over several nodes: places of the users whom none of their nodes has taken, the others have been told
  // of. Empty: it is about the whole call.
  std::vector<std::uint32_t> users{};
};

// Asking for the value of an error, or for the error of a value, throws std::bad_variant_access.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_{std::in_place_index<1>, std::move(error)} {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] T& value() & { return std::get<0>(state_); }
  [[nodiscard]] const T& value() const& { return std::get<0>(state_); }
  [[nodiscard]] T value() && { return std::get<0>(std::move(state_)); }
  [[nodiscard]] const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : state_{std::move(error)} {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<std::monostate, Error> state_;
};

}  // namespace lastbeat
