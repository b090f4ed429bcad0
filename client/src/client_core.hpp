// What a synchronous client is made of: the way to one server, or to several nodes.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "lastbeat/client.hpp"
#include "protocol/wire.hpp"

namespace lastbeat {

// The functions are those of Client. Threads: one at a time.
class detail::ClientCore {
 public:
  using Age = Client::Age;

  ClientCore() = default;
  virtual ~ClientCore() = default;
  ClientCore(const ClientCore&) = delete;
  ClientCore& operator=(const ClientCore&) = delete;

  virtual Result<void> connect() = 0;
  [[nodiscard]] virtual bool is_connected() const noexcept = 0;
  // Heartbeats or leaves.
  virtual Result<WriteResult> write(protocol::Opcode opcode, std::span<const UserId> users, Age age) = 0;
  virtual Result<void> write_quiet(protocol::Opcode opcode, std::span<const UserId> users, Age age) = 0;
  [[nodiscard]] virtual QuietRefusals quiet_refusals() const noexcept = 0;
  virtual Result<std::vector<Presence>> status(std::span<const UserId> users) = 0;
  virtual Result<std::vector<UserStatus>> status_detailed(std::span<const UserId> users) = 0;
  virtual Result<UserPage> online(std::uint64_t cursor, std::uint32_t limit) = 0;
  virtual Result<UserCount> count() = 0;
  virtual Result<Stats> stats() = 0;
  virtual Result<std::chrono::nanoseconds> ping() = 0;
  virtual Result<ServerInfo> hello() = 0;
  virtual Result<std::vector<Result<PipelineReply>>> run(std::span<const Pipeline::Request> requests) = 0;
  virtual Result<void> set_nodes(std::vector<ClientNode> nodes) = 0;
};

using CorePtr = std::unique_ptr<detail::ClientCore>;

// Both throw std::invalid_argument as Client does.
[[nodiscard]] CorePtr one_server(ClientOptions options);
[[nodiscard]] CorePtr several_nodes(ClientOptions options);

[[nodiscard]] inline protocol::Opcode opcode_of(const Pipeline::Request& request) noexcept {
  using Kind = Pipeline::Kind;
  return request.kind == Kind::kStatus  ? protocol::Opcode::kStatus
         : request.kind == Kind::kLeave ? protocol::Opcode::kLeave
                                        : protocol::Opcode::kHeartbeat;
}

}  // namespace lastbeat
