#include "lastbeat/client.hpp"

#include "client_core.hpp"
#include "client_nodes.hpp"

namespace lastbeat {

using protocol::Opcode;

Client::Client(ClientOptions options)
    : core_{nodes_of(options).empty() ? one_server(std::move(options)) : several_nodes(std::move(options))} {}
Client::~Client() = default;
Client::Client(Client&& other) noexcept = default;
Client& Client::operator=(Client&& other) noexcept = default;

Result<void> Client::connect() { return core_->connect(); }
bool Client::is_connected() const noexcept { return core_->is_connected(); }

Result<WriteResult> Client::heartbeat(std::span<const UserId> users, Age age) {
  return core_->write(Opcode::kHeartbeat, users, age);
}
Result<WriteResult> Client::leave(std::span<const UserId> users, Age age) {
  return core_->write(Opcode::kLeave, users, age);
}
Result<void> Client::heartbeat_quiet(std::span<const UserId> users, Age age) {
  return core_->write_quiet(Opcode::kHeartbeat, users, age);
}
Result<void> Client::leave_quiet(std::span<const UserId> users, Age age) {
  return core_->write_quiet(Opcode::kLeave, users, age);
}
QuietRefusals Client::quiet_refusals() const noexcept { return core_->quiet_refusals(); }

Result<std::vector<Presence>> Client::status(std::span<const UserId> users) { return core_->status(users); }
Result<std::vector<UserStatus>> Client::status_detailed(std::span<const UserId> users) {
  return core_->status_detailed(users);
}

Result<UserPage> Client::online(std::uint64_t cursor, std::uint32_t limit) { return core_->online(cursor, limit); }
Result<UserCount> Client::count() { return core_->count(); }
Result<Stats> Client::stats() { return core_->stats(); }
Result<std::chrono::nanoseconds> Client::ping() { return core_->ping(); }
Result<ServerInfo> Client::hello() { return core_->hello(); }

Result<std::vector<Result<PipelineReply>>> Client::run(const Pipeline& pipeline) {
  return core_->run(pipeline.requests());
}

Result<void> Client::set_nodes(std::vector<ClientNode> nodes) { return core_->set_nodes(std::move(nodes)); }

}  // namespace lastbeat
