#include "compare/exchange.hpp"

#include <array>
#include <string>
#include <vector>

#include "bench/text_protocol.hpp"
#include "protocol/reply.hpp"
#include "protocol/request.hpp"

namespace lastbeat::bench {
namespace {

Exchange lastbeat_exchange(std::uint64_t first, std::uint32_t count) {
  constexpr std::uint16_t kTag = 0;
  std::vector<UserId> users;
  users.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) users.push_back(UserId{first + i});
  Exchange exchange;
  protocol::append_heartbeat(exchange.request, kTag, users);
  protocol::append_write_reply(exchange.reply, protocol::Opcode::kHeartbeat, kTag, {});
  return exchange;
}

void append_bulk(Buffer& out, std::string_view text) {
  append_text(out, "$");
  append_text(out, std::to_string(text.size()));
  append_text(out, "\r\n");
  append_text(out, text);
  append_text(out, "\r\n");
}

Exchange redis_exchange(std::uint64_t first, std::uint32_t count, std::chrono::seconds ttl) {
  const std::string seconds = std::to_string(ttl.count());
  Exchange exchange;
  for (std::uint64_t user = first; user < first + count; ++user) {
    const Key key{UserId{user}};
    const std::array<std::string_view, 5> words{"SET", key.text(), "x", "EX", seconds};
    append_text(exchange.request, "*5\r\n");
    for (const std::string_view word : words) append_bulk(exchange.request, word);
    append_text(exchange.reply, "+OK\r\n");
  }
  return exchange;
}

Exchange memcache_exchange(std::uint64_t first, std::uint32_t count, std::chrono::seconds ttl) {
  const std::string seconds = std::to_string(ttl.count());
  Exchange exchange;
  for (std::uint64_t user = first; user < first + count; ++user) {
    append_text(exchange.request, "set ");
    append_text(exchange.request, Key{UserId{user}}.text());
    append_text(exchange.request, " 0 ");
    append_text(exchange.request, seconds);
    append_text(exchange.request, " 1\r\nx\r\n");
    append_text(exchange.reply, "STORED\r\n");
  }
  return exchange;
}

}  // namespace

Exchange heartbeats_of(Protocol protocol, std::uint64_t first, std::uint32_t count, std::chrono::seconds ttl) {
  switch (protocol) {
    case Protocol::kRedis:
      return redis_exchange(first, count, ttl);
    case Protocol::kMemcache:
      return memcache_exchange(first, count, ttl);
    case Protocol::kEcho: {
      const Buffer message = lastbeat_exchange(first, 1).request;
      return {.request = message, .reply = message};
    }
    case Protocol::kLastbeat:
      break;
  }
  return lastbeat_exchange(first, count);
}

}  // namespace lastbeat::bench
