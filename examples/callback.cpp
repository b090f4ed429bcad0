// The asynchronous client with callbacks: many calls in flight on one connection.
#include <asio.hpp>
#include <iostream>

#include "lastbeat/async_client.hpp"

int main(int argc, char** argv) {
  asio::io_context context;
  lastbeat::AsyncClient client{context.get_executor(), {.server = argc > 1 ? argv[1] : "127.0.0.1:7230"}};

  client.heartbeat({lastbeat::UserId{42}}, [](const lastbeat::Result<lastbeat::WriteResult>& sent) {
    std::cout << (sent ? "sent" : sent.error().message) << '\n';
  });
  // Executed after the heartbeat, without waiting for its reply.
  client.status({lastbeat::UserId{42}}, [&](const lastbeat::Result<std::vector<lastbeat::Presence>>& status) {
    const bool is_online = status && status.value()[0] == lastbeat::Presence::kOnline;
    std::cout << (is_online ? "online" : "offline") << '\n';
    client.cancel();  // closes the connection, which lets run() return
  });
  context.run();
}
