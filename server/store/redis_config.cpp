#include "store/redis_config.hpp"

#include <charconv>
#include <stdexcept>
#include <utility>

#include "text/parse.hpp"

namespace lastbeat::redis {
namespace {

constexpr unsigned kMostDatabases = 1U << 20U;
constexpr std::string_view kPort = ":6379";

// Does not quote the text: there may be a password in it.
[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("the address of --store " + what +
                              "; allowed: redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], rediss:// for TLS, "
                              "redis://unix:PATH[?db=DATABASE], or redis-cluster://[[USER]:PASSWORD@]HOST[:PORT],...");
}

std::string decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2) refuse("has a % without two digits");
    decoded += static_cast<char>(byte);
    i += 2;
  }
  return decoded;
}

// Cuts at the first `mark`: before it, and behind it, which is empty without one.
std::pair<std::string_view, std::string_view> cut(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + mark.size())};
}

unsigned database(std::string_view text) {
  const auto number = text::read_whole_number(text);
  if (!number || *number >= kMostDatabases) refuse("names no database: a number of at most 1048575");
  return static_cast<unsigned>(*number);
}

std::string with_port(std::string_view host) {
  const std::size_t bracket = host.rfind(']');
  const std::size_t from = bracket == std::string_view::npos ? 0 : bracket;
  std::string server{host};
  if (host.find(':', from) == std::string_view::npos) server += kPort;
  return server;
}

// What stands behind the first colon is not quoted: where an @ was forgotten it is a password.
void check_server(const std::string& server) {
  try {
    static_cast<void>(text::parse_endpoint(server));
  } catch (const std::invalid_argument&) {
    refuse("names no server: '" + server.substr(0, server.find(':')) + "' with what follows");
  }
}

std::vector<std::string> cluster_servers(std::string_view text) {
  if (text.find('/') != std::string_view::npos) refuse("asks a cluster for a database, of which it has but one");
  std::vector<std::string> servers;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view server = text.substr(0, comma);
    if (server.starts_with("unix:")) refuse("asks for a cluster over a unix socket");
    servers.push_back(with_port(server));
    check_server(servers.back());
    if (comma == std::string_view::npos) return servers;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

Address parse_address(std::string_view text) {
  constexpr std::string_view kClear = "redis://";
  constexpr std::string_view kEncrypted = "rediss://";
  constexpr std::string_view kCluster = "redis-cluster://";
  Address address;
  address.is_encrypted = text.starts_with(kEncrypted);
  const bool is_cluster = text.starts_with(kCluster);
  if (!address.is_encrypted && !is_cluster && !text.starts_with(kClear)) {
    refuse("begins with none of redis://, rediss:// and redis-cluster://");
  }
  text.remove_prefix(text.find("://") + 3);
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    const auto [user, password] = cut(text.substr(0, at), ":");
    address.user = decode(user);
    address.password = decode(password);
    if (address.password.empty()) refuse("has no password before its @");
    text.remove_prefix(at + 1);
  }
  if (is_cluster) {
    address.cluster = cluster_servers(text);
    address.server = address.cluster.front();
    return address;
  }
  const bool is_unix = text.starts_with("unix:");
  if (is_unix && address.is_encrypted) refuse("asks for TLS over a unix socket");
  const auto [server, selected] = cut(text, is_unix ? "?db=" : "/");
  if (!selected.empty()) address.database = database(selected);
  address.server = is_unix ? std::string{server} : with_port(server);
  check_server(address.server);
  return address;
}

}  // namespace lastbeat::redis
