// The tokens and keys that count now. Reads the files anew when it is told to, without ever being without.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "auth/authority.hpp"
#include "auth/config.hpp"
#include "credentials/credential_set.hpp"
#include "credentials/refusal_log.hpp"

namespace lastbeat::auth {

// Threads: any.
class CredentialStore final : public Authority {
 public:
  // Reads the files. Throws as CredentialSet.
  explicit CredentialStore(Config config);

  [[nodiscard]] std::optional<Identity> judge(std::string_view token, UnixSecond now) const override;
  [[nodiscard]] std::optional<Identity> renew(const Identity& identity) const override;
  [[nodiscard]] Digest digest(std::string_view token) const override;
  void note_refusal(std::string_view what) const override;
  void reload() override;
  [[nodiscard]] std::string summary() const override;

 private:
  [[nodiscard]] std::shared_ptr<const CredentialSet> current() const;

  const Config config_;
  mutable std::mutex mutex_;
  std::shared_ptr<const CredentialSet> set_;  // under mutex_

  mutable std::mutex log_mutex_;
  mutable RefusalLog refusals_;  // under log_mutex_
};

}  // namespace lastbeat::auth
