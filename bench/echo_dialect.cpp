#include <array>

#include "bench/dialect.hpp"
#include "protocol/request.hpp"

namespace lastbeat::bench {
namespace {

class EchoDialect final : public Dialect {
 public:
  EchoDialect() { protocol::append_heartbeat(message_, 0, std::array{UserId{0}}); }

  void append_request(Buffer& out, Random& /*random*/) override {
    out.insert(out.end(), message_.begin(), message_.end());
  }
  Replies take_replies(std::span<const std::byte> input) override {
    Replies replies;
    replies.complete = input.size() / message_.size();
    replies.consumed_bytes = replies.complete * message_.size();
    return replies;
  }

 private:
  Buffer message_;
};

}  // namespace

std::unique_ptr<Dialect> make_echo_dialect() { return std::make_unique<EchoDialect>(); }

}  // namespace lastbeat::bench
