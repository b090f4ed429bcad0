// One connection of an asynchronous client, from opening to its end.
#pragma once

#include <asio.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "greeting.hpp"
#include "lastbeat/answers.hpp"
#include "lastbeat/result.hpp"
#include "protocol/frame.hpp"
#include "protocol/types.hpp"
#include "stream.hpp"

namespace lastbeat {

// Whoever holds a session. Told on the session's executor, and nothing after NodeSession::close().
class NodeSessionOwner {
 public:
  virtual ~NodeSessionOwner() = default;
  virtual void on_ready(const ServerInfo& server) = 0;
  // An error ends the session.
  [[nodiscard]] virtual std::optional<Error> on_reply(const protocol::Frame& frame) = 0;
  // All replies that have arrived were told.
  virtual void on_replies_end() = 0;
  // Everything that was out has been handed to the system.
  virtual void on_sent() = 0;
  // The connection could not be made, or is lost. The last word.
  virtual void on_end(Error error) = 0;
};

// Opens a stream, greets the server, then sends what its owner appends and cuts what comes back into frames.
// Threads: that of its executor. Handlers hold the session, so it may be let go at any time after close().
class NodeSession final : public std::enable_shared_from_this<NodeSession> {
 public:
  NodeSession(const asio::any_io_executor& executor, std::weak_ptr<NodeSessionOwner> owner)
      : stream_{executor}, owner_{std::move(owner)} {}

  void open(std::shared_ptr<const Route> route, const std::string& token);
  void close() noexcept;

  // Requests are appended here, and go with the next send().
  [[nodiscard]] Buffer& out() noexcept { return out_; }
  void send();

 private:
  void greet(const std::string& token);
  void read();
  void on_read(const std::error_code& error, std::size_t bytes);
  // Tells the owner every whole frame.
  void deliver(NodeSessionOwner& owner);
  [[nodiscard]] std::optional<Error> take(NodeSessionOwner& owner, const protocol::Frame& frame);
  [[nodiscard]] std::optional<Error> take_greeting(NodeSessionOwner& owner, const protocol::Frame& frame);
  void end(Error error);

  Stream stream_;
  std::weak_ptr<NodeSessionOwner> owner_;
  std::shared_ptr<const Route> route_;
  std::uint16_t greeting_tag_ = 0;
  std::optional<Greeting> greeting_;  // until it is over
  Buffer in_;                         // room for what is read
  std::size_t in_size_ = 0;           // and how much of it is there
  Buffer out_;
  Buffer sending_;  // by a write that is under way
  bool is_sending_ = false;
  bool has_answered_ = false;
  bool is_closed_ = false;
};

}  // namespace lastbeat
