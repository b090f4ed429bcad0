#include "server/redis_options.hpp"

#include <CLI/CLI.hpp>
#include <stdexcept>

#include "server/remote_options.hpp"

namespace lastbeat {
namespace {

std::string prefix(const std::string& text) {
  constexpr std::size_t kLongest = 64;
  if (text.size() > kLongest) {
    throw std::invalid_argument("--store-prefix is longer than is allowed: 64 bytes");
  }
  return text;
}

}  // namespace

void declare_redis_options(CLI::App& app, RawRedisOptions& raw) {
  app.add_option("--store-prefix", raw.prefix, "What keys in a Redis begin with; the decimal user id follows")
      ->type_name("TEXT")
      ->capture_default_str();
  app.add_option("--store-at-start", raw.at_start, "What to do when the store does not answer at the start")
      ->type_name("retry|exit")
      ->capture_default_str();
  app.add_option("--store-timeout", raw.timeout, "How long to wait for the store, 10ms to 10s; then it counts as away")
      ->type_name("DURATION")
      ->capture_default_str();
  app.add_option("--store-backlog", raw.backlog,
                 "Users of whom a heartbeat or leave is kept while the store is away; more are refused")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--store-tls-ca", raw.tls_ca,
                 "PEM file of the authorities that sign the store's certificate; without: those that the system trusts")
      ->type_name("FILE");
}

redis::Config check_redis_options(const std::string& url, const RawRedisOptions& raw) {
#ifndef LASTBEAT_STORE_REDIS
  throw std::invalid_argument("this lastbeatd was built without Redis; allowed: --store memory");
#endif
  redis::Config config;
  config.address = redis::parse_address(url);
  config.ca_file = raw.tls_ca;
  config.prefix = prefix(raw.prefix);
  config.timeout = store_timeout(raw.timeout);
  config.backlog = store_backlog(raw.backlog);
  config.must_answer_at_start = must_answer_at_start(raw.at_start);
  if (!raw.tls_ca.empty() && !config.address.is_encrypted) {
    throw std::invalid_argument("--store-tls-ca needs --store rediss://...");
  }
#ifndef LASTBEAT_TLS
  if (config.address.is_encrypted) {
    throw std::invalid_argument("this lastbeatd was built without TLS; allowed: --store redis://...");
  }
#endif
  return config;
}

}  // namespace lastbeat
