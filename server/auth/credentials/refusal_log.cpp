#include "credentials/refusal_log.hpp"

#include <utility>

namespace lastbeat::auth {

std::optional<std::uint64_t> RefusalLog::note(std::string_view reason, RateLimit::Time now) {
  Reason& known = find(reason);
  if (known.limit.allow(now)) return std::exchange(known.unlogged, 0);
  ++known.unlogged;
  return std::nullopt;
}

RefusalLog::Reason& RefusalLog::find(std::string_view reason) {
  if (const auto found = reasons_.find(reason); found != reasons_.end()) return found->second;
  return reasons_.size() < kMostReasons ? reasons_[std::string{reason}] : further_;
}

}  // namespace lastbeat::auth
