#include "redis/cluster_reply.hpp"

#include "support/catch.hpp"

using namespace lastbeat;
using redis::parse_redirection;
using redis::Redirection;
using redis::SlotMapReader;
using redis::SlotRange;
namespace resp = protocol::resp;

namespace {

constexpr const char* kSpeaker = "10.0.0.9:7009";

// The ranges that a reply names; nothing when it is malformed or not at its end.
std::optional<std::vector<SlotRange>> read(std::string_view bytes) {
  SlotMapReader reader{kSpeaker};
  while (true) {
    const auto cut = resp::cut_element(bytes, {});
    if (!std::holds_alternative<resp::Element>(cut)) return std::nullopt;
    const auto& element = std::get<resp::Element>(cut);
    bytes.remove_prefix(element.size_bytes);
    switch (reader.take(element)) {
      case SlotMapReader::State::kMore:
        continue;
      case SlotMapReader::State::kMalformed:
        return std::nullopt;
      case SlotMapReader::State::kDone:
        if (!bytes.empty()) return std::nullopt;
        return reader.take_ranges();
    }
  }
}

}  // namespace

TEST_CASE("a redirection says which slot, where to, and whether for good") {
  struct Row {
    const char* error;
    std::optional<Redirection> redirection;
  };
  const auto row = GENERATE(values<Row>({
      {"MOVED 3999 127.0.0.1:6381", Redirection{.slot = 3999, .server = "127.0.0.1:6381"}},
      {"ASK 0 cache-2:6381", Redirection{.slot = 0, .server = "cache-2:6381", .is_ask = true}},
      {"MOVED 16383 ::1:6381", Redirection{.slot = 16383, .server = "[::1]:6381"}},
      {"MOVED 1 :6381", Redirection{.slot = 1, .server = "10.0.0.9:6381"}},
      {"MOVED 16384 127.0.0.1:6381", std::nullopt},
      {"MOVED x 127.0.0.1:6381", std::nullopt},
      {"MOVED 1 127.0.0.1:99999", std::nullopt},
      {"MOVED 1 ?:6381", std::nullopt},
      {"MOVED 1 nowhere", std::nullopt},
      {"MOVED", std::nullopt},
      {"CLUSTERDOWN Hash slot not served", std::nullopt},
      {"", std::nullopt},
  }));
  INFO(row.error);
  CHECK(parse_redirection(row.error, kSpeaker) == row.redirection);
}

TEST_CASE("the reply to CLUSTER SLOTS names the owner of every range") {
  // As Redis 7 says it: an owner with a replica, one with more to know about it, one that does not know its own host.
  const auto ranges = read(
      "*3\r\n"
      "*4\r\n:0\r\n:100\r\n*4\r\n$8\r\n10.0.0.1\r\n:7001\r\n$2\r\nid\r\n*0\r\n"
      "*4\r\n$8\r\n10.0.0.2\r\n:7002\r\n$2\r\nid\r\n*0\r\n"
      "*3\r\n:101\r\n:101\r\n*4\r\n$3\r\n::1\r\n:7003\r\n$2\r\nid\r\n*2\r\n$8\r\nhostname\r\n$1\r\nx\r\n"
      "*3\r\n:102\r\n:16383\r\n*3\r\n$-1\r\n:7004\r\n$2\r\nid\r\n");
  REQUIRE(ranges.has_value());
  CHECK(*ranges == std::vector<SlotRange>{{.first = 0, .last = 100, .server = "10.0.0.1:7001"},
                                          {.first = 101, .last = 101, .server = "[::1]:7003"},
                                          {.first = 102, .last = 16383, .server = "10.0.0.9:7004"}});
  CHECK(read("*0\r\n") == std::vector<SlotRange>{});
  CHECK(read("*1\r\n*3\r\n:0\r\n:1\r\n*3\r\n$1\r\n?\r\n:7004\r\n$2\r\nid\r\n") == std::vector<SlotRange>{});
  CHECK(read("*1\r\n*3\r\n:0\r\n:1\r\n*3\r\n$1\r\nx\r\n:65536\r\n$2\r\nid\r\n") == std::vector<SlotRange>{});
}

TEST_CASE("what is no reply to CLUSTER SLOTS is refused") {
  const auto* bytes = GENERATE("+OK\r\n", "*-1\r\n", "*1\r\n:1\r\n", "*1\r\n*3\r\n$1\r\n0\r\n", "*99999\r\n",
                               "*1\r\n*3\r\n:-1\r\n", "*1\r\n*3\r\n:16384\r\n", "*1\r\n*3\r\n:0\r\n:1\r\n:2\r\n",
                               "*1\r\n*3\r\n:0\r\n:1\r\n*3\r\n$1\r\nx\r\n$1\r\ny\r\n",
                               "*1\r\n*3\r\n:0\r\n:1\r\n*3\r\n*1\r\n*1\r\n*1\r\n");
  INFO(bytes);
  CHECK_FALSE(read(bytes).has_value());
}
