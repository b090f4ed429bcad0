// A real server inside the test process, on loopback, and a plain client that sends and receives bytes.
#pragma once

#include <asio.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/net_server.hpp"
#include "presence/clock.hpp"
#include "presence/service.hpp"
#include "presence/sweeper.hpp"
#include "protocol/frame.hpp"
#include "store/memory_store.hpp"

namespace lastbeat::test {

// A frame that owns its payload.
struct OwnedFrame {
  protocol::Header header;
  Buffer payload;
  friend bool operator==(const OwnedFrame&, const OwnedFrame&) = default;
};

// Blocks, but never for longer than kPatience: then the test fails instead of hanging.
class RawClient {
 public:
  static constexpr std::chrono::seconds kPatience{20};

  explicit RawClient(const std::string& address);
  void send(std::span<const std::byte> bytes);
  void send(const Buffer& bytes) { send(std::span{bytes}); }
  void shut_down_sending();
  // The next frame; nullopt when the server has closed the connection at a frame's end. Throws when it closed it within
  // a frame, or said nothing.
  std::optional<OwnedFrame> receive();
  // Everything until the server closes.
  std::string receive_text_until_closed();
  // What comes next, once; empty when the server has closed.
  std::string receive_some();
  // Whether something has arrived; does not wait.
  [[nodiscard]] bool has_input();

 private:
  // False when the connection ended.
  bool receive_more();

  asio::io_context context_;
  asio::generic::stream_protocol::socket socket_{context_};
  Buffer received_;
};

struct TestServerConfig {
  Rules rules{};
  bool doubt_at_start = false;
  std::uint64_t life = 0x1122334455667788;
  std::uint64_t max_users = 1'000'000;
  std::uint64_t max_connections = 1000;
  std::size_t threads = 2;
  SessionLimits limits{};
  std::vector<std::string> listen{"127.0.0.1:0"};                           // the binary protocol
  SecureLayerFactory secure{};                                              // of those
  std::vector<std::pair<std::string, ListenerProtocol>> other_listeners{};  // HTTP, behind those, in order
  const auth::Authority* authority = nullptr;                               // outlives the server
  std::function<std::string(const Report&)> metrics{};
  std::chrono::milliseconds history_interval{History::kInterval};
  Session::Now turn_clock = Session::Clock::now;
};

class TestServer {
 public:
  explicit TestServer(const TestServerConfig& config = {});
  // Serves from `store` instead of a memory store.
  TestServer(const TestServerConfig& config, Store& store);

  [[nodiscard]] std::string address(std::size_t i = 0) const { return net_->addresses().at(i); }
  [[nodiscard]] RawClient connect() const { return RawClient{address()}; }
  [[nodiscard]] Report report() const { return net_->report(); }
  // A value of the stats report.
  [[nodiscard]] std::uint64_t stat(const std::string& name) const;
  // Waits until the value is `expected`; false after RawClient::kPatience.
  [[nodiscard]] bool wait_for_stat(const std::string& name, std::uint64_t expected) const;
  // Waits until so many turns have been counted, of all protocols together; false after RawClient::kPatience.
  [[nodiscard]] bool wait_for_turns(std::uint64_t expected) const;
  void stop() { net_->stop(); }
  void drain() { net_->drain(); }
  void ask_loops(const std::function<void()>& all_answered) { net_->ask_loops(all_answered); }

 private:
  Clock clock_;
  MemoryStore memory_;
  Sweeper sweeper_;
  PresenceService presence_;
  std::unique_ptr<NetServer> net_;
};

}  // namespace lastbeat::test
