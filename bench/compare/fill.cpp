#include "compare/fill.hpp"

#include <algorithm>
#include <deque>

#include "bench/environment.hpp"
#include "compare/exchange.hpp"
#include "compare/plain_connection.hpp"

namespace lastbeat::bench {

void fill(Protocol protocol, std::uint16_t port, std::uint64_t first, std::uint64_t end, std::chrono::seconds ttl) {
  if (protocol == Protocol::kEcho) return;
  // Server and filler work at the same time, and the replies that wait (8 KB each at most) fit into socket buffers.
  constexpr std::uint64_t kUsersAtOnce = 1000;
  constexpr std::size_t kInFlight = 4;
  PlainConnection connection{port};
  std::deque<Buffer> replies;
  while (first < end && !is_interrupted()) {
    const auto count = static_cast<std::uint32_t>(std::min(kUsersAtOnce, end - first));
    Exchange exchange = heartbeats_of(protocol, first, count, ttl);
    connection.send(exchange.request);
    replies.push_back(std::move(exchange.reply));
    first += count;
    if (replies.size() < kInFlight) continue;
    connection.expect(replies.front());
    replies.pop_front();
  }
  for (const Buffer& reply : replies) connection.expect(reply);
}

}  // namespace lastbeat::bench
