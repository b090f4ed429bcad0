// The binary protocol of docs/protocol.md on a server's side.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "net/codec.hpp"
#include "net/counters.hpp"
#include "presence/service.hpp"
#include "protocol/reply.hpp"
#include "protocol/request.hpp"

namespace lastbeat {

// What all binary codecs of one event loop share; outlives them.
struct BinaryContext {
  PresenceService& presence;
  Counters& counters;  // of the loop
  protocol::Limits limits;
  std::function<std::string()> stats;  // the text of a stats reply
};

class BinaryCodec final : public Codec {
 public:
  explicit BinaryCodec(BinaryContext& context) noexcept : context_{context} {}

  [[nodiscard]] Decoded decode(std::span<const std::byte> input, Batch& batch) override;
  void render(const Batch& batch, BatchResult result, Buffer& out) override;
  void goodbye(protocol::ErrorCode reason, std::span<const std::byte> input, Buffer& out) override;

 private:
  // Adds one frame; true when the batch must be executed before the next one is looked at.
  bool add(const protocol::Frame& frame, BootTime arrival, Batch& batch);
  void add_commands(const protocol::Request& request, BootTime arrival, Batch& batch);
  void render_reply(const Batch& batch, const PendingReply& reply, Buffer& out);
  void render_write(const Batch& batch, const PendingReply& reply, Buffer& out);
  void render_status(const Batch& batch, const PendingReply& reply, Buffer& out);
  void render_hello(const PendingReply& reply, Buffer& out);
  void render_online(const PendingReply& reply, Buffer& out);
  void refuse(const PendingReply& reply, protocol::ErrorCode code, Buffer& out);
  void append_due_notice(bool at_once, Buffer& out);

  BinaryContext& context_;
  bool has_understood_ = false;  // a frame, ever
  protocol::Notice notice_;      // what QUIET requests have not been told yet
  std::chrono::steady_clock::time_point next_notice_{};
};

}  // namespace lastbeat
