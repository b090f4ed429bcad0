#include "bench/connect.hpp"

#include <system_error>

namespace lastbeat::bench {
namespace {

constexpr std::chrono::seconds kConnectTimeout{5};

std::error_code connect(asio::io_context& context, Socket& socket, const Socket::endpoint_type& endpoint) {
  std::error_code result;
  socket.open(endpoint.protocol(), result);
  if (result) return result;
  socket.async_connect(endpoint, [&](const std::error_code& error) { result = error; });
  context.restart();
  context.run_for(kConnectTimeout);
  if (context.stopped()) return result;
  socket.close();
  context.run();  // the handler refers to this frame
  return asio::error::timed_out;
}

}  // namespace

std::vector<Socket::endpoint_type> resolve(const text::Endpoint& target) {
  if (const auto* unix_endpoint = std::get_if<text::UnixEndpoint>(&target)) {
    return {asio::local::stream_protocol::endpoint{unix_endpoint->path}};
  }
  const auto& tcp = std::get<text::TcpEndpoint>(target);
  asio::io_context context;
  std::vector<Socket::endpoint_type> endpoints;
  for (const auto& found : asio::ip::tcp::resolver{context}.resolve(tcp.host, std::to_string(tcp.port))) {
    endpoints.emplace_back(found.endpoint());
  }
  return endpoints;
}

Socket connect(asio::io_context& context, const std::vector<Socket::endpoint_type>& endpoints) {
  std::error_code error = asio::error::host_not_found;
  for (const auto& endpoint : endpoints) {
    Socket socket{context};
    error = connect(context, socket, endpoint);
    if (error) continue;
    std::error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay{true}, ignored);  // a unix socket has no such option
    return socket;
  }
  throw std::system_error{error};
}

}  // namespace lastbeat::bench
