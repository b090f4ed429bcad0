// What lastbeatd tells systemd, heard on the socket that systemd would listen on.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <asio.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "e2e/process.hpp"
#include "support/catch.hpp"

using lastbeat::test::Daemon;

namespace {

using namespace std::chrono_literals;

// The environment of processes that are started meanwhile; the test has no other thread.
class EnvironmentVariable {
 public:
  EnvironmentVariable(const char* name, const std::string& value) : name_{name} {
    ::setenv(name_, value.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  }
  ~EnvironmentVariable() { ::unsetenv(name_); }  // NOLINT(concurrency-mt-unsafe)
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;

 private:
  const char* name_;
};

// Listens from its construction on; processes that are started meanwhile are told where.
class ServiceManager {
 public:
  ServiceManager() {
    timeval patience{.tv_sec = 60, .tv_usec = 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~ServiceManager() { std::filesystem::remove(path_); }
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  // The next message; throws std::system_error when none comes for a minute.
  std::string hear() {
    std::array<char, 1024> message{};
    const std::size_t bytes = socket_.receive(asio::buffer(message));
    return {message.data(), bytes};
  }
  [[nodiscard]] bool has_heard() const { return socket_.available() > 0; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / ("notify." + std::to_string(::getpid()));
  asio::io_context context_;
  asio::local::datagram_protocol::socket socket_{context_, asio::local::datagram_protocol::endpoint{path_}};
  EnvironmentVariable address_{"NOTIFY_SOCKET", path_};
};

}  // namespace

TEST_CASE("a service manager is told when the server serves, reloads and stops") {
  ServiceManager manager;
  Daemon daemon{{"--drain-time", "2s"}};
  CHECK(manager.hear() == "READY=1");
  daemon.process().signal(SIGHUP);
  CHECK(manager.hear().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  CHECK(manager.hear() == "READY=1");
  daemon.process().signal(SIGTERM);
  CHECK(manager.hear() == "STOPPING=1\nEXTEND_TIMEOUT_USEC=8000000");
  daemon.process().signal(SIGTERM);  // cuts the drain time short
  CHECK(daemon.process().wait() == 0);
  CHECK_FALSE(manager.has_heard());
}

TEST_CASE("a service manager that watches is shown signs of life") {
  ServiceManager manager;
  const EnvironmentVariable period{"WATCHDOG_USEC", "100000"};
  Daemon daemon{{"--threads", "3"}};
  CHECK(manager.hear() == "READY=1");
  for (int i = 0; i < 5; ++i) CHECK(manager.hear() == "WATCHDOG=1");
  daemon.process().signal(SIGTERM);
  CHECK(daemon.process().wait() == 0);
}
