// A server that can be killed, and comes back under its address.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "e2e/process.hpp"
#include "lastbeat/client.hpp"

namespace lastbeat::test {

class RestartingDaemon {
 public:
  explicit RestartingDaemon(std::vector<std::string> options = {}) : options_{std::move(options)} {
    static int count = 0;
    path_ = (std::filesystem::temp_directory_path() /
             ("lastbeat-restarting-" + std::to_string(::getpid()) + "-" + std::to_string(++count)))
                .string();
    options_.insert(options_.end(), {"--listen", address()});
    start();
  }
  ~RestartingDaemon() {
    daemon_.reset();
    std::filesystem::remove(path_);
  }
  RestartingDaemon(const RestartingDaemon&) = delete;
  RestartingDaemon& operator=(const RestartingDaemon&) = delete;

  void start(const std::vector<std::string>& more = {}) {
    std::vector<std::string> options = options_;
    options.insert(options.end(), more.begin(), more.end());
    daemon_ = std::make_unique<Daemon>(options);
  }
  void kill() { daemon_.reset(); }
  [[nodiscard]] std::string address() const { return "unix:" + path_; }
  [[nodiscard]] Client client() const { return Client{{.server = address()}}; }

 private:
  std::vector<std::string> options_;
  std::string path_;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace lastbeat::test
