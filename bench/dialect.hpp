// How a load speaks to the server under test. Every dialect is a file of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>

#include "bench/workload.hpp"
#include "protocol/types.hpp"

namespace lastbeat::bench {

struct Replies {
  std::size_t consumed_bytes = 0;
  std::uint64_t complete = 0;  // replies of any kind
  std::uint64_t errors = 0;    // operations of them that were refused
  bool is_broken = false;      // no reply follows any more: give the connection up
  std::string message;         // of the latest error; when broken, why
};

// One a connection; requests and replies in turn. Threads: one. Allocates nothing a request, once `out` has grown.
class Dialect {
 public:
  using Random = std::mt19937_64;
  virtual ~Dialect() = default;
  // Appends one request for workload.batch users.
  virtual void append_request(Buffer& out, Random& random) = 0;
  // Counts the whole replies at the front of `input`, which must belong to the requests in the order appended.
  [[nodiscard]] virtual Replies take_replies(std::span<const std::byte> input) = 0;
};

// The mix of heartbeats and statuses: whether the next request is of heartbeats.
[[nodiscard]] inline bool is_heartbeat_next(const Workload& workload, Dialect::Random& random) {
  constexpr std::uint64_t kPercent = 100;
  return random() % kPercent < workload.heartbeat_percent;
}

// `pipeline`: the most requests whose replies are still to come; more must not be appended.
[[nodiscard]] std::unique_ptr<Dialect> make_dialect(Protocol protocol, const Workload& workload, std::size_t pipeline);

[[nodiscard]] std::unique_ptr<Dialect> make_lastbeat_dialect(const Workload& workload);
[[nodiscard]] std::unique_ptr<Dialect> make_redis_dialect(const Workload& workload, std::size_t pipeline);
[[nodiscard]] std::unique_ptr<Dialect> make_memcache_dialect(const Workload& workload, std::size_t pipeline);
// Messages as long as a lastbeat heartbeat of one user, whatever the workload; as many bytes must come back.
[[nodiscard]] std::unique_ptr<Dialect> make_echo_dialect();

}  // namespace lastbeat::bench
