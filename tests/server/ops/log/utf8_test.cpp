#include "log/utf8.hpp"

#include <string>

#include "support/catch.hpp"

using lastbeat::log::as_utf8;

TEST_CASE("bytes that are no UTF-8 are replaced one by one, and characters stay") {
  struct Row {
    std::string text;
    std::string expected;
    const char* why;
  };
  const std::string r = "\xEF\xBF\xBD";
  const auto row = GENERATE_COPY(values<Row>({
      {"", "", "nothing"},
      {"plain \x7F", "plain \x7F", "ASCII, to its end"},
      {"\xC2\x80 \xDF\xBF", "\xC2\x80 \xDF\xBF", "two bytes, first and last"},
      {"\xE0\xA0\x80\xEF\xBF\xBF", "\xE0\xA0\x80\xEF\xBF\xBF", "three bytes, first and last"},
      {"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", "four bytes, first and last"},
      {"a\x80z", "a" + r + "z", "a byte of the middle alone"},
      {"\xC0\xAF", r + r, "an overlong slash"},
      {"\xE0\x9F\xBF", r + r + r, "overlong, three bytes"},
      {"\xED\xA0\x80", r + r + r, "a surrogate"},
      {"\xF4\x90\x80\x80", r + r + r + r, "above the last character"},
      {"\xFF\xFE", r + r, "bytes that never occur"},
      {"\xE2\x82", r + r, "cut off"},
      {"\xE2\x82z", r + r + "z", "cut off by another character"},
  }));
  INFO(row.why);
  CHECK(as_utf8(row.text) == row.expected);
}
