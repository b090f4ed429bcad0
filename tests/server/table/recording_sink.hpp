// An edge sink that remembers everything it is told, and what that makes of every user.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "server/table/presence_model.hpp"
#include "table/edge.hpp"

namespace lastbeat::test {

// Threads: any.
class RecordingSink final : public EdgeSink {
 public:
  void take(std::span<const Edge> edges) noexcept override {
    const std::lock_guard lock{mutex_};
    for (const Edge& edge : edges) edges_[edge.user].push_back(edge);
  }
  [[nodiscard]] std::vector<Edge> edges(UserId user) const {
    const std::lock_guard lock{mutex_};
    const auto found = edges_.find(user);
    return found == edges_.end() ? std::vector<Edge>{} : found->second;
  }
  [[nodiscard]] std::vector<Flip> flips(UserId user) const {
    std::vector<Flip> flips;
    for (const Edge& edge : edges(user)) flips.push_back({edge.cause, edge.second});
    return flips;
  }
  // What the edges so far say.
  [[nodiscard]] bool is_online(UserId user) const {
    const std::lock_guard lock{mutex_};
    const auto found = edges_.find(user);
    return found != edges_.end() && found->second.back().cause == EdgeCause::kHeartbeat;
  }
  [[nodiscard]] std::size_t online() const {
    const std::lock_guard lock{mutex_};
    std::size_t online = 0;
    for (const auto& [user, edges] : edges_) online += edges.back().cause == EdgeCause::kHeartbeat ? 1U : 0U;
    return online;
  }

 private:
  mutable std::mutex mutex_;
  std::map<UserId, std::vector<Edge>> edges_;
};

}  // namespace lastbeat::test
