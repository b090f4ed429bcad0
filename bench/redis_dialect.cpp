#include <array>

#include "bench/dialect.hpp"
#include "bench/in_flight.hpp"
#include "bench/text_protocol.hpp"
#include "bench/user_chooser.hpp"

namespace lastbeat::bench {
namespace {

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
        append_key(out, random);
        append_text(out, "$1\r\nx\r\n$2\r\nEX\r\n$2\r\n30\r\n");
      }
      return;
    }
    in_flight_.push(Asked::kStatuses);
    append_count(out, '*', workload_.batch + 1);
    append_text(out, workload_.batch == 1 ? "$3\r\nGET\r\n" : "$4\r\nMGET\r\n");
    for (std::uint32_t i = 0; i < workload_.batch; ++i) append_key(out, random);
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

  static void append_count(Buffer& out, char type, std::uint64_t count) {
    std::array<char, 24> text;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
    text[0] = type;
    char* const end = std::to_chars(text.data() + 1, text.data() + text.size() - 2, count).ptr;
    end[0] = '\r';
    end[1] = '\n';
    append_text(out, {text.data(), static_cast<std::size_t>(end + 2 - text.data())});
  }
  void append_key(Buffer& out, Random& random) const {
    const Key key{users_.next(random)};
    append_count(out, '$', key.text().size());
    append_text(out, key.text());
    append_text(out, "\r\n");
  }

  static bool give_up(std::string_view text, std::string_view expected, Replies& replies) {
    replies.is_broken = true;
    replies.message = "the server sent " + quoted(text) + " instead of " + std::string{expected};
    return false;
  }
  static void take_error(const Line& line, Replies& replies) {
    ++replies.errors;
    replies.message = line.text.substr(1);
  }

  // Takes the reply to one SET, or an array's head, or a value. False: more bytes are needed, or none will do.
  bool take_element(std::string_view text, Replies& replies) {
    const Line line = cut_line(text);
    if (line.is_bad) return give_up(text, "a line of RESP", replies);
    if (!line.is_whole) return false;
    if (in_flight_.size() == 0) return give_up(line.text, "nothing: nothing had been asked", replies);
    return in_flight_.front() == Asked::kHeartbeats ? take_written(line, replies) : take_status(text, line, replies);
  }

  bool take_written(const Line& line, Replies& replies) {
    if (line.text.starts_with('-')) {
      take_error(line, replies);
    } else if (line.text != "+OK") {
      return give_up(line.text, "+OK", replies);
    }
    replies.consumed_bytes += line.size_bytes();
    if (++taken_ == workload_.batch) finish(replies);
    return true;
  }

  bool take_status(std::string_view text, const Line& line, Replies& replies) {
    const bool is_array_due = workload_.batch > 1 && !is_array_open_;
    if (line.text.starts_with('-') && !is_array_open_) {
      take_error(line, replies);
      replies.consumed_bytes += line.size_bytes();
      finish(replies);
      return true;
    }
    if (!is_array_due) return take_value(text, line, replies);
    if (!line.text.starts_with('*') || read_size(line.text.substr(1)) != workload_.batch) {
      return give_up(line.text, "an array of as many values as were asked for", replies);
    }
    is_array_open_ = true;
    replies.consumed_bytes += line.size_bytes();
    return true;
  }

  bool take_value(std::string_view text, const Line& line, Replies& replies) {
    std::size_t bytes = line.size_bytes();
    if (line.text != "$-1") {
      const auto size = line.text.starts_with('$') ? read_size(line.text.substr(1)) : std::nullopt;
      if (!size || *size > kLongestValue) return give_up(line.text, "a short value", replies);
      bytes += *size + 2;
      if (text.size() < bytes) return false;
      if (text.substr(bytes - 2, 2) != "\r\n") return give_up(text, "a value that ends with CR LF", replies);
    }
    replies.consumed_bytes += bytes;
    if (++taken_ == workload_.batch) finish(replies);
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
