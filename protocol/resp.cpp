#include "protocol/resp.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <system_error>

#include "protocol/bytes.hpp"

namespace lastbeat::protocol::resp {
namespace {

constexpr std::string_view kEnd = "\r\n";

void append_head(Buffer& out, Type type, std::size_t number) {
  std::array<char, 24> text{static_cast<char>(type)};
  char* const end = std::to_chars(text.data() + 1, text.data() + text.size() - kEnd.size(), number).ptr;
  kEnd.copy(end, kEnd.size());
  append(out, as_bytes({text.data(), static_cast<std::size_t>(end - text.data()) + kEnd.size()}));
}

// Digits with at most a sign: no '+', no spaces, nothing behind them.
std::optional<std::int64_t> read_number(std::string_view text) noexcept {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return number;
}

// The size of a bulk string or an array: -1 is null.
std::optional<std::int64_t> read_size(std::string_view text, std::int64_t most) noexcept {
  const auto size = read_number(text);
  return size && *size >= -1 && *size <= most ? size : std::nullopt;
}

Cut cut_bulk(std::string_view input, std::string_view line, std::int64_t size) noexcept {
  const std::size_t head_bytes = line.size() + kEnd.size();
  const auto bytes = static_cast<std::size_t>(size);
  if (input.size() < head_bytes + bytes + kEnd.size()) return NeedMore{};
  if (input.substr(head_bytes + bytes, kEnd.size()) != kEnd) return Malformed{line};
  return Element{
      .type = Type::kBulk, .text = input.substr(head_bytes, bytes), .size_bytes = head_bytes + bytes + kEnd.size()};
}

}  // namespace

void append_array(Buffer& out, std::size_t elements) { append_head(out, Type::kArray, elements); }

void append_bulk(Buffer& out, std::string_view text) {
  append_head(out, Type::kBulk, text.size());
  append(out, as_bytes(text));
  append(out, as_bytes(kEnd));
}

Cut cut_element(std::string_view input, const Limits& limits) noexcept {
  const std::size_t end = input.substr(0, limits.line_bytes + kEnd.size()).find('\n');
  if (end == std::string_view::npos) {
    if (input.size() < limits.line_bytes + kEnd.size()) return NeedMore{};
    return Malformed{input.substr(0, limits.line_bytes)};
  }
  if (end < 2 || input[end - 1] != '\r') return Malformed{input.substr(0, end)};
  const std::string_view line = input.substr(0, end - 1);
  const std::string_view text = line.substr(1);
  Element element{.type = Type{line.front()}, .text = text, .size_bytes = end + 1};
  switch (element.type) {
    case Type::kSimple:
    case Type::kError:
      return element;
    case Type::kInteger: {
      const auto number = read_number(text);
      if (!number) return Malformed{line};
      element.text = {};
      element.number = *number;
      return element;
    }
    case Type::kBulk:
    case Type::kArray: {
      const bool is_bulk = element.type == Type::kBulk;
      const auto size = read_size(text, is_bulk ? static_cast<std::int64_t>(limits.bulk_bytes) : limits.elements);
      if (!size) return Malformed{line};
      element.text = {};
      element.is_null = *size == -1;
      if (element.is_null) return element;
      if (is_bulk) return cut_bulk(input, line, *size);
      element.number = *size;
      return element;
    }
  }
  return Malformed{line};
}

}  // namespace lastbeat::protocol::resp
