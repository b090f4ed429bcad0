#include "server/store/dynamo/aws_server.hpp"

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

namespace lastbeat::test {

void AwsServer::kill() {
  process_->signal(SIGKILL);
  process_->wait();
}

void AwsServer::start() {
  constexpr int kMostTries = 50;
  const std::string script = LASTBEAT_SOURCE_DIR "/tests/server/store/dynamo/aws.mjs";
  for (int i = 1;; ++i) {
    process_ =
        std::make_unique<Process>("node", std::vector{script, port_, folder_.file("data"), std::string{kSecret}});
    try {
      const std::string said = process_->read_until(".\n");
      const std::string before = "listening on ";
      const std::size_t at = said.find(before);
      if (at == std::string::npos) throw std::runtime_error("it ended; it said: " + said);
      port_ = said.substr(at + before.size(), said.find('.', at) - at - before.size());
      return;
    } catch (const std::runtime_error&) {
      // Its port may be somebody's outgoing connection for a moment.
      if (i == kMostTries || process_->output().find("EADDRINUSE") == std::string::npos) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
  }
}

std::string AwsServer::ask(const std::string& path) const {
  return run("curl", {"--silent", "--noproxy", "*", endpoint() + path}).output;
}

std::string AwsServer::call(const std::string& operation, const std::string& body) const {
  return run("curl", {"--silent", "--noproxy", "*", "--aws-sigv4", "aws:amz:eu-west-1:dynamodb", "--user",
                      std::string{"key:"} + kSecret, "--header", "Content-Type: application/x-amz-json-1.0", "--header",
                      "X-Amz-Target: DynamoDB_20120810." + operation, "--data", body, endpoint() + "/"})
      .output;
}

}  // namespace lastbeat::test
