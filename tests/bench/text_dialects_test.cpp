// The dialects of Redis and memcached, against replies written by hand.
#include <algorithm>

#include "bench/dialect.hpp"
#include "bench/text_protocol.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;

namespace {

constexpr std::size_t kPipeline = 8;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

// A dialect that has sent `requests` requests, all heartbeats or all statuses, of user 0 only.
struct Sent {
  Sent(Protocol protocol, bool heartbeats, std::uint32_t batch, int requests)
      : dialect{make_dialect(protocol, {.users = 1, .batch = batch, .heartbeat_percent = heartbeats ? 100U : 0U},
                             kPipeline)} {
    for (int i = 0; i < requests; ++i) dialect->append_request(bytes, random);
  }
  [[nodiscard]] std::string text() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

  std::unique_ptr<Dialect> dialect;
  Buffer bytes;
  Dialect::Random random{1};
};

struct Exchange {
  Protocol protocol;
  bool heartbeats;
  std::uint32_t batch;
  std::string request;
  std::string replies;  // to the number of requests below
  int requests;
  std::uint64_t errors;
  std::string message;  // of the last error
};

constexpr auto kRedis = Protocol::kRedis;
constexpr auto kMemcache = Protocol::kMemcache;

std::vector<Exchange> exchanges() {
  const std::string set = "*5\r\n$3\r\nSET\r\n$10\r\npresence:0\r\n$1\r\nx\r\n$2\r\nEX\r\n$2\r\n30\r\n";
  const std::string key = "$10\r\npresence:0\r\n";
  const std::string value = "VALUE presence:0 0 1\r\nx\r\n";
  const std::string quiet = "ms presence:0 1 T30 q\r\nx\r\n";
  return {
      {kRedis, true, 1, set, "+OK\r\n-OOM no room\r\n+OK\r\n", 3, 1, "OOM no room"},
      {kRedis, true, 2, set + set, "+OK\r\n-ERR one\r\n+OK\r\n+OK\r\n-A\r\n-B\r\n", 3, 3, "B"},
      {kRedis, false, 1, "*2\r\n$3\r\nGET\r\n" + key, "$-1\r\n$1\r\nx\r\n-LOADING\r\n$0\r\n\r\n", 4, 1, "LOADING"},
      {kRedis, false, 2, "*3\r\n$4\r\nMGET\r\n" + key + key,
       "*2\r\n$-1\r\n$3\r\n\r\n+\r\n-NOAUTH x\r\n*2\r\n$-1\r\n$-1\r\n", 3, 2, "NOAUTH x"},
      {kMemcache, true, 1, "set presence:0 0 30 1\r\nx\r\n", "STORED\r\nSERVER_ERROR out of memory\r\nSTORED\r\n", 3, 1,
       "SERVER_ERROR out of memory"},
      {kMemcache, true, 2, quiet + quiet + "mn\r\n", "MN\r\nSERVER_ERROR a\r\nCLIENT_ERROR b\r\nMN\r\nNS\r\nMN\r\n", 3,
       3, "NS"},
      {kMemcache, false, 1, "get presence:0\r\n", "END\r\n" + value + "END\r\nERROR\r\n", 3, 1, "ERROR"},
      {kMemcache, false, 2, "get presence:0 presence:0\r\n",
       "END\r\n" + value + "END\r\n" + value + "VALUE presence:1 7 5\r\nEND\r\n\r\nEND\r\n", 3, 0, ""},
      {Protocol::kEcho, true, 1, {"\xb1\x01\0\x04\0\0\0\0\0\0\0\0", 12}, std::string(24, 'x'), 2, 0, ""},
  };
}

// What becomes of `reply` to one request.
Replies replies_to(Protocol protocol, bool heartbeats, std::uint32_t batch, std::string_view reply) {
  return Sent{protocol, heartbeats, batch, 1}.dialect->take_replies(bytes_of(reply));
}

}  // namespace

TEST_CASE("requests are what users of that server would send") {
  for (const Exchange& exchange : exchanges()) {
    CHECK(Sent(exchange.protocol, exchange.heartbeats, exchange.batch, 1).text() == exchange.request);
  }
}

