// An authority that a test tells what to accept.
#pragma once

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "auth/authority.hpp"

namespace lastbeat::test {

// Threads: any.
class FakeAuthority final : public auth::Authority {
 public:
  FakeAuthority() = default;
  FakeAuthority(std::initializer_list<std::pair<const char*, auth::Identity>> accepted) {
    for (const auto& [token, identity] : accepted) accept(token, identity);
  }

  // From now on, also for connections that have shown it already.
  void accept(const std::string& token, auth::Identity identity) {
    const std::lock_guard lock{mutex_};
    identity.proof = digest(token);
    accepted_[token] = identity;
    begin_generation();
  }
  void forget(const std::string& token) {
    const std::lock_guard lock{mutex_};
    accepted_.erase(token);
    begin_generation();
  }
  [[nodiscard]] int judged() const {
    const std::lock_guard lock{mutex_};
    return judged_;
  }

  [[nodiscard]] std::optional<auth::Identity> judge(std::string_view token, auth::UnixSecond now) const override {
    const std::lock_guard lock{mutex_};
    ++judged_;
    const auto found = accepted_.find(std::string{token});
    if (found == accepted_.end() || now >= found->second.not_after) return std::nullopt;
    return found->second;
  }
  [[nodiscard]] std::optional<auth::Identity> renew(const auth::Identity& identity) const override {
    const std::lock_guard lock{mutex_};
    for (const auto& [token, accepted] : accepted_) {
      if (accepted.proof == identity.proof) return accepted;
    }
    return std::nullopt;
  }
  // The front of the token itself: short ones only, and no two alike.
  [[nodiscard]] auth::Digest digest(std::string_view token) const override {
    auth::Digest digest{};
    std::memcpy(digest.data(), token.data(), std::min(token.size(), digest.size()));
    return digest;
  }
  void note_refusal(std::string_view /*what*/) const override {}
  void reload() override {}
  [[nodiscard]] std::string summary() const override { return "a test's tokens"; }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, auth::Identity> accepted_;
  mutable int judged_ = 0;
};

[[nodiscard]] inline auth::Identity service(std::initializer_list<auth::Scope> scopes) {
  auth::Identity identity;
  for (const auth::Scope scope : scopes) identity.scopes |= static_cast<auth::Scopes>(scope);
  return identity;
}

[[nodiscard]] inline auth::Identity user(std::uint64_t id) {
  auth::Identity identity;
  identity.user = UserId{id};
  return identity;
}

}  // namespace lastbeat::test
