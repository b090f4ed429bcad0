#include "protocol/resp.hpp"

#include <string>
#include <vector>

#include "protocol/bytes.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::protocol;
using resp::Type;
using std::string_view_literals::operator""sv;

namespace {

constexpr resp::Limits kLimits{.line_bytes = 20, .bulk_bytes = 10, .elements = 3};

// For comparing: type, text, number.
std::string describe(const resp::Element& element) {
  return static_cast<char>(element.type) + std::string{element.text} + "|" + std::to_string(element.number) +
         (element.is_null ? "|null" : "");
}

}  // namespace

TEST_CASE("a command is written as an array of bulk strings") {
  Buffer out;
  resp::append_array(out, 3);
  resp::append_bulk(out, "SET");
  resp::append_bulk(out, "");
  resp::append_bulk(out, "a\r\nb"sv);
  CHECK(as_text(out) == "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\na\r\nb\r\n");
}

TEST_CASE("every element is cut out, however the bytes arrive") {
  struct Row {
    std::string_view bytes;
    std::string expected;
  };
  const auto row = GENERATE(values<Row>({
      {"+OK\r\n", "+OK|0"},
      {"+\r\n", "+|0"},
      {"-ERR no\r\n", "-ERR no|0"},
      {":0\r\n", ":|0"},
      {":-9223372036854775808\r\n", ":|-9223372036854775808"},
      {"$0\r\n\r\n", "$|0"},
      {"$4\r\na\r\nb\r\n", "$a\r\nb|0"},
      {"$-1\r\n", "$|0|null"},
      {"*0\r\n", "*|0"},
      {"*3\r\n", "*|3"},
      {"*-1\r\n", "*|0|null"},
  }));
  CAPTURE(row.bytes);
  constexpr resp::Limits kRoomy{};
  for (std::size_t size = 0; size < row.bytes.size(); ++size) {
    CHECK(std::holds_alternative<resp::NeedMore>(resp::cut_element(row.bytes.substr(0, size), kRoomy)));
  }
  const std::string followed = std::string{row.bytes} + "+next\r\n";
  const auto cut = resp::cut_element(followed, kRoomy);
  REQUIRE(std::holds_alternative<resp::Element>(cut));
  CHECK(describe(std::get<resp::Element>(cut)) == row.expected);
  CHECK(std::get<resp::Element>(cut).size_bytes == row.bytes.size());
}

TEST_CASE("what is no RESP, or too large, is told from what is not whole yet") {
  struct Row {
    std::string_view bytes;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {"\r\n", "an empty line"},
      {"\n", "LF alone"},
      {"+OK\n", "LF alone behind a text"},
      {"HTTP/1.1 200 OK\r\n", "another protocol"},
      {"_\r\n", "RESP3's null"},
      {":\r\n", "no number"},
      {":+1\r\n", "a plus sign"},
      {": 1\r\n", "a space"},
      {":1x\r\n", "something behind the number"},
      {":9223372036854775808\r\n", "a number that does not fit"},
      {"$-2\r\n", "a negative size"},
      {"$\r\n", "no size"},
      {"$11\r\n", "a bulk string over the limit"},
      {"$1\r\nabc", "a bulk string that does not end where it says"},
      {"*4\r\n", "an array over the limit"},
      {"*99999999999999999999\r\n", "an array of a size that does not fit"},
      {"+123456789012345678901", "a line over the limit"},
  }));
  CAPTURE(row.why);
  CHECK(std::holds_alternative<resp::Malformed>(resp::cut_element(row.bytes, kLimits)));
}

TEST_CASE("what is exactly as large as allowed is taken") {
  for (const std::string_view bytes : {"+1234567890123456789\r\n"sv, "$10\r\n0123456789\r\n"sv, "*3\r\n"sv}) {
    CHECK(std::holds_alternative<resp::Element>(resp::cut_element(bytes, kLimits)));
  }
}
