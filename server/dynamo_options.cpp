#include "server/dynamo_options.hpp"

#include <stdexcept>

namespace lastbeat {

bool is_dynamo(const std::string& url) { return url.starts_with("dynamodb://"); }

dynamo::Config check_dynamo_options(const std::string& url, const RawRemoteOptions& raw) {
#ifndef LASTBEAT_STORE_DYNAMO
  throw std::invalid_argument("this lastbeatd was built without DynamoDB; allowed: --store memory");
#endif
  if (raw.prefix != RawRemoteOptions{}.prefix) {
    throw std::invalid_argument("--store-prefix needs --store redis://...; with DynamoDB use a table of its own");
  }
  dynamo::Config config;
  config.address = dynamo::parse_address(url, process_environment);
  config.ca_file = raw.tls_ca;
  config.timeout = store_timeout(raw.timeout);
  config.backlog = store_backlog(raw.backlog);
  config.must_answer_at_start = must_answer_at_start(raw.at_start);
  if (!raw.tls_ca.empty() && !config.address.endpoint.starts_with("https://")) {
    throw std::invalid_argument("--store-tls-ca needs an endpoint that is https://");
  }
  return config;
}

}  // namespace lastbeat
