// Writes one JSON document, value by value. Output only: nothing in the core reads JSON, so no library is needed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lastbeat::text {

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
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(double number);  // not-a-number and infinities become null
  JsonWriter& value(bool truth);
  JsonWriter& null();
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  void quote(std::string_view text);

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace lastbeat::text
