// HTTP requests by libcurl, on an Asio context: no thread waits for an answer.
#pragma once

#include <curl/curl.h>

#include <asio.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "dynamo/credentials.hpp"

namespace lastbeat::dynamo {

struct HttpRequest {
  // With Signature Version 4.
  struct Signature {
    std::string scope;  // "aws:amz:eu-west-1:dynamodb"
    Credentials credentials;
  };
  std::string method{};  // empty: GET, or POST with a body
  std::string url;
  std::vector<std::string> headers{};  // "Name: value"
  std::string body{};
  std::chrono::milliseconds timeout{};  // from now to the last byte of the reply
  std::unique_ptr<Signature> signature{};
  std::string ca_file{};   // empty: whom the system trusts
  bool uses_proxy = true;  // of the environment, if it names one
};

struct HttpReply {
  static constexpr long kOk = 200;
  long status = 0;  // 0: there was no reply
  std::string body{};
  std::string error{};                             // why there was none
  std::optional<std::chrono::sys_seconds> date{};  // by the server's clock
};

// Connections are kept and used again. Threads: the one that runs the context, which outlives this.
class HttpClient {
 public:
  using Done = std::function<void(HttpReply reply)>;

  // Connections open at once, idle ones included; further requests wait for one within their timeout.
  HttpClient(asio::io_context& context, std::size_t most_connections);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // `done` is told later, not within this call.
  void send(HttpRequest request, Done done);
  // Every request that has not been answered gets no reply.
  void cancel_all();

 private:
  struct Transfer;
  struct Watch;
  struct MultiDeleter {
    void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
  };

  static int on_socket(CURL* easy, curl_socket_t socket, int wanted, void* client, void* watch);
  static int on_timer(CURLM* multi, long timeout_ms, void* client);
  static std::size_t on_body(char* bytes, std::size_t one, std::size_t size, void* transfer);

  void watch(curl_socket_t socket, int wanted);
  void arm(const std::shared_ptr<Watch>& watch);
  void act(curl_socket_t socket, int events);
  void finish(CURL* easy, HttpReply reply);

  asio::io_context& context_;
  asio::steady_timer timer_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers_;
  std::vector<std::unique_ptr<Transfer>> idle_;  // done with, for the next ones
  std::unique_ptr<CURLM, MultiDeleter> multi_;
};

}  // namespace lastbeat::dynamo
