// What the threads of a check add up to.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace lastbeat::bench {

// Threads: any; the texts may be read when the other threads have ended.
struct CheckTotals {
  std::atomic<std::uint64_t> commands{0};  // a user's heartbeat or leave, each
  std::atomic<std::uint64_t> answers{0};   // unknown and wrong ones included
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<std::uint64_t> unknown{0};
  std::atomic<std::uint64_t> missing{0};  // of several nodes, none that the user belongs to could be asked
  std::atomic<std::uint64_t> errors{0};
  std::atomic<std::uint64_t> churned_connections{0};  // opened, used and closed

  void add_wrong(std::string complaint) {
    constexpr std::size_t kMostComplaints = 10;
    ++wrong;
    const std::lock_guard lock{mutex_};
    if (complaints_.size() < kMostComplaints) complaints_.push_back(std::move(complaint));
  }
  void add_error(const std::string& message) {
    constexpr std::size_t kMostMessages = 10;
    ++errors;
    const std::lock_guard lock{mutex_};
    if (messages_.size() < kMostMessages || messages_.contains(message)) ++messages_[message];
  }

  [[nodiscard]] const std::vector<std::string>& complaints() const noexcept { return complaints_; }
  [[nodiscard]] const std::map<std::string, std::uint64_t>& messages() const noexcept { return messages_; }

 private:
  std::mutex mutex_;
  std::vector<std::string> complaints_;            // the first wrong answers
  std::map<std::string, std::uint64_t> messages_;  // the first different errors, and how many of each
};

}  // namespace lastbeat::bench
