// A vector that the reader drops or misreads is a vector that nobody tests.
#include "protocol/vectors.hpp"

#include <stdexcept>

#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::parse_vectors;

namespace {

// What parse_vectors says against the text; empty when it takes it.
std::string complaint_about(std::string_view document) {
  try {
    static_cast<void>(parse_vectors(document));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("vectors are found by their lines, indented or not, among other text") {
  const auto vectors = parse_vectors("Text that says hex: b1.\n    hex one: b1 00 Ff\n\nhex two-b: 7f\nhexagons: 00\n");
  REQUIRE(vectors.size() == 2);
  CHECK(vectors.at("one") == Buffer{std::byte{0xB1}, std::byte{0x00}, std::byte{0xFF}});
  CHECK(vectors.at("two-b") == Buffer{std::byte{0x7F}});
}

TEST_CASE("a vector that cannot be read fails, and is named") {
  struct Row {
    const char* document;
    const char* names;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {"hex a: 00\nhex b: 01\nhex a: 00\n", "a stands there twice", "the same name, even with the same bytes"},
      {"hex a: 00 b\n", "a has 'b'", "half a byte"},
      {"hex a: 000\n", "a has '000'", "a byte and a half"},
      {"hex a: 0g\n", "a has '0g'", "no hex digit behind one"},
      {"hex a: zz\n", "a has 'zz'", "no hex digit at all"},
      {"hex a: +1\n", "a has '+1'", "a sign, which number parsers take"},
      {"hex a: 0x\n", "a has '0x'", "a prefix, which number parsers take"},
      {"hex a:\n", "a has no bytes", "no bytes"},
      {"hex a 00\n", "without a name", "no colon"},
      {"hex : 00\n", "without a name", "a colon and no name"},
      {"hex\n", "without a name", "nothing at all"},
  }));
  INFO(row.why);
  const std::string complaint = complaint_about(row.document);
  CAPTURE(complaint);
  CHECK(complaint.find(row.names) != std::string::npos);
}
