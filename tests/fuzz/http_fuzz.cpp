// The HTTP codec as a fuzz target. Whatever the bytes are, they get the same answer in one piece and in many, and the
// codec keeps what it promises to a session.
#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "server/auth/fake_authority.hpp"
#include "server/net/http/codec_driver.hpp"

namespace {

using lastbeat::auth::Scope;
using lastbeat::test::CodecDriver;
using lastbeat::test::CodecWorld;
using lastbeat::test::FakeAuthority;

// Random bytes hardly ever make a message: the first byte chooses one to begin with.
constexpr std::array<std::string_view, 10> kBeginnings{
    "",
    "GET /status/1 HTTP/1.1\r\nHost: localhost\r\n",
    "POST /heartbeat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 13\r\n\r\n{\"user_id\":7}",
    "POST /heartbeats HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
    "GET /online?limit=",
    "POST /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\r\n{\"user_ids\":[",
    "GET /count HTTP/1.1\r\nHost: ",
    "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nOrigin: ",
    "POST /heartbeat HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer user\r\n",
    "POST /heartbeats HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ",
};

// One user and one service, who may do everything.
const FakeAuthority& authority() {
  static const FakeAuthority known{
      {"user", lastbeat::test::user(7)},
      {"service", lastbeat::test::service({Scope::kHeartbeat, Scope::kStatus, Scope::kAdmin})}};
  return known;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer names it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLongest = 4096;
  if (size < 2 || size > kLongest) return 0;
  static CodecWorld open_world;
  static CodecWorld guarded_world{&authority()};
  CodecWorld& world = (data[1] & 0x80U) == 0 ? open_world : guarded_world;
  std::string bytes{kBeginnings[data[0] % kBeginnings.size()]};
  bytes.append(reinterpret_cast<const char*>(data + 2), size - 2);
  const std::size_t piece = 1 + data[1] % 32;

  CodecDriver whole{world};
  whole.feed(bytes);
  CodecDriver pieces{world};
  for (std::size_t at = 0; at < bytes.size(); at += piece) pieces.feed(std::string_view{bytes}.substr(at, piece));
  if (whole.shape() != pieces.shape()) throw std::logic_error("the answer depends on how the input is cut");
  return 0;
}
