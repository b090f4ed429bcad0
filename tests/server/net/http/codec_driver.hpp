// An HTTP codec without sockets: bytes in, bytes out, as a session would drive it, with every promise of Codec checked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/codec.hpp"
#include "presence/clock.hpp"
#include "presence/sweeper.hpp"
#include "store/memory_store.hpp"

namespace lastbeat::test {

// The world around codecs. Lives as long as all of them.
class CodecWorld {
 public:
  // Null: nobody has to sign in. Outlives the world.
  explicit CodecWorld(const auth::Authority* authority = nullptr) : authority_{authority} {}
  ~CodecWorld() = default;
  CodecWorld(const CodecWorld&) = delete;
  CodecWorld& operator=(const CodecWorld&) = delete;
  [[nodiscard]] const CodecServices& services() const noexcept { return services_; }

 private:
  const auth::Authority* authority_;
  const Rules rules_{};
  Clock clock_{rules_, false, read_boot_time()};
  MemoryStore store_{{.rules = rules_}, clock_.published()};
  Sweeper sweeper_{clock_, store_};
  PresenceService presence_{rules_, 1, clock_, store_, sweeper_};
  Counters counters_;
  const CodecServices services_{.presence = presence_,
                                .counters = counters_,
                                .stats = [] { return std::string{"one 1\ntwo 2\n"}; },
                                .metrics = [] { return std::string{"# TYPE one gauge\none 1\n"}; },
                                .history = [] { return std::vector<History::Sample>(2); },
                                .is_ready = [] { return true; },
                                .authority = authority_};
};

class CodecDriver {
 public:
  explicit CodecDriver(CodecWorld& world, const http::Settings& settings = {});

  // Takes a piece of input, and everything that can be answered is. Throws std::logic_error when the codec breaks a
  // promise.
  void feed(std::string_view piece);
  [[nodiscard]] bool is_over() const noexcept { return is_over_; }
  // All replies so far, with what depends on the time, or on chance, made equal.
  [[nodiscard]] std::string output() const;
  // The same, with what depends on the users made equal too.
  [[nodiscard]] std::string shape() const;
  // How many commands each batch had.
  [[nodiscard]] const std::vector<std::size_t>& batches() const noexcept { return batches_; }

 private:
  bool run_batch();

  CodecWorld& world_;
  std::unique_ptr<CodecFactory> factory_;
  std::unique_ptr<lastbeat::Codec> codec_;
  Batch batch_;
  std::string input_;  // not dealt with
  std::size_t wanted_ = 0;
  Buffer output_;
  std::vector<std::size_t> batches_;
  bool is_over_ = false;
};

}  // namespace lastbeat::test
