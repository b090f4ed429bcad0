#include "text/json_writer.hpp"

#include <cstdint>
#include <limits>

#include "support/catch.hpp"

using lastbeat::text::JsonWriter;

TEST_CASE("commas stand between values and nowhere else") {
  JsonWriter json;
  json.begin_object().key("a").value(std::uint64_t{1}).key("b").begin_array();
  json.value("x").begin_object().end_object().begin_array().end_array().null().end_array();
  json.key("c").value(true).key("d").value(false).end_object();
  CHECK(json.text() == R"({"a":1,"b":["x",{},[],null],"c":true,"d":false})");
}

TEST_CASE("quotes, backslashes and control characters are escaped, other bytes stay") {
  JsonWriter json;
  json.value(std::string_view{"a\"b\\c\n\x01\x1f\0é", 11});
  CHECK(json.text() == R"("a\"b\\c\u000a\u0001\u001f\u0000é")");
}

TEST_CASE("whole numbers keep all their digits") {
  JsonWriter json;
  json.value(std::numeric_limits<std::uint64_t>::max());
  CHECK(json.text() == "18446744073709551615");
}

TEST_CASE("fractions come back as they were, and what is no number is null") {
  JsonWriter json;
  json.begin_array().value(0.1).value(1e300).value(std::numeric_limits<double>::infinity());
  json.value(std::numeric_limits<double>::quiet_NaN()).end_array();
  CHECK(json.text() == "[0.1,1e+300,null,null]");
}
