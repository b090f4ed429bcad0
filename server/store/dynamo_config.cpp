#include "store/dynamo_config.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "text/parse.hpp"

namespace lastbeat::dynamo {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kSmallLetters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kCapitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("the address of --store " + what +
                              "; allowed: dynamodb://TABLE?region=R[&endpoint=URL][&reads=consistent|eventual]"
                              "[&writes=conditional|batch][&requests=N]");
}

bool consists_of(std::string_view text, std::initializer_list<std::string_view> alphabets) {
  return std::all_of(text.begin(), text.end(), [&](char letter) {
    return std::any_of(alphabets.begin(), alphabets.end(),
                       [&](std::string_view letters) { return letters.find(letter) != std::string_view::npos; });
  });
}

// Cuts at the first `mark`: before it, and behind it, which is empty without one.
std::pair<std::string_view, std::string_view> cut(std::string_view text, char mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

// As AWS has it.
std::string table(std::string_view text) {
  constexpr std::size_t kShortest = 3;
  constexpr std::size_t kLongest = 255;
  if (text.size() < kShortest || text.size() > kLongest ||
      !consists_of(text, {kSmallLetters, kCapitals, kDigits, "_.-"})) {
    refuse("names no table: 3 to 255 letters, digits and _.-");
  }
  return std::string{text};
}

std::string region(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  if (text.empty() || text.size() > kLongest || !consists_of(text, {kSmallLetters, kDigits, "-"})) {
    refuse("names no region, such as eu-west-1, and neither AWS_REGION nor AWS_DEFAULT_REGION does");
  }
  return std::string{text};
}

// Requests go to its root, with slash or without.
std::string endpoint(std::string_view text) {
  if (text.ends_with('/')) text.remove_suffix(1);
  const std::size_t scheme = text.find("://");
  const std::string_view host = scheme == std::string_view::npos ? std::string_view{} : text.substr(scheme + 3);
  const bool is_http = text.starts_with("http://") || text.starts_with("https://");
  if (!is_http || host.empty() || host.find_first_of("/?#@ \t\r\n") != std::string_view::npos) {
    refuse("has no endpoint that is http:// or https://, a host and maybe a port");
  }
  return std::string{text};
}

std::string endpoint_of(const std::string& region) {
  return "https://dynamodb." + region + (region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
}

Reads reads(std::string_view text) {
  if (text == "consistent") return Reads::kConsistent;
  if (text == "eventual") return Reads::kEventual;
  refuse("has reads that are neither consistent nor eventual");
}

Writes writes(std::string_view text) {
  if (text == "conditional") return Writes::kConditional;
  if (text == "batch") return Writes::kBatch;
  refuse("has writes that are neither conditional nor batch");
}

std::size_t requests(std::string_view text) {
  const auto number = text::read_whole_number(text);
  if (!number || *number == 0 || *number > Address::kMostRequests) {
    refuse("has requests that are no number of 1 to " + std::to_string(Address::kMostRequests));
  }
  return *number;
}

void set(Address& address, std::string_view name, std::string_view value) {
  if (name == "region") {
    address.region = region(value);
  } else if (name == "endpoint") {
    address.endpoint = endpoint(value);
  } else if (name == "reads") {
    address.reads = reads(value);
  } else if (name == "writes") {
    address.writes = writes(value);
  } else if (name == "requests") {
    address.requests = requests(value);
  } else {
    refuse("has '" + std::string{name} + "'");
  }
}

std::string usual_region(const Environment& environment) {
  std::string found = environment("AWS_REGION");
  if (found.empty()) found = environment("AWS_DEFAULT_REGION");
  return region(found);
}

}  // namespace

Address parse_address(std::string_view text, const Environment& environment) {
  constexpr std::string_view kScheme = "dynamodb://";
  if (!text.starts_with(kScheme)) refuse("does not begin with dynamodb://");
  text.remove_prefix(kScheme.size());
  auto [name, parameters] = cut(text, '?');
  Address address;
  address.table = table(name);
  while (!parameters.empty()) {
    const auto [parameter, others] = cut(parameters, '&');
    const auto [what, value] = cut(parameter, '=');
    set(address, what, value);
    parameters = others;
  }
  if (address.region.empty()) address.region = usual_region(environment);
  if (address.endpoint.empty()) address.endpoint = endpoint_of(address.region);
  return address;
}

}  // namespace lastbeat::dynamo
