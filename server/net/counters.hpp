// What the listeners have seen, counted without sharing: each event loop counts for itself and for each listener,
// readers add up.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lastbeat {

enum class Counter : std::uint8_t {
  // An operation is one user's heartbeat, leave or status, however many share a request.
  kHeartbeats,
  kLeaves,
  kStatuses,
  // Requests that were understood, by kind.
  kRequestsHeartbeat,
  kRequestsLeave,
  kRequestsStatus,
  kRequestsOnline,
  kRequestsCount,
  kRequestsStats,
  kRequestsPing,
  kRequestsHello,
  kRequestsAuth,
  kRequestsOther,  // of HTTP: what no other protocol has
  kTooOld,         // heartbeats and leaves older than a ttl
  kBytesIn,
  kBytesOut,
  kConnectionsAccepted,
  // Refusals, by kind.
  kRefusedUsers,  // heartbeats of new users over --max-users
  kRefusedUnknownOpcode,
  kRefusedUnknownFlag,
  kRefusedBadLength,
  kRefusedTooManyIds,
  kRefusedUnknownExtension,
  kRefusedVersion,
  kRefusedStoreUnavailable,
  kRefusedUnsupported,  // by the store
  kRefusedBadMagic,     // HTTP, TLS, RESP and garbage
  kRefusedFrameTooLong,
  kRefusedConnections,  // over --max-connections
  kRefusedIdle,
  kRefusedSlowReaders,
  kRefusedOverload,  // over what all connections together may make the server hold
  kRefusedShuttingDown,
  kRefusedHandshakes,  // of TLS: not finished, or not in time
  // Of HTTP; docs/http-api.md lists the error codes that belong to each.
  kRefusedHttpMalformed,
  kRefusedHttpTooLarge,
  kRefusedHttpContent,
  kRefusedHttpNotFound,
  kRefusedHttpForeign,
  kRefusedHttpSlow,
  kRefusedHttpFull,
  kHttpNotReady,
  // Of who may do what.
  kRefusedTokens,           // tokens that were no good
  kRefusedUnauthenticated,  // requests without one that needed one
  kRefusedForbidden,        // requests that the token does not allow
  kRefusedGuessing,         // connections closed for too many tokens that were no good
  kAcceptErrors,            // no file descriptor left, for example
  kOutOfMemory,             // connections closed because memory ran out
  kEnd,                     // how many there are
};

// The name under which a counter appears in stats; counter_reading.hpp derives that of the metric.
[[nodiscard]] std::string_view name_of(Counter counter) noexcept;

// Threads: one writer, any readers. Padded, so that no two loops write to one cache line.
class alignas(64) Counters {
 public:
  void add(Counter counter, std::uint64_t count = 1) noexcept {
    auto& value = values_[static_cast<std::size_t>(counter)];
    value.store(value.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t get(Counter counter) const noexcept {
    return values_[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Counter::kEnd)> values_{};
};

}  // namespace lastbeat
