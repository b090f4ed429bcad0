// Writes one JSON document, value by value. Output only: nothing in the core reads JSON, so no library is needed.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace lastbeat::text {

template <typename T, typename... Others>
concept AnyOf = (std::same_as<T, Others> || ...);

// An integer of any width and sign, but neither bool nor a character.
template <typename T>
concept Integer = std::integral<T> && !AnyOf<T, bool, char, wchar_t, char8_t, char16_t, char32_t>;

// Calls must nest as JSON does; misuse gives malformed output, not an error. Commas and escapes are taken care of.
//   JsonWriter json; json.begin_object().key("online").value(2).end_object(); json.text() == R"({"online":2})"
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);  // any bytes; control characters are escaped
  JsonWriter& value(const char* text) { return value(std::string_view{text}); }
  JsonWriter& value(Integer auto number) {
    if constexpr (std::signed_integral<decltype(number)>) {
      return integer(std::int64_t{number});
    } else {
      return integer(std::uint64_t{number});
    }
  }
  JsonWriter& value(double number);  // not-a-number and infinities become null
  JsonWriter& value(bool truth);
  JsonWriter& null();
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& integer(std::int64_t number);
  JsonWriter& integer(std::uint64_t number);
  void separate();
  void quote(std::string_view text);

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace lastbeat::text
