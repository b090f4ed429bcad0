// The HTTP API of docs/http-api.md on a server's side.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "auth/pass.hpp"
#include "http/chunked_body.hpp"
#include "http/plan.hpp"
#include "http/reply_writer.hpp"
#include "http/settings.hpp"
#include "net/codec.hpp"
#include "net/spare.hpp"
#include "ops/rate_limit.hpp"

namespace lastbeat::http {

[[nodiscard]] ListenerProtocol http_protocol(const Settings& settings);

// One reply to be written when the batch is through.
struct OwedReply {
  Plan plan;
  bool is_continue = false;  // not the reply itself, only "100 Continue"
  std::size_t first = 0;     // the first of its commands
  std::size_t count = 0;     // how many
};

// All that one batch owes.
struct OwedReplies {
  std::vector<OwedReply> replies;
  void clear() noexcept { replies.clear(); }
};

// What all HTTP codecs of one listener and event loop share; outlives them.
struct Context {
  const CodecServices& services;
  Settings settings;
  Spare<OwedReplies> spare{};
  DateLine date{};
  RequestIdMaker request_ids{};
  RateLimit failure_log{std::chrono::seconds{10}};
};

class Codec final : public lastbeat::Codec {
 public:
  explicit Codec(Context& context) noexcept : context_{context} {}

  [[nodiscard]] Decoded decode(std::span<const std::byte> input, Batch& batch) override;
  void render(const Batch& batch, BatchResult result, Buffer& out) override;
  void say_goodbye(EndReason reason, Buffer& out) override;
  [[nodiscard]] std::chrono::milliseconds request_timeout() const noexcept override {
    return context_.settings.request_timeout;
  }

 private:
  // What comes after a request has been looked for.
  enum class Step : std::uint8_t {
    kNext,     // another one
    kWait,     // more input
    kExecute,  // the batch must be executed first
    kLast,     // nothing: the connection closes
  };
  // A request whose body comes in chunks.
  struct ChunkedRequest {
    ChunkedRequest(const Plan& what, std::size_t most_bytes) : plan{what}, body{most_bytes} {}
    Plan plan;
    ChunkedBody body;
  };

  Step take_request(std::span<const std::byte> rest, Batch& batch, Decoded& decoded);
  Step take_body(const Head& head, const Plan& plan, std::span<const std::byte> rest, Batch& batch, Decoded& decoded);
  Step take_chunks(std::span<const std::byte> rest, Batch& batch, Decoded& decoded);
  // A request that is whole.
  Step add(Plan plan, std::span<const std::byte> body, Batch& batch);
  // With an authority: whether the peer may have that done.
  void check_token(const Head& head, Plan& plan);
  Refusal add_commands(const Plan& plan, std::span<const std::byte> body, Batch& batch);
  Step refuse(Plan plan, Refusal refusal);
  void owe_continue();

  [[nodiscard]] ReplyHead head_of(const Plan& plan) const;
  void render_reply(const Batch& batch, const OwedReply& owed, BatchResult result, std::string_view date, Buffer& out);
  void render_refusal(const Plan& plan, Refusal refusal, std::string_view date, Buffer& out);
  void render_endpoint(const Batch& batch, const OwedReply& owed, ReplyWriter& writer);
  void render_online(const Plan& plan, ReplyWriter& writer);
  [[nodiscard]] Refusal refusal_by(const Batch& batch, const OwedReply& owed, BatchResult result) const;
  [[nodiscard]] PresenceService& presence() const noexcept { return context_.services.presence; }
  [[nodiscard]] Counters& counters() const noexcept { return context_.services.counters; }

  Context& context_;
  std::unique_ptr<OwedReplies> owed_;        // from decode to render
  std::unique_ptr<ChunkedRequest> chunked_;  // while its body arrives
  bool has_continued_ = false;               // the client has been told to send the body
  bool is_in_request_ = false;
  bool has_judged_ = false;           // a token, in this batch
  std::unique_ptr<auth::Pass> pass_;  // with an authority, from the first request on
};

}  // namespace lastbeat::http
