// A Redis Cluster: its slots, who owns them, and the way to each owner.
#pragma once

#include <asio.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ops/rate_limit.hpp"
#include "redis/cluster_reply.hpp"
#include "redis/map_source.hpp"
#include "redis/node.hpp"
#include "redis/servers.hpp"
#include "store/redis_config.hpp"
#include "table/rules.hpp"

namespace lastbeat::redis {

// Knows from any server who owns which slot, asks again when that turns out to be wrong, when somebody is away, and now
// and then; follows MOVED and ASK. Commands of one user keep their order even while a slot moves: as long as calls are
// under way to the old owner, others follow them there, and are redirected behind them.
class Cluster final : public Servers, private NodeOwner, private MapOwner {
 public:
  // `owner` outlives it, and it outlives whatever runs on the executor.
  Cluster(const asio::any_io_executor& executor, const Config& config, const Rules& rules, ServerTime now,
          ServersOwner& owner);

  void start() override;
  void stop() override;
  [[nodiscard]] Slot slot_of(UserId user) const noexcept override { return slots_of_users_(user); }
  [[nodiscard]] bool is_up(Slot slot) const noexcept override;
  [[nodiscard]] Count count() const noexcept override;
  void send(Call call) override;
  [[nodiscard]] bool in_doubt(Slot slot) const noexcept override;

 private:
  struct Member {
    Member(const asio::any_io_executor& executor, const Config& config, const Rules& rules, NodeOwner& owner)
        : node{executor, config, rules, owner} {}
    Node node;
    std::string run_id;  // empty: it has not been up
    bool has_been_down = false;
    std::deque<Call> waiting;  // redirected here before it was up for the first time
  };
  struct Place {
    Member* owner = nullptr;
    Member* next_owner = nullptr;  // once no call is under way to the owner
    std::uint32_t under_way = 0;
    Second doubt_until = 0;
    bool had_owner = false;
  };

  void on_up(Node& node, const ServerFacts& facts) override;
  void on_number(Call& call, std::int64_t number) override { owner_.on_number(call, number); }
  void on_done(Call& call) override;
  void on_down(Node& node, const std::string& reason) override;
  void on_failed(Call& call) override;
  bool on_error(Node& node, Call& call, std::string_view error) override;
  void on_map(const std::vector<SlotRange>& ranges) override;
  void on_no_map(const std::string& reason) override;

  // Null: there are as many as may be.
  [[nodiscard]] Member* member_at(const std::string& server);
  void set_owner(Place& place, Member* member);
  void become_owner(Place& place, Member* member);
  void retire_the_unneeded();
  [[nodiscard]] bool redirect(Call& call, const Redirection& redirection);
  // It is not under way to the owner of its slot any more.
  void leave_owner(Call& call);
  void refresh_within(std::chrono::milliseconds time);
  void refresh();
  [[nodiscard]] std::vector<std::string> whom_to_ask();
  [[nodiscard]] bool is_whole() const noexcept;
  void tell_trouble(const std::string& reason);
  void tell_first_attempt(const std::string& reason);

  const Config config_;
  const Rules rules_;
  const ServerTime now_;
  ServersOwner& owner_;
  const asio::any_io_executor executor_;
  const UserSlots slots_of_users_;
  std::vector<Place> places_;  // of every slot
  std::map<std::string, std::unique_ptr<Member>> members_;
  MapSource source_;
  asio::steady_timer refresh_timer_;
  bool has_trouble_ = false;  // since the last map was asked for
  std::size_t asked_first_ = 0;
  bool has_been_tried_ = false;
  bool is_stopped_ = false;
  RateLimit trouble_log_;
};

}  // namespace lastbeat::redis
