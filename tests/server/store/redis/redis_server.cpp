#include "server/store/redis/redis_server.hpp"

#include <csignal>
#include <utility>

namespace lastbeat::test {

RedisServer::RedisServer(std::vector<std::string> arguments) : arguments_{std::move(arguments)} { start(); }

void RedisServer::kill() {
  process_->signal(SIGKILL);
  process_->wait();
}

void RedisServer::start() {
  std::vector<std::string> command{"--port", "0", "--unixsocket", socket_,
                                   "--save", "",  "--dir",        folder_.path().string()};
  command.insert(command.end(), arguments_.begin(), arguments_.end());
  process_ = std::make_unique<Process>("redis-server", command);
  process_->read_until("eady to accept connections");
}

std::string RedisServer::ask(const std::vector<std::string>& words) const {
  std::vector<std::string> command{"-s", socket_};
  command.insert(command.end(), words.begin(), words.end());
  std::string answer = run("redis-cli", command).output;
  while (answer.ends_with('\n')) answer.pop_back();
  return answer;
}

}  // namespace lastbeat::test
