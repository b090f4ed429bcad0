#include "server/make_store.hpp"

#include <variant>

#include "store/coalescing_store.hpp"
#include "store/environment.hpp"
#include "store/memory_store.hpp"
#include "upstream/upstream_store.hpp"
#ifdef LASTBEAT_STORE_DYNAMO
#include "dynamo/dynamo_store.hpp"
#include "dynamo/table_maker.hpp"
#endif
#ifdef LASTBEAT_STORE_REDIS
#include "redis/redis_store.hpp"
#endif

namespace lastbeat {
namespace {

// What is written up to a window late must not make anyone offline before.
Rules longer(const Rules& rules, std::chrono::milliseconds window) {
  const auto seconds = static_cast<Second>(std::chrono::ceil<std::chrono::seconds>(window).count());
  return {.ttl = rules.ttl + seconds, .retain = rules.retain + seconds};
}

#ifdef LASTBEAT_STORE_DYNAMO
std::chrono::milliseconds unix_time() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
}
#endif

// An overload a store.
struct Maker {
  const Options& options;
  const Rules& rules;
  const Clock& clock;

  [[nodiscard]] auto server_time() const {
    return [&clock = clock] { return clock.server_time(read_boot_time()); };
  }

  [[nodiscard]] Coalescer::Config coalescer_config() const {
    return {.rules = rules, .window = options.coalesce, .most_users = options.max_users};
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
#ifdef LASTBEAT_STORE_DYNAMO
  std::unique_ptr<Store> operator()(const dynamo::Config& store) const {
    return std::make_unique<dynamo::DynamoStore>(store, rules,
                                                 dynamo::Clocks{.server_time = server_time(), .unix_time = unix_time},
                                                 clock.published(), process_environment);
  }
#else
  // The options do not choose it.
  std::unique_ptr<Store> operator()(const dynamo::Config& /*store*/) const { return nullptr; }
#endif
  std::unique_ptr<Store> operator()(const UpstreamOptions& store) const {
    return std::make_unique<UpstreamStore>(
        UpstreamStore::Config{.client = upstream_client(store), .coalescer = coalescer_config()}, server_time());
  }
};

}  // namespace

std::unique_ptr<Store> make_store(const Options& options, const Rules& rules, const Clock& clock) {
  const Maker maker{options, rules, clock};
  const bool coalesces_itself = std::holds_alternative<UpstreamOptions>(options.store);
  if (options.coalesce.count() == 0 || coalesces_itself) return std::visit(maker, options.store);
  auto store = std::visit(Maker{options, longer(rules, options.coalesce), clock}, options.store);
  return std::make_unique<CoalescingStore>(
      std::move(store), CoalescingStore::Config{.coalescer = maker.coalescer_config()}, maker.server_time());
}

#ifdef LASTBEAT_STORE_DYNAMO
void create_table(const Options& options) {
  dynamo::make_table(std::get<dynamo::Config>(options.store), process_environment);
}
#else
// The options do not ask for it.
void create_table(const Options& /*options*/) {}
#endif

}  // namespace lastbeat
