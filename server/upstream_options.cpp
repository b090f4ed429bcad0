#include "server/upstream_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <asio.hpp>
#include <cstring>
#include <stdexcept>

#include "net/net_server.hpp"
#include "text/option.hpp"
#include "text/parse.hpp"
#include "text/token_file.hpp"

namespace lastbeat {
namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all.append(all.empty() ? "" : ",").append(text);
  return all;
}

bool is_same(const asio::ip::tcp::endpoint& node, const StreamEndpoint& listening) {
  asio::ip::tcp::endpoint own;
  std::memcpy(own.data(), listening.data(), std::min(listening.size(), own.capacity()));
  if (own.port() != node.port() || own.port() == 0) return false;
  return own.address() == node.address() || (own.address().is_unspecified() && node.address().is_loopback());
}

// Of a node whose address is a name nothing is known: names are looked up later, and again and again.
bool is_own(const std::string& node, const StreamEndpoint& listening) {
  const text::Endpoint endpoint = text::parse_endpoint(node);
  const bool is_unix = listening.protocol().family() == AF_UNIX;
  if (const auto* tcp = std::get_if<text::TcpEndpoint>(&endpoint)) {
    std::error_code is_name;
    const auto address = asio::ip::make_address(tcp->host == "localhost" ? "127.0.0.1" : tcp->host, is_name);
    return !is_name && !is_unix && is_same({address, tcp->port}, listening);
  }
  return is_unix && to_string(listening) == node;
}

int replicas(const std::string& text, std::size_t nodes) {
  if (text.empty()) return 1;
  const auto replicas = static_cast<int>(text::parse_number(text, "--replicas", 1, 2));
  if (nodes == 1 && replicas == 2) throw std::invalid_argument("--replicas 2 needs two nodes or more in --upstream");
  return replicas;
}

const UpstreamAccess& check(const UpstreamAccess& raw) {
  const bool has_tls_files = !(raw.ca_file + raw.tls_name + raw.cert_file + raw.key_file).empty();
  if (has_tls_files && !raw.is_encrypted) {
    throw std::invalid_argument(
        "--upstream-ca, --upstream-tls-name, --upstream-cert and --upstream-key need --upstream-tls");
  }
  if (raw.cert_file.empty() != raw.key_file.empty()) {
    throw std::invalid_argument("--upstream-cert and --upstream-key need each other");
  }
#ifndef LASTBEAT_TLS
  if (raw.is_encrypted) throw std::invalid_argument("this lastbeatd was built without TLS; allowed: no --upstream-tls");
#endif
  return raw;
}

// A call upstream must end before a stop gives up waiting for it.
constexpr std::chrono::seconds kUpstreamTimeout{2};
static_assert(kUpstreamTimeout < NetServer::kGrace);

}  // namespace

void declare_upstream_options(CLI::App& app, RawUpstreamOptions& raw) {
  app.add_option("--upstream", raw.nodes,
                 "Be a sidecar of this lastbeatd, or of these, which users are spread over: HOST:PORT or unix:PATH, or "
                 "NAME=ADDRESS*WEIGHT; commas between them")
      ->type_name("NODE,...")
      ->take_all();
  app.add_option("--replicas", raw.replicas, "On how many nodes each user is kept")->type_name("1|2")->default_str("1");
  app.add_option("--upstream-token-file", raw.access.token_file, "A file that holds the token to sign in with upstream")
      ->type_name("FILE");
  app.add_flag("--upstream-tls", raw.access.is_encrypted,
               "Encrypt the way upstream; the certificates there must be good");
  app.add_option("--upstream-ca", raw.access.ca_file, "PEM file of who signed them; without: whom the system trusts")
      ->type_name("FILE");
  app.add_option("--upstream-tls-name", raw.access.tls_name, "Whom they must name; without: the HOST of each node")
      ->type_name("NAME");
  app.add_option("--upstream-cert", raw.access.cert_file,
                 "PEM file of a certificate to show upstream, if one is asked for")
      ->type_name("FILE");
  app.add_option("--upstream-key", raw.access.key_file, "PEM file of its private key")->type_name("FILE");
}

std::optional<UpstreamOptions> check_upstream_options(const RawUpstreamOptions& raw) {
  if (raw.nodes.empty()) {
    if (!raw.replicas.empty() || raw.access != UpstreamAccess{}) {
      throw std::invalid_argument("--replicas and --upstream-... need --upstream");
    }
    return std::nullopt;
  }
  UpstreamOptions options{.nodes = joined(raw.nodes), .access = check(raw.access)};
  options.replicas = replicas(raw.replicas, text::of_option("--upstream", options.nodes, parse_nodes).size());
  return options;
}

void refuse_own_addresses(const UpstreamOptions& options, std::span<const StreamEndpoint> listening) {
  for (const ClientNode& node : parse_nodes(options.nodes)) {
    const auto is_this_server = [&](const StreamEndpoint& address) { return is_own(node.server, address); };
    if (std::none_of(listening.begin(), listening.end(), is_this_server)) continue;
    throw std::invalid_argument("--upstream " + node.server +
                                " is an address of this server itself; allowed: other servers");
  }
}

ClientOptions upstream_client(const UpstreamOptions& options) {
  const UpstreamAccess& access = options.access;
  return {.connect_timeout = kUpstreamTimeout / 2,
          .request_timeout = kUpstreamTimeout,
          .longest_backoff = std::chrono::seconds{1},
          .token = access.token_file.empty() ? "" : text::read_token_file("--upstream-token-file", access.token_file),
          .tls = {.enabled = access.is_encrypted,
                  .ca_file = access.ca_file,
                  .server_name = access.tls_name,
                  .cert_file = access.cert_file,
                  .key_file = access.key_file},
          .nodes = parse_nodes(options.nodes),
          .replicas = options.replicas};
}

}  // namespace lastbeat
