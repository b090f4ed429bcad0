#include "redis/lone_server.hpp"

#include <utility>

#include "redis/young_server.hpp"

namespace lastbeat::redis {

void LoneServer::on_up(Node& /*node*/, const ServerFacts& facts) {
  const bool is_trusted = run_id_.empty() && trusts_first_data_;
  if (!is_trusted) doubt_until_ = std::max(doubt_until_, doubt_about(facts, run_id_, second_of(now_()), ttl_));
  run_id_ = facts.run_id;
  if (!std::exchange(has_been_tried_, true)) owner_.on_first_attempt({});
  owner_.on_change();
}

void LoneServer::on_down(Node& node, const std::string& reason) {
  if (!std::exchange(has_been_tried_, true)) {
    owner_.on_first_attempt("cannot use the Redis at " + node.server() + ": " + reason);
  }
  owner_.on_change();
}

}  // namespace lastbeat::redis
