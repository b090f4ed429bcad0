#include <algorithm>
#include <array>

#include "bench/dialect.hpp"
#include "bench/in_flight.hpp"
#include "bench/text_protocol.hpp"
#include "bench/user_chooser.hpp"

namespace lastbeat::bench {
namespace {

// How presence is kept in memcached: a heartbeat is `set presence:<id> 0 30 1`, a status asks whether the key is there.
// Several statuses are one `get` of many keys. Several heartbeats are quiet meta commands (`ms ... q`) and a no-op
// (`mn`) as the barrier: like `noreply` they save the replies, but unlike it they still tell what failed.
class MemcacheDialect final : public Dialect {
 public:
  MemcacheDialect(const Workload& workload, std::size_t pipeline)
      : workload_{workload}, users_{workload.users, workload.distribution}, in_flight_{pipeline} {}

  void append_request(Buffer& out, Random& random) override {
    if (!is_heartbeat_next(workload_, random)) {
      in_flight_.push(Asked::kStatuses);
      append_text(out, "get");
      for (std::uint32_t i = 0; i < workload_.batch; ++i) append_with_key(out, " ", random, "");
      append_text(out, "\r\n");
    } else if (workload_.batch == 1) {
      in_flight_.push(Asked::kHeartbeat);
      append_with_key(out, "set ", random, " 0 30 1\r\nx\r\n");
    } else {
      in_flight_.push(Asked::kHeartbeats);
      for (std::uint32_t i = 0; i < workload_.batch; ++i) append_with_key(out, "ms ", random, " 1 T30 q\r\nx\r\n");
      append_text(out, "mn\r\n");
    }
  }

  Replies take_replies(std::span<const std::byte> input) override {
    const std::string_view text{reinterpret_cast<const char*>(input.data()), input.size()};
    Replies replies;
    while (!replies.is_broken && take_line(text.substr(replies.consumed_bytes), replies)) {
    }
    return replies;
  }

 private:
  enum class Asked : std::uint8_t { kHeartbeat, kHeartbeats, kStatuses };

  void append_with_key(Buffer& out, std::string_view before, Random& random, std::string_view after) const {
    append_text(out, before);
    append_text(out, Key{users_.next(random)}.text());
    append_text(out, after);
  }

  static bool give_up(std::string_view text, std::string_view expected, Replies& replies) {
    replies.is_broken = true;
    replies.message = "the server sent " + quoted(text) + " instead of " + std::string{expected};
    return false;
  }
  static bool is_error(std::string_view line) {
    constexpr std::array<std::string_view, 4> kErrors{"ERROR", "CLIENT_ERROR", "SERVER_ERROR", "N"};  // NOT_STORED, NS
    return std::any_of(kErrors.begin(), kErrors.end(), [&](const auto& error) { return line.starts_with(error); });
  }

  // Takes a line, and the value that follows it if there is one. False: more bytes are needed, or none will do.
  bool take_line(std::string_view text, Replies& replies) {
    const Line line = cut_line(text);
    if (line.is_bad) return give_up(text, "a line of text", replies);
    if (!line.is_whole) return false;
    if (in_flight_.size() == 0) return give_up(line.text, "nothing: nothing had been asked", replies);
    const Asked asked = in_flight_.front();
    if (asked == Asked::kStatuses && line.text.starts_with("VALUE ")) return take_value(text, line, replies);

    constexpr std::array<std::string_view, 3> kEnds{"STORED", "MN", "END"};
    const std::string_view end = kEnds[static_cast<std::size_t>(asked)];
    const bool is_end = line.text == end;
    if (!is_end && !is_error(line.text)) return give_up(line.text, end, replies);
    replies.consumed_bytes += line.size_bytes();
    if (!is_end) {
      replies.errors += asked == Asked::kStatuses ? workload_.batch : 1;
      replies.message = line.text;
    }
    // An error is the whole reply, except to quiet commands, where the barrier is still to come.
    if (is_end || asked != Asked::kHeartbeats) finish(replies);
    return true;
  }

  bool take_value(std::string_view text, const Line& line, Replies& replies) {
    // VALUE presence:42 0 1
    const auto size = read_size(line.text.substr(line.text.rfind(' ') + 1));
    if (!size || *size > kLongestValue || !line.text.substr(line.text.find(' ') + 1).starts_with(kKeyPrefix)) {
      return give_up(line.text, "the value of a user", replies);
    }
    if (values_ == workload_.batch) return give_up(line.text, "END: more values than were asked for", replies);
    const std::size_t bytes = line.size_bytes() + *size + 2;
    if (text.size() < bytes) return false;
    if (text.substr(bytes - 2, 2) != "\r\n") return give_up(text, "a value that ends with CR LF", replies);
    replies.consumed_bytes += bytes;
    ++values_;
    return true;
  }

  void finish(Replies& replies) {
    ++replies.complete;
    in_flight_.pop();
    values_ = 0;
  }

  const Workload workload_;
  const UserChooser users_;
  InFlight<Asked> in_flight_;
  std::uint32_t values_ = 0;  // of the oldest request
};

}  // namespace

std::unique_ptr<Dialect> make_memcache_dialect(const Workload& workload, std::size_t pipeline) {
  return std::make_unique<MemcacheDialect>(workload, pipeline);
}

}  // namespace lastbeat::bench
