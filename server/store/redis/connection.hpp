// One connection to a Redis server: bytes out, elements of RESP in.
#pragma once

#include <asio.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "protocol/resp.hpp"
#include "stream.hpp"

namespace lastbeat::redis {

// Calls come on the connection's executor. Each may close the connection.
class ConnectionOwner {
 public:
  virtual void on_open() = 0;
  virtual void on_element(const protocol::resp::Element& element) = 0;
  // Nothing follows. `reason` is for people.
  virtual void on_end(const std::string& reason) = 0;

 protected:
  ~ConnectionOwner() = default;
};

// Threads: that of its executor. Held by shared pointers: what is under way holds it too.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  // `owner` outlives close().
  Connection(const asio::any_io_executor& executor, std::shared_ptr<const Route> route, ConnectionOwner& owner);

  void open();
  // Where to append what is to be sent.
  [[nodiscard]] Buffer& out() noexcept { return out_; }
  // Sends what has been appended; while a write is under way, once it is through.
  void flush();
  // The owner is told nothing any more.
  void close() noexcept;

 private:
  void read();
  void on_bytes(std::size_t bytes);
  // Hands elements out; false when the connection has ended.
  bool hand_out();
  void end(const std::string& reason);

  const std::shared_ptr<const Route> route_;
  ConnectionOwner* owner_;  // null: closed
  Stream stream_;
  Buffer out_;
  Buffer sending_;
  bool is_sending_ = false;
  std::vector<char> in_;
  std::size_t begin_ = 0;  // of what has not been handed out
  std::size_t end_ = 0;
};

}  // namespace lastbeat::redis