TEST_CASE("text replies are counted, wherever the bytes are cut") {
  for (const Exchange& exchange : exchanges()) {
    const auto bytes = bytes_of(exchange.replies);
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
      CAPTURE(exchange.replies, piece);
      const Sent sent{exchange.protocol, exchange.heartbeats, exchange.batch, exchange.requests};
      Replies sum;
      for (std::size_t received = piece;; received += piece) {
        const std::size_t end = std::min(received, bytes.size());
        const Replies more = sent.dialect->take_replies(bytes.first(end).subspan(sum.consumed_bytes));
        REQUIRE_FALSE(more.is_broken);
        sum.consumed_bytes += more.consumed_bytes;
        sum.complete += more.complete;
        sum.errors += more.errors;
        if (more.errors != 0) sum.message = more.message;
        if (end == bytes.size()) break;
      }
      CHECK(sum.consumed_bytes == bytes.size());
      CHECK(sum.complete == static_cast<std::uint64_t>(exchange.requests));
      CHECK(sum.errors == exchange.errors);
      CHECK(sum.message == exchange.message);
    }
  }
}

TEST_CASE("a text reply that does not fit breaks the connection, and says why") {
  struct Row {
    Protocol protocol;
    bool heartbeats;
    std::uint32_t batch;
    std::string reply;
    std::string said;
  };
  const std::string value = "VALUE presence:0 0 1\r\nx\r\n";
  const std::vector<Row> rows{
      {kRedis, true, 1, "+QUEUED\r\n", "'+QUEUED' instead of +OK"},
      {kRedis, true, 1, "STORED\r\n", "'STORED' instead of a reply in RESP2"},
      {kRedis, true, 1, "+OK\n", "'+OK' instead of a reply in RESP2"},
      {kRedis, true, 1, std::string(kLongestLine + 2, 'a'), "aaa"},
      {kRedis, true, 1, "+OK\r\n+OK\r\n", "'+OK' instead of nothing"},
      {kRedis, false, 1, "+OK\r\n", "'+OK' instead of a value"},
      {kRedis, false, 1, "$-2\r\n", "'$-2' instead of a reply in RESP2"},
      {kRedis, false, 1, "$1x\r\n", "'$1x' instead of a reply in RESP2"},
      {kRedis, false, 1, "$1000000\r\n", "'$1000000' instead of a reply in RESP2"},
      {kRedis, false, 1, "$1\r\nxyz", "'$1' instead of a reply in RESP2"},
      {kRedis, false, 2, "*3\r\n", "'*3' instead of an array of as many"},
      {kRedis, false, 2, "$-1\r\n", "'$-1' instead of an array of as many"},
      {kRedis, false, 2, "*2\r\n-ERR\r\n", "'-ERR' instead of a value"},
      {kMemcache, true, 1, "+OK\r\n", "'+OK' instead of STORED"},
      {kMemcache, true, 1, "END\r\n", "'END' instead of STORED"},
      {kMemcache, true, 2, "HD\r\n", "'HD' instead of MN"},
      {kMemcache, false, 1, "STORED\r\n", "'STORED' instead of END"},
      {kMemcache, false, 1, value + value, "END: more values than were asked for"},
      {kMemcache, false, 1, "VALUE other:0 0 1\r\n", "'VALUE other:0 0 1' instead of the value of a user"},
      {kMemcache, false, 1, "VALUE presence:0 0 -1\r\n", "the value of a user"},
      {kMemcache, false, 1, "VALUE presence:0 0 1\r\nxyz", "a value that ends with CR LF"},
      {kMemcache, false, 1, "\x80\x81 binary\r\n", "'?? binary' instead of END"},
      {kMemcache, true, 1, "STORED\r\nERROR Too many open connections\r\n", "'ERROR Too many open connections'"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reply);
    const Replies replies = replies_to(row.protocol, row.heartbeats, row.batch, row.reply);
    CHECK(replies.is_broken);
    CAPTURE(replies.message);
    CHECK(replies.message.find(row.said) != std::string::npos);
  }
}

TEST_CASE("keys hold the largest id") {
  CHECK(Key{UserId{18446744073709551615U}}.text() == "presence:18446744073709551615");
  CHECK(Key{UserId{0}}.text() == "presence:0");
}
