#include <vector>

#include "bench/dialect.hpp"
#include "bench/user_chooser.hpp"
#include "protocol/frame.hpp"
#include "protocol/reply.hpp"
#include "protocol/request.hpp"

namespace lastbeat::bench {
namespace {

using protocol::Opcode;

class LastbeatDialect final : public Dialect {
 public:
  explicit LastbeatDialect(const Workload& workload)
      : workload_{workload}, users_{workload.users, workload.distribution}, ids_(workload.batch) {}

  void append_request(Buffer& out, Random& random) override {
    for (UserId& id : ids_) id = users_.next(random);
    if (is_heartbeat_next(workload_, random)) {
      protocol::append_heartbeat(out, next_request_++, ids_);
    } else {
      protocol::append_status(out, next_request_++, ids_, protocol::StatusForm::kCompact);
    }
  }

  Replies take_replies(std::span<const std::byte> input) override {
    Replies replies;
    while (!replies.is_broken) {
      const auto cut = protocol::cut_frame(input.subspan(replies.consumed_bytes), protocol::kLargestPayload);
      if (std::holds_alternative<protocol::NeedMore>(cut)) break;
      const auto* frame = std::get_if<protocol::Frame>(&cut);
      if (frame == nullptr) {
        give_up("the server sent something that is no Lastbeat frame", replies);
        break;
      }
      replies.consumed_bytes += frame->size_bytes();
      if (frame->header.opcode >= protocol::kFirstEvent) {
        take_event(*frame, replies);
      } else {
        take_reply(*frame, replies);
      }
    }
    return replies;
  }

 private:
  static void give_up(std::string why, Replies& replies) {
    replies.is_broken = true;
    replies.message = std::move(why);
  }
  static std::string message_of(const protocol::Frame& frame) {
    const auto error = protocol::read_error(frame.payload);
    return error ? std::string{error->message} : "an error without a message";
  }

  static void take_event(const protocol::Frame& frame, Replies& replies) {
    if (protocol::Event{frame.header.opcode} != protocol::Event::kGoodbye) return;
    give_up("the server said goodbye: " + message_of(frame), replies);
  }

  void take_reply(const protocol::Frame& frame, Replies& replies) {
    if (frame.header.tag != next_reply_++) return give_up("the server sent a reply to another request", replies);
    ++replies.complete;
    if ((frame.header.flags & protocol::reply_flag::kError) != 0) {
      replies.errors += workload_.batch;
      replies.message = message_of(frame);
    } else if (frame.header.opcode == protocol::reply_opcode(Opcode::kHeartbeat)) {
      const auto written = protocol::read_write_reply(frame.payload);
      if (!written) return give_up("the server sent a heartbeat's reply that is too short", replies);
      if (written->refused == 0) return;
      replies.errors += written->refused;
      replies.message = "the server is full, its log tells why";
    } else if (frame.header.opcode != protocol::reply_opcode(Opcode::kStatus) ||
               frame.payload.size() < protocol::compact_status_bytes(ids_.size())) {
      give_up("the server sent a reply that is none to a heartbeat or a status of so many users", replies);
    }
  }

  const Workload workload_;
  const UserChooser users_;
  std::vector<UserId> ids_;
  // Tags: replies must come in the order of the requests, without a gap.
  std::uint16_t next_request_ = 0;
  std::uint16_t next_reply_ = 0;
};

}  // namespace

std::unique_ptr<Dialect> make_lastbeat_dialect(const Workload& workload) {
  return std::make_unique<LastbeatDialect>(workload);
}

}  // namespace lastbeat::bench
