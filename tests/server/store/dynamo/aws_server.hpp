// DynamoDB's API on loopback, by dynalite, in a folder of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "e2e/process.hpp"
#include "support/temp_folder.hpp"

namespace lastbeat::test {

// Serves already. Throws when it does not start. aws.mjs says what it can do.
class AwsServer {
 public:
  AwsServer() { start(); }

  [[nodiscard]] std::string endpoint() const { return "http://127.0.0.1:" + port_; }
  // As --store takes it.
  [[nodiscard]] std::string url(const std::string& more = {}) const {
    return "dynamodb://" + std::string{kTable} + "?region=eu-west-1&endpoint=" + endpoint() + more;
  }
  void signal(int number) const { process_->signal(number); }
  // As by kill -9. What has been written stays.
  void kill();
  // At the same place.
  void start();

  // GET of one of the paths for tests.
  std::string ask(const std::string& path) const;
  // What DynamoDB says to an operation. As with the program `aws dynamodb`.
  std::string call(const std::string& operation, const std::string& body) const;
  [[nodiscard]] int calls(const std::string& operation) const { return std::stoi(ask("/calls?of=" + operation)); }

  static constexpr const char* kTable = "presence";
  static constexpr const char* kSecret = "do-not-show-me";  // of whatever key

 private:
  TempFolder folder_{"dynamo"};
  std::string port_ = "0";
  std::unique_ptr<Process> process_;
};

}  // namespace lastbeat::test
