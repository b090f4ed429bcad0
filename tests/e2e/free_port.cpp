#include "e2e/free_port.hpp"

#include <asio.hpp>

namespace lastbeat::test {

std::uint16_t free_port() {
  asio::io_context context;
  const asio::ip::tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
  return acceptor.local_endpoint().port();
}

}  // namespace lastbeat::test
