// The asynchronous client with futures: any thread may call, the connection is served by another.
#include <asio.hpp>
#include <iostream>
#include <thread>

#include "lastbeat/async_client.hpp"

int main(int argc, char** argv) {
  asio::io_context context;
  lastbeat::AsyncClient client{context.get_executor(), {.server = argc > 1 ? argv[1] : "127.0.0.1:7230"}};
  std::thread loop{[&context, work = asio::make_work_guard(context)] { context.run(); }};

  auto sent = client.heartbeat({lastbeat::UserId{42}, lastbeat::UserId{43}}, asio::use_future);
  auto count = client.count(asio::use_future);
  if (const auto result = sent.get(); !result) std::cerr << result.error().message << '\n';
  if (const auto result = count.get()) std::cout << result.value().online << " online\n";

  context.stop();
  loop.join();
}
