#include "server/store_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "text/option.hpp"
#include "text/parse.hpp"

namespace lastbeat {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortestCoalesce{100};
constexpr milliseconds kUsualCoalesceOfSidecar{1000};

}  // namespace

void declare_store_options(CLI::App& app, RawStoreOptions& raw) {
  app.add_option("--store", raw.store,
                 "Where presence is kept: memory, or a Redis that several servers share: "
                 "redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], rediss://..., redis://unix:PATH[?db=DB], or a cluster: "
                 "redis-cluster://[[USER]:PASSWORD@]HOST[:PORT],...; "
                 "or a table of DynamoDB: dynamodb://TABLE?region=R[&endpoint=URL]")
      ->type_name("STORE")
      ->capture_default_str();
  app.add_option("--coalesce", raw.coalesce,
                 "Write a user's heartbeats once in this long to a store outside, or upstream; 100ms to half of --ttl")
      ->type_name("DURATION")
      ->default_str("upstream 1s; else each is written");
  declare_remote_options(app, raw.remote);
  declare_upstream_options(app, raw.upstream);
}

StoreOptions check_store_options(const RawStoreOptions& raw) {
  const bool is_outside = raw.store != "memory";
  auto upstream = check_upstream_options(raw.upstream);
  if (upstream && is_outside) {
    throw std::invalid_argument("--store and --upstream both say where presence is kept; allowed: one of them");
  }
  if (is_dynamo(raw.store)) return check_dynamo_options(raw.store, raw.remote);
  if (is_redis(raw.store)) return check_redis_options(raw.store, raw.remote);
  if (is_outside) {
    // A password comes behind the colon.
    throw std::invalid_argument("'" + raw.store.substr(0, raw.store.find(':')) +
                                "' is no kind of --store; allowed: memory, redis://..., rediss://..., "
                                "redis-cluster://..., dynamodb://...");
  }
  if (raw.remote != RawRemoteOptions{}) {
    throw std::invalid_argument(
        "--store-prefix, --store-at-start, --store-timeout, --store-backlog and --store-tls-ca need --store "
        "redis://... or dynamodb://...");
  }
  if (upstream) return *std::move(upstream);
  return InMemory{};
}

milliseconds check_coalesce_option(const std::string& raw, const StoreOptions& store, std::chrono::seconds ttl) {
  const milliseconds longest = milliseconds{ttl} / 2;
  if (raw.empty()) {
    const bool is_sidecar = std::holds_alternative<UpstreamOptions>(store);
    return is_sidecar ? std::min(kUsualCoalesceOfSidecar, longest) : milliseconds{0};
  }
  if (std::holds_alternative<InMemory>(store)) {
    throw std::invalid_argument("--coalesce needs a --store outside this server, or --upstream");
  }
  const milliseconds window = text::of_option("--coalesce", raw, text::parse_duration);
  if (window < kShortestCoalesce || window > longest) {
    throw std::invalid_argument("'" + raw + "' is no value for --coalesce; allowed: 100ms to half of --ttl, " +
                                std::to_string(longest.count()) + "ms");
  }
  return window;
}

}  // namespace lastbeat
