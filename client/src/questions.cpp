#include "questions.hpp"

#include <optional>
#include <utility>

#include "calls.hpp"
#include "protocol/request.hpp"
#include "replies.hpp"

namespace lastbeat {
namespace {

using protocol::Opcode;

template <class T, class Append, class Read>
CallPtr question(Opcode opcode, Append append, Read read, ReceiverPtr<T> receiver) {
  return std::make_unique<QuestionCall<T, Append, Read>>(opcode, std::move(append), std::move(read),
                                                         std::move(receiver));
}

class PingCall final : public TypedCall<std::chrono::nanoseconds> {
 public:
  explicit PingCall(Receiver receiver) : Typed{std::move(receiver), Opcode::kPing} {}

  std::size_t append(Buffer& out, std::uint16_t first_tag, const ServerInfo& /*server*/,
                     std::chrono::milliseconds /*waited*/) override {
    sent_ = Clock::now();
    protocol::append_ping(out, first_tag);
    return 1;
  }
  bool take(std::size_t /*request*/, Payload /*payload*/, std::uint8_t /*flags*/) override {
    result() = Clock::now() - sent_;
    return true;
  }

 private:
  Clock::time_point sent_;
};

}  // namespace

CallPtr online_call(std::uint64_t cursor, std::uint32_t limit, ReceiverPtr<UserPage> receiver) {
  return question(
      Opcode::kOnline,
      [cursor, limit](Buffer& out, std::uint16_t tag) { protocol::append_online(out, tag, cursor, limit); }, read_page,
      std::move(receiver));
}

CallPtr count_call(ReceiverPtr<UserCount> receiver) {
  return question(
      Opcode::kCount, protocol::append_count,
      [](Payload payload, std::uint8_t, UserCount& count) { return read_count(payload, count); }, std::move(receiver));
}

CallPtr stats_call(ReceiverPtr<Stats> receiver) {
  return question(
      Opcode::kStats, protocol::append_stats,
      [](Payload payload, std::uint8_t, Stats& stats) { return read_stats(payload, stats); }, std::move(receiver));
}

CallPtr ping_call(ReceiverPtr<std::chrono::nanoseconds> receiver) {
  return std::make_unique<PingCall>(std::move(receiver));
}

CallPtr hello_call(ReceiverPtr<ServerInfo> receiver) {
  return question(
      Opcode::kHello, [](Buffer& out, std::uint16_t tag) { protocol::append_hello(out, tag); },
      [](Payload payload, std::uint8_t, ServerInfo& server) { return read_hello(payload, server); },
      std::move(receiver));
}

}  // namespace lastbeat
