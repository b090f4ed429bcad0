#include "lastbeat/user_id.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include "sha256.hpp"
#include "support/catch.hpp"

using namespace lastbeat;

namespace {

std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[std::to_integer<std::size_t>(byte >> 4U)];
    text += kDigits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

std::string digest_of(std::string_view text) { return hex(sha256(std::as_bytes(std::span{text.data(), text.size()}))); }

}  // namespace

TEST_CASE("SHA-256 of the standard's examples, and of every length around a block's") {
  CHECK(digest_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(digest_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(digest_of(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  // The digest of the digests of 0 to 200 letters x, as Python's hashlib has it.
  std::string all;
  for (std::size_t length = 0; length <= 200; ++length) all += digest_of(std::string(length, 'x'));
  CHECK(digest_of(all) == "75013a3fd49991ead9d8a57ea80485c088443c3406a0e8fa003ed57144041eb4");
}

TEST_CASE("the table of docs/client.md holds: what is hashed, and the id") {
  std::ifstream page{LASTBEAT_SOURCE_DIR "/docs/client.md"};
  int rows = 0;
  for (std::string line; std::getline(page, line);) {
    // | `text` | decimal | hexadecimal |
    std::istringstream row{line};
    std::string bar;
    std::string text;
    std::uint64_t id = 0;
    if (!(row >> bar >> text >> bar >> id) || bar != "|" || text.size() < 2 || text.front() != '`') continue;
    ++rows;
    text = text.substr(1, text.size() - 2);
    INFO(text);
    const auto uuid = user_id_of_uuid(text);
    CHECK((uuid ? *uuid : user_id_of(text)) == UserId{id});
  }
  CHECK(rows == 5);
}

TEST_CASE("a UUID is the same user in either case and as bytes, and nothing else is a UUID") {
  const auto id = user_id_of_uuid("123e4567-e89b-12d3-a456-426614174000");
  REQUIRE(id);
  CHECK(user_id_of_uuid("123E4567-E89B-12D3-A456-426614174000") == id);
  constexpr std::array<std::uint8_t, 16> kBytes{0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3,
                                                0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x00};
  CHECK(user_id_of(std::as_bytes(std::span{kBytes})) == *id);
  for (const char* const text : {"", "123e4567-e89b-12d3-a456-42661417400", "123e4567-e89b-12d3-a456-4266141740000",
                                 "123e4567-e89b-12d3-a456-42661417400g", "123e4567ee89b-12d3-a456-426614174000"}) {
    INFO(text);
    CHECK_FALSE(user_id_of_uuid(text));
  }
}
