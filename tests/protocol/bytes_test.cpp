#include "protocol/bytes.hpp"

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::protocol;

TEST_CASE("integers are written low byte first, in as many bytes as their type has") {
  Buffer out;
  append(out, std::uint8_t{0x01});
  append(out, std::uint16_t{0x0302});
  append(out, std::uint32_t{0x07060504});
  append(out, std::uint64_t{0x0F0E0D0C0B0A0908});
  CHECK(as_text(out) == "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F");
  CHECK(load<std::uint8_t>(out.data()) == 0x01);
  CHECK(load<std::uint16_t>(out.data() + 1) == 0x0302);
  CHECK(load<std::uint32_t>(out.data() + 3) == 0x07060504);
  CHECK(load<std::uint64_t>(out.data() + 7) == 0x0F0E0D0C0B0A0908);
}

TEST_CASE("bytes are appended behind what is there, none too") {
  Buffer out;
  append(out, std::span<const std::byte>{});
  CHECK(out.empty());
  append(out, as_bytes("ab"));
  append(out, as_bytes(""));
  append(out, as_bytes("c"));
  CHECK(as_text(out) == "abc");
}
