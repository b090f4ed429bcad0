#include "dynamo/http_client.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace lastbeat::dynamo {
namespace {

constexpr std::size_t kLongestReply = std::size_t{1} << 20U;  // that of 100 users takes about 10 KiB

struct EasyDeleter {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

void initialise_curl() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK) throw std::runtime_error("libcurl cannot be used");
}

std::optional<std::chrono::sys_seconds> date_of(CURL* easy) {
  curl_header* date = nullptr;
  if (curl_easy_header(easy, "Date", 0, CURLH_HEADER, -1, &date) != CURLHE_OK) return std::nullopt;
  const time_t seconds = curl_getdate(date->value, nullptr);
  if (seconds < 0) return std::nullopt;
  return std::chrono::sys_seconds{std::chrono::seconds{seconds}};
}

CURLM* make_multi() {
  initialise_curl();
  CURLM* const multi = curl_multi_init();
  if (multi == nullptr) throw std::bad_alloc{};
  return multi;
}

}  // namespace

struct HttpClient::Transfer {
  std::unique_ptr<CURL, EasyDeleter> easy{curl_easy_init()};
  HttpRequest request;
  std::unique_ptr<curl_slist, ListDeleter> headers;
  std::array<char, CURL_ERROR_SIZE> error{};
  std::string body;
  Done done;

  Transfer() {
    if (!easy) throw std::bad_alloc{};
  }
  void add_header(const std::string& line) {
    curl_slist* const longer = curl_slist_append(headers.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc{};
    static_cast<void>(headers.release());
    headers.reset(longer);
  }
  void prepare();
};

void HttpClient::Transfer::prepare() {
  CURL* const curl = easy.get();
  curl_easy_reset(curl);
  headers.reset();
  body.clear();
  error.front() = '\0';
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(request.timeout.count(), 1)));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error.data());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &HttpClient::on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
  if (!request.uses_proxy) curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  if (!request.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, request.ca_file.c_str());
  if (!request.body.empty()) {
    // Far below a megabyte, from which on curl would wait for a server that says 100 Continue.
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  if (!request.method.empty()) curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  for (const std::string& line : request.headers) add_header(line);
  if (request.signature) {
    const Credentials& credentials = request.signature->credentials;
    curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, request.signature->scope.c_str());
    curl_easy_setopt(curl, CURLOPT_USERNAME, credentials.key_id.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, credentials.secret.c_str());
    // curl signs the headers that it is given.
    if (!credentials.session_token.empty()) add_header("X-Amz-Security-Token: " + credentials.session_token);
  }
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
}

struct HttpClient::Watch {
  Watch(asio::io_context& context, curl_socket_t file) : socket{file}, descriptor{context, file} {}

  const curl_socket_t socket;
  asio::posix::stream_descriptor descriptor;
  int wanted = CURL_POLL_NONE;  // CURL_POLL_REMOVE: curl closes the socket
  bool is_reading = false;
  bool is_writing = false;
};

HttpClient::HttpClient(asio::io_context& context, std::size_t most_connections)
    : context_{context}, timer_{context}, multi_{make_multi()} {
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &HttpClient::on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &HttpClient::on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(most_connections));
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(most_connections));
}

HttpClient::~HttpClient() {
  cancel_all();
  // Closes the idle connections, which curl tells through on_socket().
  multi_.reset();
}

void HttpClient::send(HttpRequest request, Done done) {
  auto transfer = idle_.empty() ? std::make_unique<Transfer>() : std::move(idle_.back());
  if (!idle_.empty()) idle_.pop_back();
  transfer->request = std::move(request);
  transfer->done = std::move(done);
  transfer->prepare();
  CURL* const easy = transfer->easy.get();
  transfers_.emplace(easy, std::move(transfer));
  // Sets the timer, from which everything else follows.
  if (curl_multi_add_handle(multi_.get(), easy) == CURLM_OK) return;
  asio::post(context_, [this, easy] {
    if (transfers_.contains(easy)) finish(easy, {.error = "libcurl takes no request"});
  });
}

