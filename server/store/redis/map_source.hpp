// Asks servers of a Redis Cluster who owns which slots.
#pragma once

#include <asio.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "redis/cluster_reply.hpp"
#include "redis/connection.hpp"
#include "store/redis_config.hpp"

namespace lastbeat::redis {

// Told on the executor, once for every ask().
class MapOwner {
 public:
  virtual void on_map(const std::vector<SlotRange>& ranges) = 0;
  // Nobody has told. `reason` is that of the last one.
  virtual void on_no_map(const std::string& reason) = 0;

 protected:
  ~MapOwner() = default;
};

// One server after the other, on a connection of its own, until one tells. Threads: that of the executor.
class MapSource final : private ConnectionOwner {
 public:
  // `config` and `owner` outlive the source, and it outlives whatever is posted to the executor before stop() returns.
  MapSource(const asio::any_io_executor& executor, const Config& config, MapOwner& owner);

  // Requires that it is not asking, and that there is a server: HOST:PORT.
  void ask(std::vector<std::string> servers);
  [[nodiscard]] bool is_asking() const noexcept { return connection_ != nullptr; }
  void stop();

 private:
  void on_open() override;
  void on_element(const protocol::resp::Element& element) override;
  void on_end(const std::string& reason) override { fail(reason); }

  void connect();
  void fail(const std::string& reason);
  void close();

  const Config& config_;
  MapOwner& owner_;
  const asio::any_io_executor executor_;
  std::vector<std::string> servers_;  // to ask, from the last
  std::shared_ptr<Connection> connection_;
  bool signs_in_ = false;  // the reply to AUTH comes first
  std::optional<SlotMapReader> reader_;
  asio::steady_timer deadline_;
};

}  // namespace lastbeat::redis
