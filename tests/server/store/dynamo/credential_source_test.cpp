#include "dynamo/credential_source.hpp"

#include <map>

#include "server/store/dynamo/aws_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::dynamo;
using namespace std::chrono_literals;
using test::AwsServer;
using Variables = std::map<std::string, std::string>;

namespace {

// A source with a clock that the test turns; it waits for what it asked for.
class Subject {
 public:
  explicit Subject(Variables variables)
      : variables_{std::move(variables)},
        source_{http_,
                [this](const char* name) {
                  const auto found = variables_.find(name);
                  return found == variables_.end() ? std::string{} : found->second;
                },
                [this] {
                  return std::chrono::floor<std::chrono::milliseconds>(
                             std::chrono::system_clock::now().time_since_epoch()) +
                         later;
                },
                10s} {}

  // The id of the key; empty: there is none.
  std::string key() {
    std::string id;
    source_.get([&](const Credentials* found) { id = found == nullptr ? "" : found->key_id; });
    context_.restart();
    context_.run();
    return id;
  }
  CredentialSource& source() { return source_; }

  std::chrono::milliseconds later{0};

 private:
  Variables variables_;
  asio::io_context context_{1};
  HttpClient http_{context_, 1};
  CredentialSource source_;
};

}  // namespace

TEST_CASE("an instance's credentials are fetched, and fetched again before they expire") {
  const AwsServer aws;
  Subject subject{{{"HOME", "/nonexistent"}, {"AWS_EC2_METADATA_SERVICE_ENDPOINT", aws.endpoint()}}};
  CHECK(subject.key() == "KEY1");
  CHECK(subject.key() == "KEY1");
  subject.later = 56min;
  CHECK(subject.key() == "KEY1");  // good still; the next ones are on their way
  CHECK(subject.key() == "KEY2");
  subject.later = 30h;
  CHECK(subject.key().empty());  // what it gets has expired by this clock
  subject.later = 0s;
  subject.source().reject();
  CHECK(subject.key() == "KEY4");
}

TEST_CASE("a container's credentials are fetched with its token") {
  const AwsServer aws;
  Variables variables{{"HOME", "/nonexistent"},
                      {"AWS_CONTAINER_CREDENTIALS_FULL_URI", aws.endpoint() + "/container"},
                      {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "pass"}};
  CHECK(Subject{variables}.key() == "KEY1");
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "another";
  Subject refused{variables};
  CHECK(refused.key().empty());
  CHECK(refused.source().why().find("403") != std::string::npos);
}

TEST_CASE("who has no credentials is told so") {
  Subject nobody{{{"HOME", "/nonexistent"}, {"AWS_EC2_METADATA_DISABLED", "true"}}};
  CHECK(nobody.key().empty());
  CHECK(nobody.source().why().find("AWS_ACCESS_KEY_ID") != std::string::npos);
}