void HttpClient::cancel_all() {
  while (!transfers_.empty()) {
    CURL* const easy = transfers_.begin()->first;
    curl_multi_remove_handle(multi_.get(), easy);
    finish(easy, {.error = "given up"});
  }
}

void HttpClient::finish(CURL* easy, HttpReply reply) {
  const auto found = transfers_.find(easy);
  auto transfer = std::move(found->second);
  transfers_.erase(found);
  Done done = std::exchange(transfer->done, nullptr);
  transfer->request = {};
  idle_.push_back(std::move(transfer));
  done(std::move(reply));
}

std::size_t HttpClient::on_body(char* bytes, std::size_t /*one*/, std::size_t size, void* transfer) {
  std::string& body = static_cast<Transfer*>(transfer)->body;
  if (body.size() + size > kLongestReply) return 0;  // ends the transfer with an error
  body.append(bytes, size);
  return size;
}

int HttpClient::on_timer(CURLM* /*multi*/, long timeout_ms, void* client) {
  auto& self = *static_cast<HttpClient*>(client);
  if (timeout_ms < 0) {
    self.timer_.cancel();
    return 0;
  }
  self.timer_.expires_after(std::chrono::milliseconds{timeout_ms});
  self.timer_.async_wait([&self](const std::error_code& error) {
    if (!error) self.act(CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

int HttpClient::on_socket(CURL* /*easy*/, curl_socket_t socket, int wanted, void* client, void* /*watch*/) {
  static_cast<HttpClient*>(client)->watch(socket, wanted);
  return 0;
}

void HttpClient::watch(curl_socket_t socket, int wanted) {
  auto& watch = watches_[socket];
  if (wanted == CURL_POLL_REMOVE) {
    if (watch) {
      watch->wanted = wanted;
      watch->descriptor.release();  // it is curl's to close
    }
    watches_.erase(socket);
    return;
  }
  if (!watch) watch = std::make_shared<Watch>(context_, socket);
  watch->wanted = wanted;
  arm(watch);
}

void HttpClient::arm(const std::shared_ptr<Watch>& watch) {
  const auto wait = [&](asio::posix::stream_descriptor::wait_type type, int event, bool Watch::*is_waiting) {
    if (std::exchange((*watch).*is_waiting, true)) return;
    watch->descriptor.async_wait(type, [this, watch, event, is_waiting](const std::error_code& error) {
      (*watch).*is_waiting = false;
      if (watch->wanted == CURL_POLL_REMOVE) return;
      act(watch->socket, error ? CURL_CSELECT_ERR : event);
      if (watch->wanted != CURL_POLL_REMOVE) arm(watch);
    });
  };
  if ((watch->wanted & CURL_POLL_IN) != 0) {
    wait(asio::posix::stream_descriptor::wait_read, CURL_CSELECT_IN, &Watch::is_reading);
  }
  if ((watch->wanted & CURL_POLL_OUT) != 0) {
    wait(asio::posix::stream_descriptor::wait_write, CURL_CSELECT_OUT, &Watch::is_writing);
  }
}

void HttpClient::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_.get(), socket, events, &running);
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left)) {
    CURL* const easy = message->easy_handle;
    const CURLcode result = message->data.result;  // the message goes with the handle
    Transfer& transfer = *transfers_.at(easy);
    HttpReply reply;
    if (result == CURLE_OK) {
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply.status);
      reply.body = std::move(transfer.body);
      reply.date = date_of(easy);
    } else {
      const char* const detail = transfer.error.data();
      reply.error = *detail != '\0' ? detail : curl_easy_strerror(result);
    }
    curl_multi_remove_handle(multi_.get(), easy);
    finish(easy, std::move(reply));
  }
}

}  // namespace lastbeat::dynamo
