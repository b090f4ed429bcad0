#include "net/counters.hpp"

namespace lastbeat {

std::string_view name_of(Counter counter) noexcept {
  switch (counter) {
    case Counter::kHeartbeats:
      return "heartbeats";
    case Counter::kLeaves:
      return "leaves";
    case Counter::kStatuses:
      return "statuses";
    case Counter::kRequestsHeartbeat:
      return "requests_heartbeat";
    case Counter::kRequestsLeave:
      return "requests_leave";
    case Counter::kRequestsStatus:
      return "requests_status";
    case Counter::kRequestsOnline:
      return "requests_online";
    case Counter::kRequestsCount:
      return "requests_count";
    case Counter::kRequestsStats:
      return "requests_stats";
    case Counter::kRequestsPing:
      return "requests_ping";
    case Counter::kRequestsHello:
      return "requests_hello";
    case Counter::kRequestsAuth:
      return "requests_auth";
    case Counter::kRequestsOther:
      return "requests_other";
    case Counter::kTooOld:
      return "too_old";
    case Counter::kBytesIn:
      return "bytes_in";
    case Counter::kBytesOut:
      return "bytes_out";
    case Counter::kConnectionsAccepted:
      return "connections_accepted";
    case Counter::kRefusedUsers:
      return "refused_users";
    case Counter::kRefusedUnknownOpcode:
      return "refused_unknown_opcode";
    case Counter::kRefusedUnknownFlag:
      return "refused_unknown_flag";
    case Counter::kRefusedBadLength:
      return "refused_bad_length";
    case Counter::kRefusedTooManyIds:
      return "refused_too_many_ids";
    case Counter::kRefusedUnknownExtension:
      return "refused_unknown_extension";
    case Counter::kRefusedVersion:
      return "refused_version";
    case Counter::kRefusedStoreUnavailable:
      return "refused_store_unavailable";
    case Counter::kRefusedBadMagic:
      return "refused_bad_magic";
    case Counter::kRefusedFrameTooLong:
      return "refused_frame_too_long";
    case Counter::kRefusedConnections:
      return "refused_connections";
    case Counter::kRefusedIdle:
      return "refused_idle";
    case Counter::kRefusedSlowReaders:
      return "refused_slow_readers";
    case Counter::kRefusedShuttingDown:
      return "refused_shutting_down";
    case Counter::kRefusedHandshakes:
      return "refused_handshakes";
    case Counter::kRefusedHttpMalformed:
      return "refused_http_malformed";
    case Counter::kRefusedHttpTooLarge:
      return "refused_http_too_large";
    case Counter::kRefusedHttpContent:
      return "refused_http_content";
    case Counter::kRefusedHttpNotFound:
      return "refused_http_not_found";
    case Counter::kRefusedHttpForeign:
      return "refused_http_foreign";
    case Counter::kRefusedHttpSlow:
      return "refused_http_slow";
    case Counter::kRefusedHttpFull:
      return "refused_http_full";
    case Counter::kHttpNotReady:
      return "http_not_ready";
    case Counter::kRefusedTokens:
      return "refused_tokens";
    case Counter::kRefusedUnauthenticated:
      return "refused_unauthenticated";
    case Counter::kRefusedForbidden:
      return "refused_forbidden";
    case Counter::kRefusedGuessing:
      return "refused_guessing";
    case Counter::kAcceptErrors:
      return "accept_errors";
    case Counter::kOutOfMemory:
      return "out_of_memory";
    case Counter::kEnd:
      break;
  }
  return "unknown";
}

}  // namespace lastbeat
