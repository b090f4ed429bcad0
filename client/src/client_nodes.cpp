#include "client_nodes.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "text/parse.hpp"

namespace lastbeat {
namespace {

// A name holds neither of these, so that the '=' of a path is none that ends a name.
constexpr std::string_view kNeverInNames = ":/";

ClientNode parse_node(std::string_view text) {
  ClientNode node;
  if (const auto star = text.rfind('*'); star != std::string_view::npos) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    node.weight = static_cast<std::uint32_t>(
        text::parse_number(text.substr(star + 1), "the weight of " + std::string{text.substr(0, star)}, 1, kMost));
    text = text.substr(0, star);
  }
  const auto equals = text.find('=');
  const auto name = text.substr(0, equals);
  if (equals != std::string_view::npos && name.find_first_of(kNeverInNames) == std::string_view::npos) {
    node.name = name;
    text.remove_prefix(equals + 1);
    if (node.name.empty()) throw std::invalid_argument("a node has no name in front of '='");
  }
  static_cast<void>(text::parse_endpoint(text));
  node.server = text;
  if (node.name.empty()) node.name = node.server;
  return node;
}

}  // namespace

std::vector<ClientNode> parse_nodes(std::string_view text) {
  std::vector<ClientNode> nodes;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    ClientNode node = parse_node(text.substr(begin, end - begin));
    const auto has_name = [&](const ClientNode& other) { return other.name == node.name; };
    if (std::any_of(nodes.begin(), nodes.end(), has_name)) {
      throw std::invalid_argument("node '" + node.name + "' is there twice; allowed: every node once");
    }
    nodes.push_back(std::move(node));
    begin = end + 1;
  }
  return nodes;
}

std::vector<ClientNode> nodes_of(const ClientOptions& options) {
  if (!options.nodes.empty()) return options.nodes;
  if (options.server.find_first_of(",=*") == std::string::npos) return {};
  auto nodes = parse_nodes(options.server);
  if (nodes.size() == 1 && nodes.front().server == options.server) nodes.clear();
  return nodes;
}

Replicas replicas_of(const ClientOptions& options) {
  if (options.replicas == 1) return Replicas::kOne;
  if (options.replicas == 2) return Replicas::kTwo;
  throw std::invalid_argument(std::to_string(options.replicas) + " replicas; allowed: 1 or 2");
}

Error takes_no_list() {
  return {.kind = ErrorKind::kInvalidArgument,
          .message = "this client was made for one server; one that is to have several needs ClientOptions::nodes"};
}

}  // namespace lastbeat
