#include "compare/footprint.hpp"

#include <chrono>
#include <thread>

#include "bench/environment.hpp"
#include "compare/exchange.hpp"
#include "compare/fill.hpp"
#include "compare/plain_connection.hpp"
#include "compare/process_figures.hpp"

namespace lastbeat::bench {
namespace {

// Nobody may expire while others are still to come.
constexpr std::chrono::hours kTtl{1};

double growth_each(std::uint64_t before, std::uint64_t after, std::uint64_t count) {
  return (static_cast<double>(after) - static_cast<double>(before)) / static_cast<double>(count);
}

void wait_unless_interrupted(std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds kTick{50};
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end && !is_interrupted()) std::this_thread::sleep_for(kTick);
}

}  // namespace

std::vector<Footprint> measure_users(const Peer& peer, const CompareOptions& options, unsigned cpu) {
  const RunningPeer running{peer, {.users = options.memory_users.back(), .connections = 0, .ttl = kTtl}, cpu};
  // The first heartbeat brings what a server needs for any user at all.
  fill(peer.protocol, running.port(), 0, 1, kTtl);
  const std::uint64_t empty = resident_bytes_of(running.process());
  std::vector<Footprint> footprints;
  footprints.reserve(options.memory_users.size());
  std::uint64_t filled = 1;
  for (const std::uint64_t users : options.memory_users) {
    fill(peer.protocol, running.port(), filled, users, kTtl);
    filled = users;
    if (is_interrupted()) break;
    const std::uint64_t bytes = resident_bytes_of(running.process());
    footprints.push_back({.peer = peer.name, .count = users, .bytes_each = growth_each(empty, bytes, users)});
  }
  return footprints;
}

std::vector<Footprint> measure_connections(const Peer& peer, const CompareOptions& options, unsigned cpu) {
  const std::uint32_t count = options.idle_connections;
  allow_many_connections();
  const RunningPeer running{peer, {.users = 1, .connections = count, .ttl = kTtl}, cpu};
  const Exchange heartbeat = heartbeats_of(peer.protocol, 0, 1, kTtl);
  fill(peer.protocol, running.port(), 0, 1, kTtl);
  const std::uint64_t empty = resident_bytes_of(running.process());
  std::vector<PlainConnection> connections;
  connections.reserve(count);
  while (connections.size() < count && !is_interrupted()) {
    PlainConnection& connection = connections.emplace_back(running.port());
    connection.send(heartbeat.request);
    connection.expect(heartbeat.reply);
  }
  wait_unless_interrupted(options.settle);
  if (is_interrupted()) return {};
  const std::uint64_t bytes = resident_bytes_of(running.process());
  return {{.peer = peer.name, .count = count, .bytes_each = growth_each(empty, bytes, count)}};
}

}  // namespace lastbeat::bench
