// A protocol, as a session sees it: bytes into batches, finished batches into bytes. A listener is a codec.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "auth/authority.hpp"
#include "net/batch.hpp"
#include "net/counters.hpp"
#include "ops/history.hpp"
#include "presence/service.hpp"
#include "protocol/types.hpp"
#include "store/store.hpp"

namespace lastbeat {

struct Decoded {
  std::size_t consumed = 0;  // bytes of the input that are dealt with
  // The request after them is not whole: how many bytes it has in all, as far as can be told (at least one more than
  // there are). 0: the batch was closed for another reason, decode again after executing it.
  std::size_t wanted = 0;
  bool owes_replies = false;   // execute the batch and render it, also when it holds no command
  bool is_in_request = false;  // the beginning of a request has arrived, its end has not
  std::size_t held = 0;        // bytes of that request that the codec keeps, beside what is not consumed
  bool is_last = false;        // after these replies the connection closes, and what else arrives is not looked at
};

// Why a session ends a connection that its peer has not ended.
enum class EndReason : std::uint8_t { kTooManyConnections, kIdle, kSlowRequest, kOverloaded, kShuttingDown };

// One a connection. Threads: those of its session, one at a time.
class Codec {
 public:
  virtual ~Codec() = default;

  // Adds the commands of whole requests from the front of `input` to `batch`, up to a bound of its own, and remembers
  // what replies it owes.
  [[nodiscard]] virtual Decoded decode(std::span<const std::byte> input, Batch& batch) = 0;
  // Appends the replies that are owed for the batch, which has been executed.
  virtual void render(const Batch& batch, BatchResult result, Buffer& out) = 0;
  // Appends the last words, if the protocol has any.
  virtual void say_goodbye(EndReason reason, Buffer& out) = 0;
  // From the first byte of a request to its last; 0: no limit.
  [[nodiscard]] virtual std::chrono::milliseconds request_timeout() const noexcept { return {}; }
};

// What may be asked about the server as a whole, from any thread. See CodecServices.
struct ServerQuestions {
  std::function<std::string()> stats;
  std::function<std::string()> metrics;
  std::function<std::vector<History::Sample>()> history;
  std::function<bool()> is_ready;
  const auth::Authority* authority = nullptr;
};

// What the codecs of one listener on one event loop talk to. Outlives them.
struct CodecServices {
  PresenceService& presence;
  Counters& counters;                    // of the loop and the listener
  std::function<std::string()> stats;    // stats_text(): lines of "name value\n"
  std::function<std::string()> metrics;  // for Prometheus; empty: this server has none
  std::function<std::vector<History::Sample>()> history;
  std::function<bool()> is_ready;              // NetServer::is_ready()
  const auth::Authority* authority = nullptr;  // null: nobody has to sign in
};

// Makes the codecs of one listener on one event loop, and keeps what they share. Threads: that of the loop.
class CodecFactory {
 public:
  virtual ~CodecFactory() = default;
  // The factory outlives the codec.
  [[nodiscard]] virtual std::unique_ptr<Codec> make() = 0;
};

// What a listener speaks. Called once for every event loop; the services outlive the factory.
using ListenerProtocol = std::function<std::unique_ptr<CodecFactory>(const CodecServices&)>;

}  // namespace lastbeat
