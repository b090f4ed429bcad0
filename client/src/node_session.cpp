#include "node_session.hpp"

#include <cstring>

namespace lastbeat {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10U;

}  // namespace

void NodeSession::open(std::shared_ptr<const Route> route, const std::string& token) {
  route_ = std::move(route);
  stream_.async_open(*route_, [self = shared_from_this(), token](std::optional<Error> error) {
    if (self->is_closed_) return;
    if (error) return self->end(std::move(*error));
    self->greet(token);
  });
}

void NodeSession::greet(const std::string& token) {
  greeting_.emplace(greeting_tag_, token);
  out_ = greeting_->conversation().out();
  in_.resize(kReadBytes);
  send();
  read();
}

void NodeSession::close() noexcept {
  is_closed_ = true;
  stream_.close();
}

void NodeSession::end(Error error) {
  const auto owner = owner_.lock();
  if (is_closed_) return;
  close();
  if (owner) owner->on_end(std::move(error));
}

// --- sending ------------------------------------------------------------------------------------------------------

void NodeSession::send() {
  if (is_closed_ || is_sending_ || out_.empty()) return;
  is_sending_ = true;
  sending_.clear();
  sending_.swap(out_);
  stream_.async_write(asio::buffer(sending_), [self = shared_from_this()](const std::error_code& error, std::size_t) {
    // The server has closed, but its goodbye may still be there to be read: the read that is under way tells.
    if (self->is_closed_ || error) return;
    self->is_sending_ = false;
    if (const auto owner = self->owner_.lock(); owner && !self->greeting_) owner->on_sent();
    self->send();
  });
}

// --- receiving ----------------------------------------------------------------------------------------------------

void NodeSession::read() {
  if (in_size_ == in_.size()) in_.resize(2 * in_.size());
  stream_.async_read_some(
      asio::buffer(in_) + in_size_,
      [self = shared_from_this()](const std::error_code& error, std::size_t bytes) { self->on_read(error, bytes); });
}

void NodeSession::on_read(const std::error_code& error, std::size_t bytes) {
  const auto owner = owner_.lock();
  if (is_closed_ || !owner) return;
  in_size_ += bytes;
  deliver(*owner);
  if (is_closed_) return;
  if (error) {
    return end({.kind = ErrorKind::kClosed,
                .message = in_size_ == 0 ? stream_.why_ended(error, has_answered_)
                                         : "the server closed the connection within a reply"});
  }
  if (!greeting_) owner->on_replies_end();
  if (!is_closed_) read();
}

void NodeSession::deliver(NodeSessionOwner& owner) {
  const std::span all = std::span{in_}.first(in_size_);
  std::size_t delivered = 0;
  std::optional<Error> error;
  while (!is_closed_ && !error) {
    const auto cut = protocol::cut_frame(all.subspan(delivered), protocol::kLargestPayload);
    if (std::holds_alternative<protocol::NeedMore>(cut)) break;
    if (const auto* frame = std::get_if<protocol::Frame>(&cut)) {
      delivered += frame->size_bytes();
      has_answered_ = true;
      error = take(owner, *frame);
    } else {
      error = no_frame();
    }
  }
  if (error) return end(std::move(*error));
  in_size_ -= delivered;
  if (in_size_ != 0) std::memmove(in_.data(), in_.data() + delivered, in_size_);
}

std::optional<Error> NodeSession::take(NodeSessionOwner& owner, const protocol::Frame& frame) {
  if (frame.header.opcode < protocol::kFirstEvent) {
    return greeting_ ? take_greeting(owner, frame) : owner.on_reply(frame);
  }
  if (frame.header.opcode == static_cast<std::uint8_t>(protocol::Event::kGoodbye)) return server_error(frame.payload);
  return std::nullopt;  // events are about quiet requests, which nobody has sent, or of a later server
}

std::optional<Error> NodeSession::take_greeting(NodeSessionOwner& owner, const protocol::Frame& frame) {
  Conversation& conversation = greeting_->conversation();
  if (auto error = conversation.take(frame)) return error;
  if (!conversation.is_done()) return std::nullopt;
  if (auto refusal = greeting_->refusal()) return refusal;
  const ServerInfo server = greeting_->server();
  greeting_.reset();
  owner.on_ready(server);
  return std::nullopt;
}

}  // namespace lastbeat
