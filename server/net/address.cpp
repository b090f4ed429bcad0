#include "net/address.hpp"

#include <cstring>
#include <stdexcept>

namespace lastbeat {

ListenAddress resolve_listen_address(const text::Endpoint& endpoint) {
  if (const auto* unix_endpoint = std::get_if<text::UnixEndpoint>(&endpoint)) {
    return {.endpoint = asio::local::stream_protocol::endpoint{unix_endpoint->path}, .is_local = true};
  }
  const auto& tcp = std::get<text::TcpEndpoint>(endpoint);
  std::error_code error;
  const auto address = asio::ip::make_address(tcp.host == "localhost" ? "127.0.0.1" : tcp.host, error);
  if (error) {
    throw std::invalid_argument("'" + tcp.host +
                                "' is no address to listen on; allowed: an IPv4 or IPv6 address, localhost");
  }
  return {.endpoint = asio::ip::tcp::endpoint{address, tcp.port}, .is_local = address.is_loopback()};
}

namespace {

asio::ip::tcp::endpoint as_tcp(const StreamEndpoint& endpoint) {
  asio::ip::tcp::endpoint tcp;
  std::memcpy(tcp.data(), endpoint.data(), std::min(endpoint.size(), tcp.capacity()));
  return tcp;
}

}  // namespace

bool is_loopback(const StreamEndpoint& endpoint) {
  return endpoint.protocol().family() != AF_UNIX && as_tcp(endpoint).address().is_loopback();
}

std::string to_string(const StreamEndpoint& endpoint) {
  if (endpoint.protocol().family() == AF_UNIX) {
    asio::local::stream_protocol::endpoint local;
    std::memcpy(local.data(), endpoint.data(), endpoint.size());
    local.resize(endpoint.size());  // after the copy: it looks for an ending zero
    return text::to_string(text::UnixEndpoint{local.path()});
  }
  const asio::ip::tcp::endpoint tcp = as_tcp(endpoint);
  return text::to_string(text::TcpEndpoint{tcp.address().to_string(), tcp.port()});
}

}  // namespace lastbeat
