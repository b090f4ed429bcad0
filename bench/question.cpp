#include "bench/question.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>

#include "bench/connect.hpp"

namespace lastbeat::bench {
namespace {

using Clock = std::chrono::steady_clock;

// False when there is nothing more until `deadline`.
bool read_more(int socket, Clock::time_point deadline, std::string& text) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  if (left.count() <= 0) return false;
  pollfd ready{.fd = socket, .events = POLLIN, .revents = 0};
  if (::poll(&ready, 1, static_cast<int>(left.count())) <= 0) return false;
  std::array<char, 4096> piece{};
  const ssize_t bytes = ::recv(socket, piece.data(), piece.size(), 0);
  if (bytes > 0) text.append(piece.data(), static_cast<std::size_t>(bytes));
  return bytes > 0;
}

bool is_here(const text::Endpoint& server, const Socket& socket) {
  if (std::holds_alternative<text::UnixEndpoint>(server)) return true;
  std::error_code failed;
  const auto address = [&](const Socket::endpoint_type& endpoint) {
    asio::ip::tcp::endpoint tcp;
    tcp.resize(endpoint.size());
    std::copy_n(reinterpret_cast<const std::byte*>(endpoint.data()), endpoint.size(),
                reinterpret_cast<std::byte*>(tcp.data()));
    return tcp.address();
  };
  const auto remote = address(socket.remote_endpoint(failed));
  return !failed && (remote.is_loopback() || remote == address(socket.local_endpoint(failed)));
}

}  // namespace

std::optional<Answer> ask(const text::Endpoint& server, std::string_view request,
                          const std::function<bool(std::string_view)>& is_whole) {
  constexpr std::chrono::seconds kPatience{5};
  constexpr std::size_t kLongestAnswer = std::size_t{1} << 20U;
  try {
    asio::io_context context{1};
    Socket socket = connect(context, resolve(server));
    Answer answer{.text = {}, .is_from_this_machine = is_here(server, socket)};
    asio::write(socket, asio::buffer(request));
    const auto deadline = Clock::now() + kPatience;
    while (!is_whole(answer.text)) {
      if (answer.text.size() > kLongestAnswer || !read_more(socket.native_handle(), deadline, answer.text)) return {};
    }
    return answer;
  } catch (const std::system_error&) {
    return std::nullopt;
  }
}

}  // namespace lastbeat::bench
