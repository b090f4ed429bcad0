#include "client/scripted_server.hpp"

#include <sys/socket.h>

#include <array>
#include <memory>

namespace lastbeat::test {

protocol::HelloReply hello_answer(std::uint32_t max_ids) {
  return {.version = 1,
          .max_payload_bytes = 1U << 20U,
          .max_ids = max_ids,
          .ttl_s = 30,
          .interval_ms = 10'000,
          .doubt_left_s = 7,
          .life = 99};
}

Peer::Received Peer::receive() {
  while (true) {
    const auto cut = protocol::cut_frame(received_, protocol::kLargestPayload);
    if (const auto* frame = std::get_if<protocol::Frame>(&cut)) {
      Received received{frame->header, {frame->payload.begin(), frame->payload.end()}};
      received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(frame->size_bytes()));
      return received;
    }
    std::array<std::byte, 65536> piece{};
    const std::size_t bytes = socket_.read_some(asio::buffer(piece));
    received_.insert(received_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(bytes));
  }
}

void Peer::greet(std::uint32_t max_ids) {
  const Received hello = receive();
  Buffer reply;
  protocol::append_hello_reply(reply, hello.header.tag, hello_answer(max_ids));
  send(reply);
}

void Peer::wait_for_end() {
  std::array<std::byte, 4096> piece{};
  std::error_code error;
  while (!error) socket_.read_some(asio::buffer(piece), error);
}

ScriptedServer::ScriptedServer(std::vector<Script> scripts) : scripts_{std::move(scripts)} {
  const auto loopback = asio::ip::tcp::endpoint{asio::ip::address_v4::loopback(), 0};
  auto acceptor = std::make_unique<asio::ip::tcp::acceptor>(context_, loopback);
  address_ = "127.0.0.1:" + std::to_string(acceptor->local_endpoint().port());
  listening_ = acceptor->native_handle();
  thread_ = std::thread{[this, acceptor = std::move(acceptor)] { serve(*acceptor); }};
}

ScriptedServer::ScriptedServer(std::vector<Script> scripts, const std::string& path) : scripts_{std::move(scripts)} {
  auto acceptor =
      std::make_unique<asio::local::stream_protocol::acceptor>(context_, asio::local::stream_protocol::endpoint{path});
  address_ = "unix:" + path;
  listening_ = acceptor->native_handle();
  thread_ = std::thread{[this, acceptor = std::move(acceptor)] { serve(*acceptor); }};
}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listening_, SHUT_RDWR);  // wakes a thread that still waits for a connection
  thread_.join();
}

template <class Acceptor>
void ScriptedServer::serve(Acceptor& acceptor) {
  for (const Script& script : scripts_) {
    try {
      Peer peer{acceptor.accept()};
      script(peer);
    } catch (const std::system_error&) {  // the client has gone, or never came: the test looks at what it says
    }
  }
}

}  // namespace lastbeat::test
