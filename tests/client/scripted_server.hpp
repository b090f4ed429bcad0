// A server that does what a test tells it, right or wrong: one function a connection.
#pragma once

#include <asio.hpp>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "protocol/frame.hpp"
#include "protocol/reply.hpp"
#include "protocol/types.hpp"

namespace lastbeat::test {

// What a well-behaved server answers to hello.
[[nodiscard]] protocol::HelloReply hello_answer(std::uint32_t max_ids);

// The server's end of one connection. Throws std::system_error when the client has gone.
class Peer {
 public:
  explicit Peer(asio::generic::stream_protocol::socket socket) : socket_{std::move(socket)} {}
  // The next request.
  struct Received {
    protocol::Header header;
    Buffer payload;
  };
  Received receive();
  void send(const Buffer& bytes) { asio::write(socket_, asio::buffer(bytes)); }
  // Answers hello as a well-behaved server does.
  void greet(std::uint32_t max_ids = 65536);
  // Returns once the client has closed.
  void wait_for_end();

 private:
  asio::generic::stream_protocol::socket socket_;
  Buffer received_;
};

class ScriptedServer {
 public:
  // Runs on the server's thread: no assertions in there, Catch2 takes them from one thread only.
  using Script = std::function<void(Peer&)>;
  // Connection i runs scripts[i], and ends with it.
  explicit ScriptedServer(std::vector<Script> scripts);
  // On a unix socket.
  ScriptedServer(std::vector<Script> scripts, const std::string& path);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  template <class Acceptor>
  void serve(Acceptor& acceptor);

  std::vector<Script> scripts_;
  asio::io_context context_;
  std::string address_;
  int listening_ = -1;
  std::thread thread_;
};

}  // namespace lastbeat::test
