#include "bench/link.hpp"

#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include "greeting.hpp"
#include "protocol/frame.hpp"
#include "stream.hpp"

namespace lastbeat::bench {
namespace {

constexpr std::chrono::seconds kPatience{5};

// False when it is not over in time; its handlers are gone then.
bool run(asio::io_context& context, Link& link, const bool& is_over) {
  context.restart();
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!is_over && context.run_one_until(deadline) != 0) {
  }
  if (is_over) return true;
  link.close();
  context.restart();
  context.run();
  return false;
}

// Says hello and shows the token, as the client does.
class SignIn {
 public:
  SignIn(Link& link, const std::string& token) : link_{link}, greeting_{first_tag_, token} {}

  void start() {
    link_.async_write(asio::buffer(greeting_.conversation().out()), [](const std::error_code&, std::size_t) {});
    read();
  }
  [[nodiscard]] const bool& is_over() const noexcept { return is_over_; }
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }

 private:
  void read() {
    link_.async_read_some(asio::buffer(piece_), [this](const std::error_code& failed, std::size_t bytes) {
      in_.insert(in_.end(), piece_.begin(), piece_.begin() + static_cast<std::ptrdiff_t>(bytes));
      take();
      if (greeting_.conversation().is_done()) error_ = greeting_.refusal();
      if (failed && !error_) error_ = Error{.kind = ErrorKind::kClosed, .message = "the server closed the connection"};
      is_over_ = error_ || greeting_.conversation().is_done();
      if (!is_over_) read();
    });
  }
  void take() {
    std::size_t taken = 0;
    while (!error_ && !greeting_.conversation().is_done()) {
      const auto cut = protocol::cut_frame(std::span{in_}.subspan(taken), protocol::kLargestPayload);
      if (std::holds_alternative<protocol::NeedMore>(cut)) break;
      const auto* const frame = std::get_if<protocol::Frame>(&cut);
      if (frame == nullptr) {
        error_ = no_frame();
        break;
      }
      taken += frame->size_bytes();
      if (frame->header.opcode < protocol::kFirstEvent) {
        error_ = greeting_.conversation().take(*frame);
      } else if (protocol::Event{frame->header.opcode} == protocol::Event::kGoodbye) {
        error_ = server_error(frame->payload);
      }
    }
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(taken));
  }

  Link& link_;
  std::uint16_t first_tag_ = 0;
  Greeting greeting_;
  std::array<std::byte, 4096> piece_{};
  Buffer in_;
  bool is_over_ = false;
  std::optional<Error> error_;
};

std::unique_ptr<Link> open_encrypted(asio::io_context& context, const Route& route) {
  auto opened = std::make_unique<Stream>(context.get_executor());
  Stream& stream = *opened;
  auto link = std::make_unique<Link>(context.get_executor(), std::move(opened));
  bool is_over = false;
  std::optional<Error> error;
  stream.async_open(route, [&](std::optional<Error> failed) {
    is_over = true;
    error = std::move(failed);
  });
  if (!run(context, *link, is_over)) throw std::runtime_error("no TLS with the server: no answer in time");
  if (error) throw std::runtime_error(error->message);
  return link;
}

}  // namespace

Link::Link(Socket socket) : socket_{std::move(socket)} {}
Link::Link(const asio::any_io_executor& executor, std::unique_ptr<Stream> encrypted)
    : socket_{executor}, stream_{std::move(encrypted)} {}
Link::~Link() = default;

void Link::async_write(asio::const_buffer bytes, Moved done) {
  if (stream_) return stream_->async_write(bytes, std::move(done));
  asio::async_write(socket_, bytes, std::move(done));
}

void Link::async_read_some(asio::mutable_buffer into, Moved done) {
  if (stream_) return stream_->async_read_some(into, std::move(done));
  socket_.async_read_some(into, std::move(done));
}

bool Link::is_open() const noexcept { return stream_ ? stream_->is_open() : socket_.is_open(); }

void Link::close() noexcept {
  if (stream_) return stream_->close();
  std::error_code ignored;
  socket_.close(ignored);
}

std::unique_ptr<Link> open_link(asio::io_context& context, const std::vector<Socket::endpoint_type>& endpoints,
                                const Route& route, const std::string& token) {
  auto link =
      route.secure() != nullptr ? open_encrypted(context, route) : std::make_unique<Link>(connect(context, endpoints));
  if (token.empty()) return link;
  SignIn sign_in{*link, token};
  sign_in.start();
  if (!run(context, *link, sign_in.is_over())) throw std::runtime_error("the server did not answer in time");
  if (sign_in.error()) throw std::runtime_error(sign_in.error()->message);
  return link;
}

}  // namespace lastbeat::bench
