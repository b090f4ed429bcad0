#include "server/store_options.hpp"

#include <CLI/CLI.hpp>
#include <stdexcept>
#include <utility>

namespace lastbeat {

void declare_store_options(CLI::App& app, RawStoreOptions& raw) {
  app.add_option("--store", raw.store,
                 "Where presence is kept: memory, or a Redis that several servers share: "
                 "redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], rediss://..., redis://unix:PATH[?db=DB]")
      ->type_name("STORE")
      ->capture_default_str();
  declare_redis_options(app, raw.redis);
  declare_upstream_options(app, raw.upstream);
}

StoreOptions check_store_options(const RawStoreOptions& raw, std::chrono::seconds ttl) {
  const bool is_outside = raw.store != "memory";
  auto upstream = check_upstream_options(raw.upstream, ttl);
  if (upstream && is_outside) {
    throw std::invalid_argument("--store and --upstream both say where presence is kept; allowed: one of them");
  }
  if (is_outside) return check_redis_options(raw.store, raw.redis);
  if (raw.redis != RawRedisOptions{}) {
    throw std::invalid_argument(
        "--store-prefix, --store-at-start, --store-timeout, --store-backlog and --store-tls-ca need --store "
        "redis://...");
  }
  if (upstream) return *std::move(upstream);
  return InMemory{};
}

}  // namespace lastbeat
