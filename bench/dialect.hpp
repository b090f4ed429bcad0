// How a load speaks to the server under test. One dialect today; others are files of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>

#include "protocol/types.hpp"

namespace lastbeat::bench {

struct Workload {
  std::uint64_t users = 1'000'000;       // ids 0 to users - 1, each equally likely
  std::uint32_t batch = 1;               // users in one request
  std::uint32_t heartbeat_percent = 90;  // the rest asks for statuses
};

struct Replies {
  std::size_t consumed_bytes = 0;
  std::uint64_t complete = 0;  // replies of any kind
  std::uint64_t errors = 0;    // error replies among them
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

[[nodiscard]] std::unique_ptr<Dialect> make_lastbeat_dialect(const Workload& workload);

}  // namespace lastbeat::bench
