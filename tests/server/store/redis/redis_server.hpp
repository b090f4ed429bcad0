// A real redis-server for tests, in a folder of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "e2e/process.hpp"
#include "support/temp_folder.hpp"

namespace lastbeat::test {

// Listens on a unix socket, keeps nothing on disk, and serves already. Throws when it does not start.
class RedisServer {
 public:
  explicit RedisServer(std::vector<std::string> arguments = {});

  // As --store takes it.
  [[nodiscard]] std::string url() const { return "redis://" + server(); }
  [[nodiscard]] std::string server() const { return "unix:" + socket_; }
  void signal(int number) const { process_->signal(number); }
  // As by kill -9: it forgets everything.
  void kill();
  // At the same place.
  void start();
  // What redis-cli prints, without the end of the line.
  [[nodiscard]] std::string ask(const std::vector<std::string>& words) const;

 private:
  TempFolder folder_{"redis"};
  std::string socket_ = folder_.file("redis.sock");
  std::vector<std::string> arguments_;
  std::unique_ptr<Process> process_;
};

}  // namespace lastbeat::test
