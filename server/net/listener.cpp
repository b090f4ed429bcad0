#include "net/listener.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace lastbeat {
namespace {

constexpr int kBacklog = 4096;
// When accepting fails there is usually no descriptor left: wait for connections to close instead of spinning.
constexpr std::chrono::milliseconds kRetryInterval{100};
// Connections taken before others get their turn.
constexpr int kMostAccepts = 64;

// True when the path is a socket that nobody listens on any more.
bool is_abandoned_socket(asio::io_context& context, const StreamEndpoint& endpoint, const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  asio::generic::stream_protocol::socket probe{context};
  std::error_code error;
  probe.connect(endpoint, error);
  return error == asio::error::connection_refused;
}

}  // namespace

Listener::Listener(asio::io_context& context, const StreamEndpoint& endpoint, Sink sink)
    : acceptor_{context.get_executor()}, retry_{context}, sink_{std::move(sink)} {
  const std::string name = to_string(endpoint);
  const bool is_unix = endpoint.protocol().family() == AF_UNIX;
  try {
    acceptor_.open(endpoint.protocol());
    if (is_unix) {
      const std::string path = name.substr(name.find(':') + 1);
      if (is_abandoned_socket(context, endpoint, path)) ::unlink(path.c_str());
      acceptor_.bind(endpoint);
      unix_path_ = path;
    } else {
      acceptor_.set_option(asio::socket_base::reuse_address{true});
      if (endpoint.protocol().family() == AF_INET6) acceptor_.set_option(asio::ip::v6_only{true});
      acceptor_.set_option(asio::ip::tcp::no_delay{true});  // accepted sockets inherit it
      acceptor_.bind(endpoint);
    }
    acceptor_.native_non_blocking(true);
    acceptor_.listen(kBacklog);
  } catch (const std::system_error& error) {
    throw std::system_error{error.code(), "cannot listen on " + name};
  }
}

Listener::~Listener() { stop(); }

void Listener::stop() noexcept {
  // While it is still listened to: whoever finds it abandoned may put a socket of its own there.
  if (!unix_path_.empty()) ::unlink(std::exchange(unix_path_, {}).c_str());
  std::error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
}

std::string Listener::address() const { return to_string(acceptor_.local_endpoint()); }

void Listener::wait() {
  acceptor_.async_wait(Acceptor::wait_read, [this](const std::error_code& error) {
    if (!error && acceptor_.is_open()) accept_waiting();  // else stopped
  });
}

void Listener::accept_waiting() {
  for (int i = 0; i < kMostAccepts; ++i) {
    const int accepted = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) {
      sink_.accept(Socket{accepted});
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno != ECONNABORTED && errno != EINTR) {  // those have gone again while they waited
      sink_.failed(std::error_code{errno, std::system_category()});
      return wait_later();
    }
  }
  wait();
}

void Listener::wait_later() {
  retry_.expires_after(kRetryInterval);
  retry_.async_wait([this](const std::error_code& error) {
    if (!error && acceptor_.is_open()) wait();
  });
}

}  // namespace lastbeat
