#include "server/net/http/codec_driver.hpp"

#include <stdexcept>

#include "protocol/bytes.hpp"

namespace lastbeat::test {
namespace {

class Done final : public BatchCompletion {
 public:
  void batch_done(BatchResult /*result*/) noexcept override {}
};

void require(bool truth, const char* promise) {
  if (!truth) throw std::logic_error(promise);
}

// Cuts out what stands between every `before` and the next `behind`.
void blank(std::string& text, std::string_view before, std::string_view behind) {
  for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at)) {
    at += before.size();
    text.erase(at, text.find_first_of(behind, at) - at);
  }
}

}  // namespace

CodecDriver::CodecDriver(CodecWorld& world, const http::Settings& settings)
    : world_{world}, factory_{http::http_protocol(settings)(world.services())}, codec_{factory_->make()} {}

void CodecDriver::feed(std::string_view piece) {
  if (is_over_) return;
  input_ += piece;
  if (input_.empty() || input_.size() < wanted_) return;
  while (run_batch()) {
  }
}

bool CodecDriver::run_batch() {
  batch_.clear();
  const Decoded decoded = codec_->decode(protocol::as_bytes(input_), batch_);
  require(decoded.consumed <= input_.size(), "consumed: no more than there is");
  const std::size_t left = input_.size() - decoded.consumed;
  require(decoded.wanted == 0 || decoded.wanted > left, "wanted: more than there is");
  require(batch_.answers.size() == batch_.commands.size(), "answers: one a command");
  require(batch_.commands.empty() || decoded.owes_replies, "commands: none without a reply");
  require(!decoded.is_last || decoded.owes_replies, "the end comes with a reply");
  constexpr std::size_t kMostMoved = 16384;  // what a session has room for when the end of a request is not known
  require(decoded.wanted <= kMostMoved || decoded.wanted > left + 1, "wanted: exact when it is large");
  if (decoded.owes_replies) {
    Done done;
    world_.services().presence.execute(batch_.commands, batch_.answers, done);
    const std::size_t before = output_.size();
    codec_->render(batch_, BatchResult::kDone, output_);
    require(output_.size() > before, "what is owed is rendered");
    batches_.push_back(batch_.commands.size());
  }
  input_.erase(0, decoded.consumed);
  wanted_ = decoded.wanted;
  is_over_ = decoded.is_last;
  return !is_over_ && wanted_ == 0 && !input_.empty();
}

std::string CodecDriver::output() const {
  std::string text{protocol::as_text(output_)};
  blank(text, "Date: ", "\r");
  blank(text, "Content-Length: ", "\r");
  blank(text, "X-Request-Id: ", "\r");
  blank(text, "\"last_hb\":", ",");
  blank(text, "\"age_seconds\":", "}");
  blank(text, "\"next_cursor\":", "}");
  return text;
}

std::string CodecDriver::shape() const {
  std::string text = output();
  blank(text, "\"status\":", "}");
  blank(text, "\"user_ids\":[", "]");
  blank(text, "{\"online\":", "}");
  return text;
}

}  // namespace lastbeat::test
