// A Redis server that is no member of a cluster: all users are on it.
#pragma once

#include <asio.hpp>
#include <string>

#include "redis/node.hpp"
#include "redis/servers.hpp"
#include "store/redis_config.hpp"
#include "table/rules.hpp"

namespace lastbeat::redis {

class LoneServer final : public Servers, private NodeOwner {
 public:
  // As of Node.
  LoneServer(const asio::any_io_executor& executor, const Config& config, const Rules& rules, ServerTime now,
             ServersOwner& owner)
      : node_{executor, config, rules, *this},
        trusts_first_data_{config.trusts_first_data},
        ttl_{rules.ttl},
        now_{std::move(now)},
        owner_{owner} {}

  void start() override { node_.start(); }
  void stop() override { node_.stop(); }
  [[nodiscard]] Slot slot_of(UserId /*user*/) const noexcept override { return 0; }
  [[nodiscard]] bool is_up(Slot /*slot*/) const noexcept override { return node_.is_up(); }
  [[nodiscard]] Count count() const noexcept override { return {.all = 1, .up = node_.is_up() ? 1U : 0U}; }
  void send(Call call) override { node_.send(std::move(call), now_()); }
  [[nodiscard]] bool in_doubt(Slot /*slot*/) const noexcept override { return second_of(now_()) <= doubt_until_; }

 private:
  void on_up(Node& node, const ServerFacts& facts) override;
  void on_number(Call& call, std::int64_t number) override { owner_.on_number(call, number); }
  void on_done(Call& call) override { owner_.on_done(call); }
  void on_down(Node& node, const std::string& reason) override;
  void on_failed(Call& call) override { owner_.on_failed(call); }
  bool on_error(Node& /*node*/, Call& /*call*/, std::string_view /*error*/) override { return false; }

  Node node_;
  const bool trusts_first_data_;
  const Second ttl_;
  const ServerTime now_;
  ServersOwner& owner_;
  std::string run_id_;  // of the server that was last connected to; empty: none yet
  Second doubt_until_ = 0;
  bool has_been_tried_ = false;
};

}  // namespace lastbeat::redis
