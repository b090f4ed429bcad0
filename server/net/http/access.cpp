#include "http/access.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "http/text.hpp"

namespace lastbeat::http {
namespace {

struct HostAndPort {
  std::string_view host;  // with its brackets
  std::string_view port;  // with its colon
};

HostAndPort split_port(std::string_view authority) noexcept {
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == std::string_view::npos) return {authority, {}};
  const std::size_t colon = std::min(authority.find(':', bracket), authority.size());
  return {authority.substr(0, colon), authority.substr(colon)};
}

bool is_ip_address(std::string_view host) noexcept {
  int family = AF_INET;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    family = AF_INET6;
  }
  std::array<char, INET6_ADDRSTRLEN + 1> text{};
  std::array<unsigned char, sizeof(in6_addr)> address{};
  if (host.size() >= text.size()) return false;
  std::copy(host.begin(), host.end(), text.begin());
  return ::inet_pton(family, text.data(), address.data()) == 1;
}

bool is_host_char(char c) noexcept {
  constexpr std::string_view kOthers = "-._~%!$&'()*+,;=";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kOthers.find(c) != std::string_view::npos;
}

}  // namespace

bool is_well_formed_host(std::string_view host) noexcept {
  const auto [name, port] = split_port(host);
  if (!port.empty() && port.find_first_not_of("0123456789", 1) != std::string_view::npos) return false;
  if (name.starts_with('[')) return is_ip_address(name);
  return std::all_of(name.begin(), name.end(), is_host_char) && (!name.empty() || port.empty());
}

bool is_our_host(std::string_view host, const Settings& settings) noexcept {
  if (!settings.checks_host) return true;
  const std::string_view name = split_port(host).host;
  if (name == "127.0.0.1" || equals_ignoring_case(name, "localhost") || is_ip_address(name)) return true;
  return std::any_of(settings.hosts.begin(), settings.hosts.end(),
                     [&](const std::string& ours) { return equals_ignoring_case(name, ours); });
}

bool is_same_origin(std::string_view origin, std::string_view host) noexcept {
  const std::size_t scheme = origin.find("://");
  return scheme != std::string_view::npos && equals_ignoring_case(origin.substr(scheme + 3), host);
}

std::string_view allowed_origin(std::string_view origin, const Settings& settings) noexcept {
  for (const std::string& allowed : settings.cors_origins) {
    if (allowed == "*" || allowed == origin) return allowed;
  }
  return {};
}

}  // namespace lastbeat::http
