#include "credentials/credential_store.hpp"

#include <utility>

#include "credentials/sha256.hpp"
#include "log/log.hpp"

namespace lastbeat::auth {
namespace {

std::shared_ptr<const CredentialSet> read(const Config& config) {
  auto set = std::make_shared<const CredentialSet>(config);
  for (const std::string& warning : set->warnings()) log::warn(warning);
  return set;
}

}  // namespace

CredentialStore::CredentialStore(Config config) : config_{std::move(config)}, set_{read(config_)} {}

void CredentialStore::reload() {
  auto set = read(config_);
  {
    const std::lock_guard lock{mutex_};
    set_.swap(set);
  }
  begin_generation();  // after the set is there: whoever sees the number finds the set
}

std::string CredentialStore::summary() const {
  const auto set = current();
  return std::to_string(set->tokens()) + " service tokens, " + std::to_string(set->keys()) + " keys of users' tokens";
}

std::optional<Identity> CredentialStore::judge(std::string_view token, UnixSecond now) const {
  auto judged = current()->judge(token, now);
  if (auto* identity = std::get_if<Identity>(&judged)) return *identity;
  note_refusal(std::string{"a token: "}.append(describe(std::get<TokenFault>(judged))));
  return std::nullopt;
}

std::optional<Identity> CredentialStore::renew(const Identity& identity) const { return current()->renew(identity); }

Digest CredentialStore::digest(std::string_view token) const { return sha256(token); }

void CredentialStore::note_refusal(std::string_view what) const {
  std::optional<std::uint64_t> others;
  {
    const std::lock_guard lock{log_mutex_};
    others = refusals_.note(what, std::chrono::steady_clock::now());
  }
  if (!others) return;
  log::warn("refused " + std::string{what} + " (and " + std::to_string(*others) + " more since this was last said)",
            {{"what", what}, {"others", *others}});
}

std::shared_ptr<const CredentialSet> CredentialStore::current() const {
  const std::lock_guard lock{mutex_};
  return set_;
}

}  // namespace lastbeat::auth
