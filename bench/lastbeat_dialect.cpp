#include <vector>

#include "bench/dialect.hpp"
#include "protocol/frame.hpp"
#include "protocol/reply.hpp"
#include "protocol/request.hpp"

namespace lastbeat::bench {
namespace {

class LastbeatDialect final : public Dialect {
 public:
  explicit LastbeatDialect(const Workload& workload) : workload_{workload}, ids_(workload.batch) {}

  void append_request(Buffer& out, Random& random) override {
    for (UserId& id : ids_) id = UserId{random() % workload_.users};
    constexpr std::uint64_t kPercent = 100;
    if (random() % kPercent < workload_.heartbeat_percent) {
      protocol::append_heartbeat(out, 0, ids_);
    } else {
      protocol::append_status(out, 0, ids_, protocol::StatusForm::kCompact);
    }
  }

  Replies take_replies(std::span<const std::byte> input) override {
    Replies replies;
    while (true) {
      const auto cut = protocol::cut_frame(input.subspan(replies.consumed_bytes), protocol::kLargestPayload);
      if (const auto* frame = std::get_if<protocol::Frame>(&cut)) {
        replies.consumed_bytes += frame->size_bytes();
        take(*frame, replies);
      } else {
        replies.is_broken = replies.is_broken || std::holds_alternative<protocol::ErrorCode>(cut);
        return replies;
      }
    }
  }

 private:
  static void take(const protocol::Frame& frame, Replies& replies) {
    const bool is_event = frame.header.opcode >= protocol::kFirstEvent;
    if (!is_event) ++replies.complete;
    if ((frame.header.flags & protocol::reply_flag::kError) != 0) {
      ++replies.errors;
      const auto error = protocol::read_error(frame.payload);
      replies.message = error ? error->message : "an error without a message";
      replies.is_broken = is_event;  // goodbye
    } else if (frame.header.opcode == protocol::reply_opcode(protocol::Opcode::kHeartbeat)) {
      const auto written = protocol::read_write_reply(frame.payload);
      if (written && written->refused == 0) return;
      ++replies.errors;
      replies.message = "the server is full (--max-users)";
    }
  }

  const Workload workload_;
  std::vector<UserId> ids_;
};

}  // namespace

std::unique_ptr<Dialect> make_lastbeat_dialect(const Workload& workload) {
  return std::make_unique<LastbeatDialect>(workload);
}

}  // namespace lastbeat::bench
