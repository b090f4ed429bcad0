// The least that an HTTP server on Asio can do, to measure others against: one thread, one read and one write a
// request, the same bytes for whatever is asked. It does not even look for where a request ends: one read is taken for
// one request, which holds for clients that wait for each reply.
//
// Arguments: the port of 127.0.0.1, 0 for a free one, and a file that holds the reply, head and body.
#include <array>
#include <asio.hpp>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

namespace {

using asio::ip::tcp;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, const std::string& reply) : socket_{std::move(socket)}, reply_{reply} {}

  void read() {
    socket_.async_read_some(asio::buffer(bytes_), [self = shared_from_this()](const std::error_code& error, auto) {
      if (!error) self->write();
    });
  }

 private:
  void write() {
    asio::async_write(socket_, asio::buffer(reply_), [self = shared_from_this()](const std::error_code& error, auto) {
      if (!error) self->read();
    });
  }

  tcp::socket socket_;
  const std::string& reply_;
  std::array<char, 16384> bytes_{};
};

void accept(tcp::acceptor& acceptor, const std::string& reply) {
  acceptor.async_accept([&](const std::error_code& error, tcp::socket socket) {
    if (!error) {
      socket.set_option(tcp::no_delay{true});
      std::make_shared<Connection>(std::move(socket), reply)->read();
    }
    accept(acceptor, reply);
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: lastbeat-http-floor PORT REPLY-FILE\n";
    return 2;
  }
  try {
    std::ifstream file{argv[2], std::ios::binary};
    const std::string reply{std::istreambuf_iterator<char>{file}, {}};
    asio::io_context context{1};
    const auto port = static_cast<std::uint16_t>(std::stoul(argv[1]));
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), port}};
    std::cout << "listening on 127.0.0.1:" << acceptor.local_endpoint().port() << std::endl;
    accept(acceptor, reply);
    context.run();
  } catch (const std::exception& error) {
    std::cerr << "lastbeat-http-floor: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
