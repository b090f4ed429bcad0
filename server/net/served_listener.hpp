// What the sessions of one listener on one event loop share.
#pragma once

#include <memory>

#include "net/codec.hpp"
#include "net/counters.hpp"
#include "ops/latency_histogram.hpp"

namespace lastbeat {

// Threads: that of the loop; counters and turns can be read from any.
struct ServedListener {
  ServedListener(PresenceService& presence, const ServerQuestions& questions, const ListenerProtocol& protocol)
      : services{.presence = presence,
                 .counters = counters,
                 .stats = questions.stats,
                 .metrics = questions.metrics,
                 .history = questions.history,
                 .is_ready = questions.is_ready,
                 .authority = questions.authority},
        codecs{protocol(services)} {}
  ~ServedListener() = default;
  ServedListener(const ServedListener&) = delete;  // the services point into it
  ServedListener& operator=(const ServedListener&) = delete;

  Counters counters;
  LatencyHistogram turns;  // from before a read to after the write of the replies to what it brought
  const CodecServices services;
  const std::unique_ptr<CodecFactory> codecs;
};

}  // namespace lastbeat
