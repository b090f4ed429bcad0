#include "server/net/http/http_client.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "protocol/bytes.hpp"

namespace lastbeat::test {

std::string HttpReply::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::string HttpReply::error_code() const {
  constexpr std::string_view kBefore = R"({"error":{"code":")";
  if (!body.starts_with(kBefore)) return "";
  return body.substr(kBefore.size(), body.find('"', kBefore.size()) - kBefore.size());
}

void HttpClient::send(std::string_view bytes) { raw_.send(protocol::as_bytes(bytes)); }

HttpReply HttpClient::receive(bool is_head) {
  while (received_.find("\r\n\r\n") == std::string::npos) receive_more();
  const std::size_t head_size = received_.find("\r\n\r\n") + 4;
  const std::string head = received_.substr(0, head_size - 2);
  if (!head.starts_with("HTTP/1.1 ")) throw std::runtime_error("this is no reply: " + head);
  HttpReply reply;
  reply.status = std::stoi(head.substr(9, 3));
  for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
    const std::size_t end = head.find("\r\n", at);
    const std::size_t colon = head.find(": ", at);
    std::string name = head.substr(at, colon - at);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (!reply.headers.emplace(name, head.substr(colon + 2, end - colon - 2)).second) {
      throw std::runtime_error("a header comes twice: " + head);
    }
    at = end + 2;
  }
  received_.erase(0, head_size);
  const std::string length = reply.header("content-length");
  if (!is_head && !length.empty()) {
    if (length.find_first_not_of("0123456789") != std::string::npos) throw std::runtime_error("no length: " + head);
    const std::size_t size = std::stoull(length);
    while (received_.size() < size) receive_more();
    reply.body = received_.substr(0, size);
    received_.erase(0, size);
  }
  return reply;
}

HttpReply HttpClient::ask(const std::string& method, const std::string& target, const std::string& body,
                          const std::string& headers) {
  std::string request = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers;
  if (!body.empty()) {
    request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  }
  send(request + "\r\n" + body);
  return receive(method == "HEAD");
}

bool HttpClient::is_closed() {
  if (!received_.empty()) return false;
  received_ = raw_.receive_text_until_closed();
  return received_.empty();
}

bool HttpClient::has_input() { return !received_.empty() || raw_.has_input(); }

void HttpClient::receive_more() {
  const std::string more = raw_.receive_some();
  if (more.empty()) throw std::runtime_error("the connection ended after: " + received_);
  received_ += more;
}

TestServerConfig http_config(const http::Settings& settings) {
  TestServerConfig config;
  config.other_listeners.emplace_back("127.0.0.1:0", http::http_protocol(settings));
  config.limits.slow_reader_timeout = std::chrono::seconds{2};  // the shortest timeout sets the pace of all
  config.limits.linger = std::chrono::milliseconds{200};
  return config;
}

}  // namespace lastbeat::test
