// Connecting to a server by its address.
#pragma once

#include <asio.hpp>
#include <vector>

#include "text/parse.hpp"

namespace lastbeat::bench {

using Socket = asio::generic::stream_protocol::socket;

// The addresses of a target: to be looked up once, not for each of thousands of connections. Throws std::system_error.
[[nodiscard]] std::vector<Socket::endpoint_type> resolve(const text::Endpoint& target);

// To the first of the endpoints that answers, with 5 s for each. `context` must have no other work, and must be
// restarted before it gets some. Throws std::system_error when none answers.
[[nodiscard]] Socket connect(asio::io_context& context, const std::vector<Socket::endpoint_type>& endpoints);

}  // namespace lastbeat::bench
