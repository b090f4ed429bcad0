#include "text/json_writer.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include "support/catch.hpp"

using lastbeat::text::JsonWriter;

namespace {

template <typename T>
std::string written(const T& value) {
  JsonWriter json;
  json.value(value);
  return json.text();
}

template <typename T>
concept Writable = requires(JsonWriter json, T value) {
  json.value(value);
};

}  // namespace

TEST_CASE("the example of the header is what it says") {
  JsonWriter json;
  json.begin_object().key("online").value(2).end_object();
  CHECK(json.text() == R"({"online":2})");
}

TEST_CASE("commas stand between values and nowhere else") {
  JsonWriter json;
  json.begin_object().key("a").value(std::uint64_t{1}).key("b").begin_array();
  json.value("x").begin_object().end_object().begin_array().end_array().null().end_array();
  json.key("c").value(true).key("d").value(false).end_object();
  CHECK(json.text() == R"({"a":1,"b":["x",{},[],null],"c":true,"d":false})");
}

TEST_CASE("objects and arrays nest, and a key's value takes no comma, whatever it is") {
  JsonWriter json;
  json.begin_array();
  json.begin_object().key("a").begin_object().key("b").begin_array().value(1).end_array().end_object();
  json.key("c").null().key("d").value(0.5).key("e").value("f").end_object();
  json.begin_array().begin_array().value(2).value(3).end_array().value(4).end_array();
  json.begin_object().end_object().end_array();
  CHECK(json.text() == R"([{"a":{"b":[1]},"c":null,"d":0.5,"e":"f"},[[2,3],4],{}])");
}

TEST_CASE("nothing written is nothing") { CHECK(JsonWriter{}.text().empty()); }

TEST_CASE("quotes, backslashes and control characters are escaped, other bytes stay") {
  struct Row {
    std::string_view text;
    const char* json;
    const char* why;
  };
  using std::string_view_literals::operator""sv;
  const auto row = GENERATE(values<Row>({
      {"", R"("")", "nothing"},
      {"a/b", R"("a/b")", "a slash needs no escape"},
      {"\"", R"("\"")", "a quote"},
      {"\\n", R"("\\n")", "a backslash"},
      {"\n\t\r", R"("\u000a\u0009\u000d")", "white space"},
      {"\0"sv, R"("\u0000")", "a zero does not end the text"},
      {"\x1f\x20", R"("\u001f ")", "the last control character, the first other"},
      {"\x7f", "\"\x7f\"", "DEL is none to JSON"},
      {"é€😀", "\"é€😀\"", "UTF-8"},
  }));
  INFO(row.why);
  CHECK(written(row.text) == row.json);
  JsonWriter json;
  json.begin_object().key(row.text).value(1).end_object();
  CHECK(json.text() == std::string{"{"}.append(row.json).append(":1}"));
}

TEST_CASE("whole numbers of every width and sign keep all their digits") {
  CHECK(written(0) == "0");
  CHECK(written(-1) == "-1");
  CHECK(written(7U) == "7");
  CHECK(written(7L) == "7");
  CHECK(written(7UL) == "7");
  CHECK(written(-7LL) == "-7");
  CHECK(written(7ULL) == "7");
  CHECK(written(std::int8_t{-128}) == "-128");
  CHECK(written(std::uint8_t{255}) == "255");
  CHECK(written(std::int16_t{-32768}) == "-32768");
  CHECK(written(std::uint16_t{65535}) == "65535");
  CHECK(written(std::numeric_limits<std::uint32_t>::max()) == "4294967295");
  CHECK(written(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(written(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
  CHECK(written(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(written(std::numeric_limits<unsigned long long>::max()) == "18446744073709551615");
  CHECK(written(sizeof(char)) == "1");
}

TEST_CASE("what is no number is not taken for one") {
  CHECK(written(true) == "true");
  CHECK(written(false) == "false");
  CHECK(written("text") == "\"text\"");
  CHECK(written(std::string{"text"}) == "\"text\"");
  STATIC_REQUIRE(Writable<int>);
  STATIC_REQUIRE_FALSE(Writable<char>);
  STATIC_REQUIRE_FALSE(Writable<char32_t>);
}

TEST_CASE("what is no finite number is null") {
  JsonWriter json;
  json.begin_array().value(std::numeric_limits<double>::infinity()).value(-std::numeric_limits<double>::infinity());
  json.value(std::numeric_limits<double>::quiet_NaN()).value(1.5F).end_array();
  CHECK(json.text() == "[null,null,null,1.5]");
}

TEST_CASE("fractions come back as they were, the extremes and random ones") {
  const auto seed = Catch::rngSeed();
  INFO("seed " << seed);
  using Limits = std::numeric_limits<double>;
  std::vector<double> numbers{
      0.0, -0.0, 0.1, 1.0 / 3, 1e300, -2.5e-300, Limits::max(), Limits::lowest(), Limits::min(), Limits::denorm_min()};
  std::mt19937_64 random{seed};
  std::uniform_real_distribution<double> exponent{-300, 300};
  for (int i = 0; i < 2000; ++i) numbers.push_back(std::pow(10.0, exponent(random)) * (i % 2 == 0 ? 1 : -1));
  for (const double number : numbers) {
    const std::string text = written(number);
    CAPTURE(text);
    double back = 1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), back);
    CHECK(error == std::errc{});
    CHECK(end == text.data() + text.size());
    CHECK(back >= number);
    CHECK(back <= number);
  }
  CHECK(written(0.1) == "0.1");
  CHECK(written(1e300) == "1e+300");
  CHECK(written(2.0) == "2");
}
