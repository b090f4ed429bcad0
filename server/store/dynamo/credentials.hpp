// The keys that requests to AWS are signed with, and where AWS' own programs look for them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "store/environment.hpp"

namespace lastbeat::dynamo {

struct Credentials {
  std::string key_id;
  std::string secret;
  std::string session_token{};  // empty: these do not come with one
  std::optional<std::chrono::sys_seconds> expires{};
  friend bool operator==(const Credentials&, const Credentials&) = default;
};

// Ask there for short-lived ones: as Amazon ECS and EKS tell their containers,
struct ContainerEndpoint {
  std::string url;
  std::string authorization{};       // what to send along; empty: nothing
  std::string authorization_file{};  // or what stands in this file, which is renewed
  friend bool operator==(const ContainerEndpoint&, const ContainerEndpoint&) = default;
};
// or as every EC2 instance can (IMDSv2).
struct InstanceEndpoint {
  std::string url;
  friend bool operator==(const InstanceEndpoint&, const InstanceEndpoint&) = default;
};
struct NoCredentials {
  std::string why;
  friend bool operator==(const NoCredentials&, const NoCredentials&) = default;
};
using CredentialPlace = std::variant<NoCredentials, Credentials, ContainerEndpoint, InstanceEndpoint>;

// The first of: AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, the shared credentials file, a container's endpoint, the
// instance's. Reads that file.
[[nodiscard]] CredentialPlace find_credentials(const Environment& environment);

// What stands in a shared credentials file, "~/.aws/credentials"; nullopt: nothing complete of that profile.
[[nodiscard]] std::optional<Credentials> parse_credentials_file(std::string_view text, std::string_view profile);
// What the endpoints reply; nullopt: no credentials.
[[nodiscard]] std::optional<Credentials> parse_credentials_reply(std::string_view body);

}  // namespace lastbeat::dynamo
