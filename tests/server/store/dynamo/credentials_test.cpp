#include "dynamo/credentials.hpp"

#include <fstream>
#include <map>

#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace lastbeat::dynamo;
using Variables = std::map<std::string, std::string>;

namespace {

const std::string kFile = R"(# of the team
[default]
aws_access_key_id = AKIDEFAULT
aws_secret_access_key=se/cr=et+
[ other ]
; a comment
aws_access_key_id=AKIOTHER
aws_secret_access_key = other
aws_session_token = token==
[half]
aws_access_key_id = AKIHALF
)";

CredentialPlace find(const Variables& variables) {
  return find_credentials([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string{} : found->second;
  });
}

}  // namespace

TEST_CASE("a shared credentials file has keys of several profiles") {
  CHECK(parse_credentials_file(kFile, "default") == Credentials{.key_id = "AKIDEFAULT", .secret = "se/cr=et+"});
  CHECK(parse_credentials_file(kFile, "other") ==
        Credentials{.key_id = "AKIOTHER", .secret = "other", .session_token = "token=="});
  CHECK_FALSE(parse_credentials_file(kFile, "half"));
  CHECK_FALSE(parse_credentials_file(kFile, "missing"));
  CHECK_FALSE(parse_credentials_file("", "default"));
}

TEST_CASE("credentials are looked for where AWS' programs do, in their order") {
  const lastbeat::test::TempFolder folder{"credentials"};
  std::ofstream{folder.file("credentials")} << kFile;
  Variables variables{{"AWS_EC2_METADATA_DISABLED", "true"}, {"HOME", "/nonexistent"}};
  CHECK(std::holds_alternative<NoCredentials>(find(variables)));
  variables.erase("AWS_EC2_METADATA_DISABLED");
  CHECK(find(variables) == CredentialPlace{InstanceEndpoint{"http://169.254.169.254"}});
  variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/x";
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "pass";
  CHECK(find(variables) ==
        CredentialPlace{ContainerEndpoint{.url = "http://169.254.170.2/v2/credentials/x", .authorization = "pass"}});
  variables["AWS_SHARED_CREDENTIALS_FILE"] = folder.file("credentials");
  CHECK(std::get<Credentials>(find(variables)).key_id == "AKIDEFAULT");
  variables["AWS_PROFILE"] = "other";
  CHECK(std::get<Credentials>(find(variables)).key_id == "AKIOTHER");
  variables["AWS_ACCESS_KEY_ID"] = "AKIVARIABLE";
  CHECK(std::get<Credentials>(find(variables)).key_id == "AKIOTHER");  // without a secret it is nothing
  variables["AWS_SECRET_ACCESS_KEY"] = "secret";
  CHECK(std::get<Credentials>(find(variables)).key_id == "AKIVARIABLE");
}

TEST_CASE("keys are asked for in clear text only where nobody listens") {
  const auto asks = [](const std::string& url) {
    return std::holds_alternative<ContainerEndpoint>(
        find({{"HOME", "/nonexistent"}, {"AWS_CONTAINER_CREDENTIALS_FULL_URI", url}}));
  };
  CHECK(asks("http://127.0.0.1:8080/x"));
  CHECK(asks("http://[::1]:8080/x"));
  CHECK(asks("http://169.254.170.23/v1/credentials"));
  CHECK(asks("https://example.com/x"));
  CHECK_FALSE(asks("http://example.com/x"));
  CHECK_FALSE(asks("http://127.0.0.1.example.com/x"));
  CHECK_FALSE(asks("http://127.0.0.1:80@example.com/x"));
  CHECK_FALSE(asks("ftp://127.0.0.1/x"));
}

TEST_CASE("endpoints reply with keys, a token, and until when they are good") {
  const auto found = parse_credentials_reply(R"({"Code":"Success","AccessKeyId":"AKI","SecretAccessKey":"s",
    "Token":"t","Expiration":"2026-02-28T23:59:58Z"})");
  REQUIRE(found);
  CHECK(found->session_token == "t");
  CHECK(found->expires->time_since_epoch().count() == 1'772'323'198);
  CHECK_FALSE(parse_credentials_reply(R"({"Code":"AssumeRoleUnauthorizedAccess"})"));
  CHECK_FALSE(parse_credentials_reply("<html>"));
}
