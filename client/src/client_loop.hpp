// An asynchronous client on a thread of its own.
#pragma once

#include <asio.hpp>
#include <functional>
#include <optional>
#include <thread>

#include "lastbeat/async_client.hpp"

namespace lastbeat {

class ClientLoop {
 public:
  // Throws as AsyncClient does.
  explicit ClientLoop(ClientOptions client, AsyncOptions options = {})
      : client_{std::in_place, context_.get_executor(), std::move(client), options} {}
  ~ClientLoop() { stop(); }
  ClientLoop(const ClientLoop&) = delete;
  ClientLoop& operator=(const ClientLoop&) = delete;

  // Once. `after_failure` is called on the thread when want of memory has interrupted it. Throws std::system_error when
  // there is no thread.
  void start(std::function<void()> after_failure = {});
  // Calls that are on their way are cancelled, and the thread ends. For whoever has something on the context that must
  // go before it does.
  void stop();
  [[nodiscard]] AsyncClient& client() noexcept { return *client_; }

 private:
  void run(const std::function<void()>& after_failure) noexcept;

  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::optional<AsyncClient> client_;
  std::thread thread_;
};

}  // namespace lastbeat
