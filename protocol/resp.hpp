// RESP2, the protocol of Redis and Valkey, strictly: bytes <-> elements.
// https://redis.io/docs/latest/develop/reference/protocol-spec/
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "protocol/types.hpp"

namespace lastbeat::protocol::resp {

// A command is an array of bulk strings.
void append_array(Buffer& out, std::size_t elements);
void append_bulk(Buffer& out, std::string_view text);

enum class Type : char {
  kSimple = '+',   // one line
  kError = '-',    // one line
  kInteger = ':',  // a number of 64 bits
  kBulk = '$',     // bytes
  kArray = '*',    // that many elements follow
};

struct Element {
  Type type{};
  bool is_null = false;     // of a bulk string or an array
  std::string_view text{};  // of a simple string, an error or a bulk string: a view of the input
  std::int64_t number = 0;  // of an integer; the elements of an array
  std::size_t size_bytes = 0;
};

struct Limits {
  std::size_t line_bytes = 1024;  // without its end
  std::size_t bulk_bytes = std::size_t{1} << 20U;
  std::int64_t elements = 1 << 20;
};

struct NeedMore {};
// The input is no RESP, or larger than allowed: nothing after it can be understood.
struct Malformed {
  std::string_view line;  // as much of it as there is, without its end
};
using Cut = std::variant<Element, NeedMore, Malformed>;

// Cuts one element from the front of `input`; of an array its head alone. Pure, and linear in what it returns.
[[nodiscard]] Cut cut_element(std::string_view input, const Limits& limits) noexcept;

}  // namespace lastbeat::protocol::resp
