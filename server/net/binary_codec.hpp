// The binary protocol of docs/protocol.md on a server's side.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "auth/pass.hpp"
#include "net/codec.hpp"
#include "net/spare.hpp"
#include "ops/rate_limit.hpp"
#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "protocol/wire.hpp"

namespace lastbeat {

// One reply to be written when the batch is through. A refused request is one too.
struct BinaryReply {
  std::uint8_t opcode = 0;  // of the request
  std::uint16_t tag = 0;
  bool quiet = false;
  bool detail = false;
  bool refused = false;
  protocol::ErrorCode error{};   // refused
  std::uint32_t page_limit = 0;  // online
  std::uint64_t cursor = 0;      // online
  std::size_t first = 0;         // first command of heartbeat, leave, status; first echo byte of ping
  std::size_t count = 0;         // how many
};

// All that one batch owes.
struct BinaryReplies {
  std::vector<BinaryReply> replies;
  Buffer echo;  // the bytes of pings, since the input may be gone when they are answered

  void clear() noexcept {
    replies.clear();
    echo.clear();
  }
};

// What all binary codecs of one listener and event loop share; outlives them.
struct BinaryContext {
  const CodecServices& services;
  protocol::Limits limits;
  Spare<BinaryReplies> spare{};
  RateLimit failure_log{std::chrono::seconds{10}};
};

[[nodiscard]] ListenerProtocol binary_protocol(const protocol::Limits& limits = {});

class BinaryCodec final : public Codec {
 public:
  explicit BinaryCodec(BinaryContext& context) noexcept : context_{context} {}

  // Tokens of one connection that are refused; the last one closes it.
  static constexpr unsigned kMostBadTokens = 5;

  [[nodiscard]] Decoded decode(std::span<const std::byte> input, Batch& batch) override;
  void render(const Batch& batch, BatchResult result, Buffer& out) override;
  void say_goodbye(EndReason reason, Buffer& out) override;

 private:
  // Bit n stands for opcode n.
  using Opcodes = std::uint32_t;
  static constexpr Opcodes kAllButAuth = ~(1U << static_cast<unsigned>(protocol::Opcode::kAuth));

  // Only with an authority, before every batch: what the peer has proved may not hold any more.
  void check_pass();
  // Of a request that needs a further look: why it is refused, if it is.
  [[nodiscard]] std::optional<protocol::ErrorCode> objection_to(const protocol::Request& request);
  [[nodiscard]] std::optional<protocol::ErrorCode> objection_to_token(std::string_view token);
  // Adds one frame; true when the batch must be executed before the next one is looked at.
  bool add(const protocol::Frame& frame, BootTime arrival, Batch& batch);
  void owe_refusal(BinaryReply reply, protocol::ErrorCode error);
  // Whether the store can do that.
  [[nodiscard]] bool is_supported(protocol::Opcode opcode);
  void add_commands(const protocol::Request& request, BootTime arrival, Batch& batch);
  void render_reply(const Batch& batch, const BinaryReply& reply, Buffer& out);
  void render_write(const Batch& batch, const BinaryReply& reply, Buffer& out);
  void render_status(const Batch& batch, const BinaryReply& reply, Buffer& out);
  void render_hello(const BinaryReply& reply, Buffer& out);
  void render_online(const BinaryReply& reply, Buffer& out);
  void render_auth(const BinaryReply& reply, Buffer& out);
  void log_failure(std::string_view what);
  void refuse(const BinaryReply& reply, protocol::ErrorCode code, Buffer& out);
  void append_due_notice(bool at_once, Buffer& out);
  void append_goodbye(protocol::ErrorCode reason, Buffer& out);
  [[nodiscard]] PresenceService& presence() noexcept { return context_.services.presence; }
  [[nodiscard]] Counters& counters() noexcept { return context_.services.counters; }

  BinaryContext& context_;
  std::unique_ptr<BinaryReplies> owed_;         // from decode to render
  std::optional<protocol::ErrorCode> closing_;  // why the input is not looked at any more
  std::span<const std::byte> foreign_answer_;   // what to say then to a peer of another protocol
  bool has_understood_ = false;                 // a frame, ever
  std::uint8_t bad_tokens_ = 0;                 // refused ones, ever
  Opcodes allowed_ = kAllButAuth;               // requests that need no further look
  std::unique_ptr<auth::Pass> pass_;            // once a token has been accepted
  const auth::Identity* holder_ = nullptr;      // of the pass, for the present batch
  auth::UnixSecond now_ = 0;                    // of the present batch, with an authority
  protocol::Notice notice_;                     // what QUIET requests have not been told yet
  std::chrono::steady_clock::time_point next_notice_{};
};

}  // namespace lastbeat
