#include "redis/connection.hpp"

#include <algorithm>
#include <utility>

namespace lastbeat::redis {
namespace {

namespace resp = protocol::resp;

constexpr std::size_t kReadBytes = std::size_t{64} << 10U;
// Longer than any reply to what is sent here.
constexpr resp::Limits kLimits{.line_bytes = 4096, .bulk_bytes = std::size_t{8} << 20U};

}  // namespace

Connection::Connection(const asio::any_io_executor& executor, std::shared_ptr<const Route> route,
                       ConnectionOwner& owner)
    : route_{std::move(route)}, owner_{&owner}, stream_{executor}, in_(kReadBytes) {}

void Connection::open() {
  stream_.async_open(*route_, [self = shared_from_this()](const std::optional<Error>& error) {
    if (self->owner_ == nullptr) return;
    if (error) return self->end(error->message);
    self->owner_->on_open();
    if (self->owner_ != nullptr) self->read();
  });
}

void Connection::flush() {
  if (is_sending_ || out_.empty() || owner_ == nullptr) return;
  is_sending_ = true;
  std::swap(out_, sending_);
  stream_.async_write(asio::buffer(sending_),
                      [self = shared_from_this()](const std::error_code& error, std::size_t /*bytes*/) {
                        self->is_sending_ = false;
                        self->sending_.clear();
                        if (self->owner_ == nullptr) return;
                        if (error) return self->end("cannot send: " + error.message());
                        self->flush();
                      });
}

void Connection::close() noexcept {
  owner_ = nullptr;
  stream_.close();
}

void Connection::end(const std::string& reason) {
  ConnectionOwner* const owner = owner_;
  close();
  owner->on_end(reason);
}

void Connection::read() {
  if (end_ == in_.size()) {
    if (begin_ != 0) {
      std::copy(in_.begin() + static_cast<std::ptrdiff_t>(begin_), in_.end(), in_.begin());
      end_ -= std::exchange(begin_, 0);
    } else {
      in_.resize(2 * in_.size());  // one element is larger; kLimits bounds that
    }
  }
  stream_.async_read_some(asio::buffer(in_.data() + end_, in_.size() - end_),
                          [self = shared_from_this()](const std::error_code& error, std::size_t bytes) {
                            if (self->owner_ == nullptr) return;
                            if (error == asio::error::eof) return self->end("it closed the connection");
                            if (error) return self->end("cannot receive: " + error.message());
                            self->on_bytes(bytes);
                          });
}

void Connection::on_bytes(std::size_t bytes) {
  end_ += bytes;
  if (hand_out()) read();
}

bool Connection::hand_out() {
  while (owner_ != nullptr) {
    const auto cut = resp::cut_element({in_.data() + begin_, end_ - begin_}, kLimits);
    if (std::holds_alternative<resp::NeedMore>(cut)) break;
    if (std::holds_alternative<resp::Malformed>(cut)) {
      end("what it sent is no reply of RESP2");
      return false;
    }
    const auto& element = std::get<resp::Element>(cut);
    begin_ += element.size_bytes;
    owner_->on_element(element);
  }
  if (begin_ == end_) begin_ = end_ = 0;
  return owner_ != nullptr;
}

}  // namespace lastbeat::redis
