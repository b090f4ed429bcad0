// A real Redis Cluster for tests, in a folder of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "e2e/process.hpp"
#include "support/temp_folder.hpp"

namespace lastbeat::test {

// Three masters that share all slots evenly, on ports of 127.0.0.1, and a replica of each if wanted; keeps nothing on
// disk, and serves already. A master that dies is replaced two seconds later; meanwhile the others serve on. Throws
// when it does not start.
class RedisCluster {
 public:
  static constexpr std::size_t kMasters = 3;
  static constexpr std::size_t kSlots = 16'384;
  enum class Replicas : std::uint8_t { kNone, kOneEach };

  explicit RedisCluster(Replicas replicas);

  // As --store takes it.
  [[nodiscard]] std::string url() const;
  // At first servers 0 to 2 are the masters, each with a third of the slots.
  [[nodiscard]] static std::size_t first_owner_of(std::size_t slot) { return slot * kMasters / kSlots; }
  [[nodiscard]] std::string server(std::size_t i) const { return "127.0.0.1:" + std::to_string(servers_[i].port); }
  [[nodiscard]] std::string port(std::size_t i) const { return std::to_string(servers_[i].port); }
  [[nodiscard]] std::string id(std::size_t i) const { return ask(i, {"cluster", "myid"}); }
  // As by kill -9.
  void kill(std::size_t i);
  // What redis-cli prints about server i, without the end of the line.
  [[nodiscard]] std::string ask(std::size_t i, const std::vector<std::string>& words) const;
  // Every replica has what its master had.
  void wait_for_replicas() const;

 private:
  struct Server {
    std::uint16_t port = 0;
    std::unique_ptr<Process> process;
  };
  Server start();

  TempFolder folder_{"redis-cluster"};
  std::vector<Server> servers_;  // masters, then the replica of each
};

}  // namespace lastbeat::test
