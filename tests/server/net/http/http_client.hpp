// A plain HTTP client that sends bytes as they are and takes replies apart, and the server that it talks to.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "http/codec.hpp"
#include "server/net/test_server.hpp"

namespace lastbeat::test {

struct HttpReply {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in small letters
  std::string body;

  // Empty when there is no such header.
  [[nodiscard]] std::string header(const std::string& name) const;
  // Of {"error":{"code":"...",...}}; empty when the body is no error.
  [[nodiscard]] std::string error_code() const;
};

// Blocks, but never for longer than RawClient::kPatience.
class HttpClient {
 public:
  explicit HttpClient(const std::string& address) : raw_{address} {}
  void send(std::string_view bytes);
  // The next reply, "100 Continue" included. Throws std::runtime_error when the server sends something else, or closes.
  // Replies to HEAD have no body, whatever their length says.
  [[nodiscard]] HttpReply receive(bool is_head = false);
  // One request, one reply. `body`: sent as JSON, unless it is empty.
  [[nodiscard]] HttpReply ask(const std::string& method, const std::string& target, const std::string& body = "",
                              const std::string& headers = "");
  // Waits for the server to close; false when it sends something first.
  [[nodiscard]] bool is_closed();
  // Whether something has arrived; does not wait.
  [[nodiscard]] bool has_input();
  void shut_down_sending() { raw_.shut_down_sending(); }

 private:
  void receive_more();

  RawClient raw_;
  std::string received_;
};

// A server whose second listener speaks HTTP.
[[nodiscard]] TestServerConfig http_config(const http::Settings& settings = {});

}  // namespace lastbeat::test
