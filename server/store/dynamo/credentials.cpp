#include "dynamo/credentials.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

namespace lastbeat::dynamo {
namespace {

constexpr std::string_view kContainerHost = "http://169.254.170.2";
constexpr const char* kInstanceHost = "http://169.254.169.254";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// "2026-01-31T12:00:00Z"
std::optional<std::chrono::sys_seconds> parse_time(const std::string& text) {
  std::tm time{};
  std::istringstream stream{text};
  stream >> std::get_time(&time, "%Y-%m-%dT%H:%M:%S");
  if (stream.fail()) return std::nullopt;
  constexpr int kFirstYear = 1900;
  const std::chrono::sys_days day{std::chrono::year{time.tm_year + kFirstYear} /
                                  std::chrono::month{static_cast<unsigned>(time.tm_mon) + 1} /
                                  std::chrono::day{static_cast<unsigned>(time.tm_mday)}};
  return day + std::chrono::hours{time.tm_hour} + std::chrono::minutes{time.tm_min} + std::chrono::seconds{time.tm_sec};
}

std::string first_of(const Environment& environment, std::initializer_list<const char*> names, std::string otherwise) {
  for (const char* const name : names) {
    if (std::string value = environment(name); !value.empty()) return value;
  }
  return otherwise;
}

std::optional<Credentials> from_variables(const Environment& environment) {
  Credentials found{.key_id = environment("AWS_ACCESS_KEY_ID"),
                    .secret = environment("AWS_SECRET_ACCESS_KEY"),
                    .session_token = environment("AWS_SESSION_TOKEN")};
  if (found.key_id.empty() || found.secret.empty()) return std::nullopt;
  return found;
}

std::optional<Credentials> from_file(const Environment& environment) {
  const std::string path =
      first_of(environment, {"AWS_SHARED_CREDENTIALS_FILE"}, environment("HOME") + "/.aws/credentials");
  std::ifstream file{path};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  return parse_credentials_file(text, first_of(environment, {"AWS_PROFILE"}, "default"));
}

// Keys are handed out without encryption on this machine only, and at the addresses that ECS and EKS use.
bool may_be_asked(std::string_view url) {
  if (url.starts_with("https://")) return true;
  constexpr std::string_view kClear = "http://";
  if (!url.starts_with(kClear)) return false;
  url.remove_prefix(kClear.size());
  std::string_view host = url.substr(0, url.find_first_of("/?#"));
  if (host.find('@') != std::string_view::npos) return false;
  host = host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.find(':'));
  constexpr std::array<std::string_view, 6> kHosts{"127.0.0.1",     "localhost",      "[::1]",
                                                   "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
  return std::find(kHosts.begin(), kHosts.end(), host) != kHosts.end();
}

std::optional<CredentialPlace> from_container(const Environment& environment) {
  const std::string path = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  std::string url = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (path.empty() && url.empty()) return std::nullopt;
  if (!path.empty()) url = std::string{kContainerHost} + path;
  if (!may_be_asked(url)) {
    return NoCredentials{"AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https:// nor an address of this machine"};
  }
  return ContainerEndpoint{.url = std::move(url),
                           .authorization = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
                           .authorization_file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")};
}

}  // namespace

CredentialPlace find_credentials(const Environment& environment) {
  if (auto found = from_variables(environment)) return *std::move(found);
  if (auto found = from_file(environment)) return *std::move(found);
  if (auto found = from_container(environment)) return *std::move(found);
  if (environment("AWS_EC2_METADATA_DISABLED") == "true") {
    return NoCredentials{"there are neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY nor a shared credentials file"};
  }
  return InstanceEndpoint{first_of(environment, {"AWS_EC2_METADATA_SERVICE_ENDPOINT"}, kInstanceHost)};
}

std::optional<Credentials> parse_credentials_file(std::string_view text, std::string_view profile) {
  Credentials found;
  bool is_ours = false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.starts_with('#') || line.starts_with(';')) continue;
    if (line.starts_with('[')) {
      is_ours = trimmed(line.substr(1, line.find(']') - 1)) == profile;
      continue;
    }
    const std::size_t sign = line.find('=');
    if (!is_ours || sign == std::string_view::npos) continue;
    const std::string_view name = trimmed(line.substr(0, sign));
    const std::string value{trimmed(line.substr(sign + 1))};
    if (name == "aws_access_key_id") found.key_id = value;
    if (name == "aws_secret_access_key") found.secret = value;
    if (name == "aws_session_token") found.session_token = value;
  }
  if (found.key_id.empty() || found.secret.empty()) return std::nullopt;
  return found;
}

std::optional<Credentials> parse_credentials_reply(std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto text = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
  };
  Credentials found{.key_id = text("AccessKeyId"), .secret = text("SecretAccessKey"), .session_token = text("Token")};
  if (found.key_id.empty() || found.secret.empty()) return std::nullopt;
  if (const std::string expires = text("Expiration"); !expires.empty()) found.expires = parse_time(expires);
  return found;
}

}  // namespace lastbeat::dynamo
