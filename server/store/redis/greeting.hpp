// What is said first on every connection, and what has to come back before anything else is.
#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "protocol/resp.hpp"
#include "store/redis_config.hpp"

namespace lastbeat::redis {

void append_command(Buffer& out, std::initializer_list<std::string_view> words);
// AUTH. Requires that there is a password.
void append_auth(Buffer& out, const Address& address);

// What a server tells of itself.
struct ServerFacts {
  std::string version;
  std::string run_id;  // another one after every start
  std::chrono::seconds uptime{0};
};

// Threads: one. AUTH, SELECT, SCRIPT LOAD, INFO, in one go.
class Greeting {
 public:
  explicit Greeting(const Config& config) : config_{&config} {}

  void append(Buffer& out);
  // The next reply. True when that was the last one, and all are good. `reason()` is not empty when the server cannot
  // be used: for people.
  [[nodiscard]] bool take(const protocol::resp::Element& element);
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

  [[nodiscard]] const std::string& script_hash() const noexcept { return script_hash_; }
  [[nodiscard]] const ServerFacts& facts() const noexcept { return facts_; }

 private:
  enum class Step : std::uint8_t { kAuth, kSelect, kScript, kInfo, kDone };
  void read_info(std::string_view info);

  const Config* config_;
  Step step_ = Step::kAuth;
  std::string script_hash_;
  ServerFacts facts_;
  std::string reason_;
};

}  // namespace lastbeat::redis
