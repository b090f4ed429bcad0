#include "server/redis_options.hpp"

#include <stdexcept>

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

bool is_redis(const std::string& url) {
  return url.starts_with("redis://") || url.starts_with("rediss://") || url.starts_with("redis-cluster://");
}

redis::Config check_redis_options(const std::string& url, const RawRemoteOptions& raw) {
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
