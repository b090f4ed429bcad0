#include "server/make_store.hpp"

#include <variant>

#include "store/memory_store.hpp"
#include "upstream/upstream_store.hpp"
#ifdef LASTBEAT_STORE_REDIS
#include "redis/redis_store.hpp"
#endif

namespace lastbeat {
namespace {

// An overload a store.
struct Maker {
  const Options& options;
  const Rules& rules;
  const Clock& clock;

  [[nodiscard]] auto server_time() const {
    return [&clock = clock] { return clock.server_time(read_boot_time()); };
  }

  std::unique_ptr<Store> operator()(const InMemory& /*store*/) const {
    return std::make_unique<MemoryStore>(TableConfig{.rules = rules, .max_users = options.max_users},
                                         clock.published());
  }
#ifdef LASTBEAT_STORE_REDIS
  std::unique_ptr<Store> operator()(const redis::Config& store) const {
    return std::make_unique<redis::RedisStore>(store, rules, server_time(), clock.published());
  }
#else
  // The options do not choose it.
  std::unique_ptr<Store> operator()(const redis::Config& /*store*/) const { return nullptr; }
#endif
  std::unique_ptr<Store> operator()(const UpstreamOptions& store) const {
    const Coalescer::Config coalescer{.rules = rules, .window = store.coalesce, .most_users = options.max_users};
    return std::make_unique<UpstreamStore>(
        UpstreamStore::Config{.client = upstream_client(store), .coalescer = coalescer}, server_time());
  }
};

}  // namespace

std::unique_ptr<Store> make_store(const Options& options, const Rules& rules, const Clock& clock) {
  return std::visit(Maker{options, rules, clock}, options.store);
}

}  // namespace lastbeat
