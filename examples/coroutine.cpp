// The asynchronous client with coroutines.
#include <asio.hpp>
#include <iostream>
#include <vector>

#include "lastbeat/async_client.hpp"

static asio::awaitable<void> greet(std::string server) {
  const auto executor = co_await asio::this_coro::executor;
  lastbeat::AsyncClient client{executor, {.server = std::move(server)}};
  const std::vector users{lastbeat::UserId{42}};
  const auto sent = co_await client.heartbeat(users, asio::use_awaitable);
  if (!sent) {
    std::cerr << sent.error().message << '\n';
    co_return;
  }
  const auto status = co_await client.status_detailed(users, asio::use_awaitable);
  if (status && status.value()[0].presence == lastbeat::Presence::kOnline) std::cout << "online\n";
}

int main(int argc, char** argv) {
  asio::io_context context;
  asio::co_spawn(context, greet(argc > 1 ? argv[1] : "127.0.0.1:7230"), asio::detached);
  context.run();
}
