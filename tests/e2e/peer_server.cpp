#include "e2e/peer_server.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "bench/question.hpp"
#include "e2e/free_port.hpp"

namespace lastbeat::test {
namespace {

using bench::Protocol;

std::vector<std::string> command_of(Protocol protocol, std::uint16_t port, const std::string& socket_path) {
  if (protocol == Protocol::kRedis) {
    return {"--port", std::to_string(port), "--bind", "127.0.0.1", "--unixsocket", socket_path, "--save", ""};
  }
  // -u matters to root only, as whom memcached does not run without being told to.
  return {"-l", "127.0.0.1", "-p", std::to_string(port), "-U", "0", "-u", "root"};
}

// Whether that very process answers on the port, and not another one that was quicker to take it.
bool answers(Protocol protocol, std::uint16_t port, pid_t process) {
  const bool is_redis = protocol == Protocol::kRedis;
  const auto answer = bench::ask(text::TcpEndpoint{"127.0.0.1", port}, is_redis ? "INFO server\r\n" : "stats\r\n",
                                 [&](std::string_view text) {
                                   return text.find(is_redis ? "executable:" : "END\r\n") != std::string_view::npos ||
                                          text.find("NOAUTH") != std::string_view::npos;
                                 });
  const std::string pid = (is_redis ? "process_id:" : "STAT pid ") + std::to_string(process) + "\r\n";
  return answer && (answer->text.find(pid) != std::string::npos || answer->text.find("NOAUTH") != std::string::npos);
}

}  // namespace

PeerServer::PeerServer(Protocol protocol, const std::vector<std::string>& arguments)
    : protocol_{protocol},
      socket_path_{(std::filesystem::temp_directory_path() / ("lastbeat-peer-" + std::to_string(::getpid()) + ".sock"))
                       .string()} {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  std::string said;
  while (std::chrono::steady_clock::now() < deadline) {
    // The port may be gone again before the server has it: it ends then, and the next one tries another.
    if (!process_ || !process_->is_running()) {
      if (process_) {
        process_->wait();
        said = process_->output();
      }
      port_ = free_port();
      auto command = command_of(protocol, port_, socket_path_);
      command.insert(command.end(), arguments.begin(), arguments.end());
      process_ = std::make_unique<Process>(protocol == Protocol::kRedis ? "redis-server" : "memcached", command);
    }
    if (answers(protocol, port_, process_->id())) return;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  process_.reset();
  throw std::runtime_error("the server does not start; it said: " + said);
}

PeerServer::~PeerServer() {
  process_.reset();
  std::error_code ignored;
  std::filesystem::remove(socket_path_, ignored);
}

}  // namespace lastbeat::test
