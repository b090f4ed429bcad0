#include "bench/dialect.hpp"
#include "bench/in_flight.hpp"
#include "bench/text_protocol.hpp"
#include "bench/user_chooser.hpp"
#include "protocol/resp.hpp"

namespace lastbeat::bench {
namespace {

namespace resp = protocol::resp;

constexpr resp::Limits kLimits{.line_bytes = kLongestLine, .bulk_bytes = kLongestValue};

// How presence is kept in Redis: a heartbeat is `SET presence:<id> x EX 30`, a status asks whether the key is there.
// Several heartbeats are as many pipelined commands, which is what Redis executes fastest; several statuses are one
// MGET. Replies are those of RESP2.
class RedisDialect final : public Dialect {
 public:
  RedisDialect(const Workload& workload, std::size_t pipeline)
      : workload_{workload}, users_{workload.users, workload.distribution}, in_flight_{pipeline} {}

  void append_request(Buffer& out, Random& random) override {
    if (is_heartbeat_next(workload_, random)) {
      in_flight_.push(Asked::kHeartbeats);
      for (std::uint32_t i = 0; i < workload_.batch; ++i) {
        append_text(out, "*5\r\n$3\r\nSET\r\n");
        resp::append_bulk(out, Key{users_.next(random)}.text());
        append_text(out, "$1\r\nx\r\n$2\r\nEX\r\n$2\r\n30\r\n");
      }
      return;
    }
    in_flight_.push(Asked::kStatuses);
    resp::append_array(out, workload_.batch + 1);
    resp::append_bulk(out, workload_.batch == 1 ? "GET" : "MGET");
    for (std::uint32_t i = 0; i < workload_.batch; ++i) resp::append_bulk(out, Key{users_.next(random)}.text());
  }

  Replies take_replies(std::span<const std::byte> input) override {
    const std::string_view text{reinterpret_cast<const char*>(input.data()), input.size()};
    Replies replies;
    while (!replies.is_broken && take_element(text.substr(replies.consumed_bytes), replies)) {
    }
    return replies;
  }

 private:
  enum class Asked : std::uint8_t { kHeartbeats, kStatuses };

  static bool give_up(std::string_view text, std::string_view expected, Replies& replies) {
    replies.is_broken = true;
    replies.message = "the server sent " + quoted(text) + " instead of " + std::string{expected};
    return false;
  }
  static void take_error(const resp::Element& element, std::uint64_t operations, Replies& replies) {
    replies.errors += operations;
    replies.message = element.text;
    replies.consumed_bytes += element.size_bytes;
  }

  // Takes the reply to one SET, or an array's head, or a value. False: more bytes are needed, or none will do.
  bool take_element(std::string_view text, Replies& replies) {
    const auto cut = resp::cut_element(text, kLimits);
    if (std::holds_alternative<resp::NeedMore>(cut)) return false;
    if (const auto* bad = std::get_if<resp::Malformed>(&cut)) return give_up(bad->line, "a reply in RESP2", replies);
    const auto& element = std::get<resp::Element>(cut);
    const std::string_view shown = text.substr(0, element.size_bytes - 2);
    if (in_flight_.size() == 0) return give_up(shown, "nothing: nothing had been asked", replies);
    return in_flight_.front() == Asked::kHeartbeats ? take_written(element, shown, replies)
                                                    : take_status(element, shown, replies);
  }

  bool take_written(const resp::Element& element, std::string_view shown, Replies& replies) {
    if (element.type == resp::Type::kError) {
      take_error(element, 1, replies);
    } else if (element.type == resp::Type::kSimple && element.text == "OK") {
      replies.consumed_bytes += element.size_bytes;
    } else {
      return give_up(shown, "+OK", replies);
    }
    if (++taken_ == workload_.batch) finish(replies);
    return true;
  }

  bool take_status(const resp::Element& element, std::string_view shown, Replies& replies) {
    const bool is_array_due = workload_.batch > 1 && !is_array_open_;
    if (element.type == resp::Type::kError && !is_array_open_) {
      take_error(element, workload_.batch, replies);
      finish(replies);
      return true;
    }
    if (is_array_due) {
      if (element.type != resp::Type::kArray || element.number != std::int64_t{workload_.batch}) {
        return give_up(shown, "an array of as many values as were asked for", replies);
      }
      is_array_open_ = true;
    } else {
      if (element.type != resp::Type::kBulk) return give_up(shown, "a value", replies);
      if (++taken_ == workload_.batch) finish(replies);
    }
    replies.consumed_bytes += element.size_bytes;
    return true;
  }

  void finish(Replies& replies) {
    ++replies.complete;
    in_flight_.pop();
    taken_ = 0;
    is_array_open_ = false;
  }

  const Workload workload_;
  const UserChooser users_;
  InFlight<Asked> in_flight_;
  // Of the oldest request: elements taken, and whether the head of its array was.
  std::uint32_t taken_ = 0;
  bool is_array_open_ = false;
};

}  // namespace

std::unique_ptr<Dialect> make_redis_dialect(const Workload& workload, std::size_t pipeline) {
  return std::make_unique<RedisDialect>(workload, pipeline);
}

}  // namespace lastbeat::bench
