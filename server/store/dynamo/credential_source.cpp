#include "dynamo/credential_source.hpp"

#include <fstream>
#include <iterator>
#include <utility>

namespace lastbeat::dynamo {
namespace {

// AWS has new ones ready five minutes before the old ones expire.
constexpr std::chrono::minutes kRenewal{5};
constexpr std::chrono::seconds kLeast{10};  // what is not good for longer is as good as expired
constexpr std::chrono::seconds kBetweenRenewals{10};
constexpr const char* kTokenSeconds = "X-aws-ec2-metadata-token-ttl-seconds: 60";

std::string read_file(const std::string& path) {
  std::ifstream file{path};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

// What could make another header of it is not sent.
bool is_one_line(const std::string& text) { return text.find_first_of("\r\n") == std::string::npos; }

}  // namespace

CredentialSource::CredentialSource(HttpClient& http, Environment environment, UnixClock clock,
                                   std::chrono::milliseconds timeout)
    : http_{http}, environment_{std::move(environment)}, clock_{std::move(clock)}, timeout_{timeout} {}

void CredentialSource::get(Taker taker) {
  if (current_ && !expire_within(kLeast)) {
    taker(&*current_);
    if (expire_within(kRenewal) && !is_finding_ && clock_() >= next_renewal_) find();
    return;
  }
  takers_.push_back(std::move(taker));
  if (!is_finding_) find();
}

bool CredentialSource::expire_within(std::chrono::seconds time) const {
  return current_->expires && current_->expires->time_since_epoch() < clock_() + time;
}

void CredentialSource::find() {
  is_finding_ = true;
  const CredentialPlace place = find_credentials(environment_);
  if (const auto* found = std::get_if<Credentials>(&place)) return settle(*found, {});
  if (const auto* container = std::get_if<ContainerEndpoint>(&place)) return ask_container(*container);
  if (const auto* instance = std::get_if<InstanceEndpoint>(&place)) return ask_instance(*instance);
  settle(std::nullopt, "no credentials: " + std::get<NoCredentials>(place).why);
}

void CredentialSource::ask_container(const ContainerEndpoint& endpoint) {
  HttpRequest request{.url = endpoint.url};
  const std::string authorization =
      endpoint.authorization_file.empty() ? endpoint.authorization : read_file(endpoint.authorization_file);
  if (!is_one_line(authorization)) return settle(std::nullopt, "no credentials: the container's token is not one line");
  if (!authorization.empty()) request.headers.push_back("Authorization: " + authorization);
  ask(std::move(request), "the container's endpoint", [this](const std::string& body) { take(body); });
}

void CredentialSource::ask_instance(const InstanceEndpoint& endpoint) {
  HttpRequest request{.method = "PUT", .url = endpoint.url + "/latest/api/token", .headers = {kTokenSeconds}};
  ask(std::move(request), "the instance's endpoint, which was tried last", [this, endpoint](const std::string& token) {
    if (!is_one_line(token)) return settle(std::nullopt, "no credentials: the instance's token is not one line");
    ask_for_role(endpoint.url + "/latest/meta-data/iam/security-credentials/", "X-aws-ec2-metadata-token: " + token);
  });
}

void CredentialSource::ask_for_role(const std::string& url, const std::string& token) {
  HttpRequest request{.url = url, .headers = {token}};
  ask(std::move(request), "the instance's endpoint, for its role", [this, url, token](const std::string& roles) {
    HttpRequest last{.url = url + roles.substr(0, roles.find('\n')), .headers = {token}};
    ask(std::move(last), "the instance's endpoint, for its role's keys",
        [this](const std::string& body) { take(body); });
  });
}

void CredentialSource::ask(HttpRequest request, const char* what, std::function<void(const std::string& body)> then) {
  request.timeout = timeout_;
  request.uses_proxy = false;
  http_.send(std::move(request), [this, what, then = std::move(then)](const HttpReply& reply) {
    if (reply.status == HttpReply::kOk) return then(reply.body);
    const std::string said = reply.status == 0 ? reply.error : "status " + std::to_string(reply.status);
    settle(std::nullopt, std::string{"no credentials from "} + what + ": " + said);
  });
}

void CredentialSource::take(const std::string& body) {
  auto found = parse_credentials_reply(body);
  std::string why = found ? "" : "no credentials: there are none in the endpoint's reply";
  settle(std::move(found), std::move(why));
}

void CredentialSource::settle(std::optional<Credentials> found, std::string why) {
  is_finding_ = false;
  why_ = std::move(why);
  next_renewal_ = clock_() + kBetweenRenewals;
  // What there was serves on until it expires.
  if (found) current_ = std::move(found);
  const bool is_good = current_ && !expire_within(std::chrono::seconds{0});
  for (const Taker& taker : std::exchange(takers_, {})) taker(is_good ? &*current_ : nullptr);
}

}  // namespace lastbeat::dynamo
