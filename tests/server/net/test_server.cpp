#include "server/net/test_server.hpp"

#include <sys/socket.h>

#include <sstream>
#include <stdexcept>
#include <thread>

#include "log/log.hpp"
#include "net/address.hpp"
#include "net/binary_codec.hpp"
#include "protocol/bytes.hpp"
#include "text/parse.hpp"

namespace lastbeat::test {

RawClient::RawClient(const std::string& address) {
  socket_.connect(resolve_listen_address(text::parse_endpoint(address)).endpoint);
  const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

void RawClient::send(std::span<const std::byte> bytes) {
  asio::write(socket_, asio::buffer(bytes.data(), bytes.size()));
}

void RawClient::shut_down_sending() { socket_.shutdown(asio::socket_base::shutdown_send); }

std::optional<OwnedFrame> RawClient::receive() {
  while (true) {
    const auto cut = protocol::cut_frame(received_, protocol::kLargestPayload);
    if (const auto* frame = std::get_if<protocol::Frame>(&cut)) {
      OwnedFrame owned{frame->header, {frame->payload.begin(), frame->payload.end()}};
      received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(frame->size_bytes()));
      return owned;
    }
    if (std::holds_alternative<protocol::ErrorCode>(cut)) throw std::runtime_error("the server sent no frame");
    if (receive_more()) continue;
    if (!received_.empty()) throw std::runtime_error("the connection ended within a frame");
    return std::nullopt;
  }
}

std::string RawClient::receive_text_until_closed() {
  while (receive_more()) {
  }
  return {reinterpret_cast<const char*>(received_.data()), received_.size()};
}

std::string RawClient::receive_some() {
  receive_more();
  const auto received = std::exchange(received_, {});
  return std::string{protocol::as_text(received)};
}

bool RawClient::has_input() { return socket_.available() != 0; }

bool RawClient::receive_more() {
  std::array<std::byte, 65536> piece{};
  // Not through Asio, which would wait for a blocking socket beyond its SO_RCVTIMEO.
  const ssize_t bytes = ::recv(socket_.native_handle(), piece.data(), piece.size(), 0);
  if (bytes < 0) throw std::system_error{errno, std::system_category(), "no answer"};
  received_.insert(received_.end(), piece.begin(), piece.begin() + bytes);
  return bytes != 0;
}

namespace {

NetConfig net_config(const TestServerConfig& config) {
  NetConfig net{.listeners = {},
                .threads = config.threads,
                .max_connections = config.max_connections,
                .limits = config.limits,
                .authority = config.authority,
                .metrics = config.metrics,
                .history_interval = config.history_interval,
                .turn_clock = config.turn_clock};
  for (const std::string& address : config.listen) {
    net.listeners.push_back({.endpoint = resolve_listen_address(text::parse_endpoint(address)).endpoint,
                             .protocol = binary_protocol(),
                             .secure = config.secure});
  }
  for (const auto& [address, protocol] : config.other_listeners) {
    net.listeners.push_back({resolve_listen_address(text::parse_endpoint(address)).endpoint, protocol, "http"});
  }
  return net;
}

// As in lastbeatd, the log is there before the threads that write to it: TSan does not see how spdlog makes it once.
void make_log() { log::set_level(log::Level::kInfo); }

}  // namespace

TestServer::TestServer(const TestServerConfig& config)
    : clock_{config.rules, config.doubt_at_start, read_boot_time()},
      memory_{{.rules = config.rules, .max_users = config.max_users}, clock_.published()},
      sweeper_{clock_, memory_},
      presence_{config.rules, config.life, clock_, memory_, sweeper_},
      net_{std::make_unique<NetServer>(net_config(config), presence_)} {
  make_log();
  net_->start();
}

TestServer::TestServer(const TestServerConfig& config, Store& store)
    : clock_{config.rules, config.doubt_at_start, read_boot_time()},
      memory_{{.rules = config.rules}, clock_.published()},
      sweeper_{clock_, memory_},
      presence_{config.rules, config.life, clock_, store, sweeper_},
      net_{std::make_unique<NetServer>(net_config(config), presence_)} {
  make_log();
  net_->start();
}

std::uint64_t TestServer::stat(const std::string& name) const {
  std::istringstream lines{net_->stats()};
  std::string found;
  for (std::uint64_t value = 0; lines >> found >> value;) {
    if (found == name) return value;
  }
  throw std::runtime_error("stats have no " + name);
}

bool TestServer::wait_for_turns(std::uint64_t expected) const {
  const auto deadline = std::chrono::steady_clock::now() + RawClient::kPatience;
  while (true) {
    std::uint64_t turns = 0;
    for (const LatencyReading& reading : report().latencies) turns += reading.counts.total();
    if (turns == expected) return true;
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
}

bool TestServer::wait_for_stat(const std::string& name, std::uint64_t expected) const {
  const auto deadline = std::chrono::steady_clock::now() + RawClient::kPatience;
  while (stat(name) != expected) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

}  // namespace lastbeat::test
