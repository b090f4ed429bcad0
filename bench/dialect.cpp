#include "bench/dialect.hpp"

namespace lastbeat::bench {

std::unique_ptr<Dialect> make_dialect(Protocol protocol, const Workload& workload, std::size_t pipeline) {
  switch (protocol) {
    case Protocol::kRedis:
      return make_redis_dialect(workload, pipeline);
    case Protocol::kMemcache:
      return make_memcache_dialect(workload, pipeline);
    case Protocol::kEcho:
      return make_echo_dialect();
    case Protocol::kLastbeat:
      break;
  }
  return make_lastbeat_dialect(workload);
}

}  // namespace lastbeat::bench
