// The daemon: builds the parts from the options and ties them together.
#pragma once

#include <memory>

#include "auth/authority.hpp"
#include "net/net_server.hpp"
#include "presence/clock.hpp"
#include "presence/service.hpp"
#include "presence/sweeper.hpp"
#include "server/options.hpp"
#include "store/memory_store.hpp"

namespace lastbeat {

class Server {
 public:
  // Binds every address; throws std::exception with a clear message when something cannot be had.
  explicit Server(const Options& options);

  // Serves until SIGTERM or SIGINT, then stops within NetServer::kGrace. SIGHUP has tokens and keys read anew.
  void run_until_signal();

 private:
  void log_addresses() const;
  void reload();
  void drain();

  const Rules rules_;
  Clock clock_;
  MemoryStore store_;
  Sweeper sweeper_;
  PresenceService presence_;
  const std::unique_ptr<auth::Authority> authority_;  // null: nobody has to sign in
  NetServer net_;
  const std::size_t binary_listeners_;
  const std::chrono::milliseconds drain_time_;
};

}  // namespace lastbeat
