// Credentials that are good now: found, fetched, and fetched again before they expire.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dynamo/credentials.hpp"
#include "dynamo/http_client.hpp"

namespace lastbeat::dynamo {

// Threads: that of the HTTP client, which outlives what is under way here. Never logs what it holds.
class CredentialSource {
 public:
  // Null when there are none; why() tells.
  using Taker = std::function<void(const Credentials* credentials)>;
  using UnixClock = std::function<std::chrono::milliseconds()>;

  CredentialSource(HttpClient& http, Environment environment, UnixClock clock, std::chrono::milliseconds timeout);

  // Tells `taker` within this call when they are at hand, else later. Some minutes before they expire it fetches
  // others.
  void get(Taker taker);
  // AWS does not take the present ones any more: the next get() looks for others.
  void reject() noexcept { current_.reset(); }
  [[nodiscard]] const std::string& why() const noexcept { return why_; }

 private:
  void find();
  void ask_container(const ContainerEndpoint& endpoint);
  void ask_instance(const InstanceEndpoint& endpoint);
  void ask_for_role(const std::string& url, const std::string& token);
  void ask(HttpRequest request, const char* what, std::function<void(const std::string& body)> then);
  void take(const std::string& body);
  void settle(std::optional<Credentials> found, std::string why);
  [[nodiscard]] bool expire_within(std::chrono::seconds time) const;

  HttpClient& http_;
  const Environment environment_;
  const UnixClock clock_;
  const std::chrono::milliseconds timeout_;
  std::optional<Credentials> current_;
  std::string why_;
  std::chrono::milliseconds next_renewal_{0};  // not before
  bool is_finding_ = false;
  std::vector<Taker> takers_;
};

}  // namespace lastbeat::dynamo
