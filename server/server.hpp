// The daemon: builds the parts from the options and ties them together.
#pragma once

#include <functional>
#include <memory>

#include "auth/authority.hpp"
#include "net/encryption.hpp"
#include "net/net_server.hpp"
#include "presence/clock.hpp"
#include "presence/service.hpp"
#include "presence/sweeper.hpp"
#include "server/options.hpp"
#include "store/store.hpp"

namespace lastbeat {

class Server {
 public:
  // Binds every address; throws std::exception with a clear message when something cannot be had.
  explicit Server(const Options& options);

  // Serves until SIGTERM or SIGINT, then stops within NetServer::kGrace. Calls `reload` on this thread at every SIGHUP.
  void run_until_signal(const std::function<void()>& reload);
  // Reads tokens, keys and certificates anew; what cannot be used is logged, and changes nothing.
  void reload();

 private:
  void log_addresses() const;
  void log_ready() const;
  void drain();

  const Rules rules_;
  Clock clock_;
  const std::unique_ptr<Store> store_;
  Sweeper sweeper_;
  PresenceService presence_;
  const std::unique_ptr<auth::Authority> authority_;   // null: nobody has to sign in
  const std::unique_ptr<tls::Encryption> encryption_;  // null: everything is in clear text
  NetServer net_;
  const std::size_t binary_listeners_;
  const std::chrono::milliseconds drain_time_;
};

}  // namespace lastbeat
