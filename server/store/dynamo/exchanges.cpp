#include "dynamo/exchanges.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace lastbeat::dynamo {

ReadExchange::ReadExchange(const Address& address, std::vector<PendingReads::Read> reads, ExchangeOwner& owner)
    : address_{address}, open_{std::move(reads)}, owner_{owner} {}

std::string ReadExchange::body(UnixTime now) {
  asked_ = now;
  std::vector<UserId> users;
  users.reserve(open_.size());
  for (const auto& read : open_) users.push_back(read.user);
  return get_body(address_.table, address_.reads == Reads::kConsistent, users);
}

Exchange::Progress ReadExchange::take(std::string_view reply) {
  const auto parsed = parse_get_reply(reply, address_.table);
  if (!parsed) return Progress::kNonsense;
  std::unordered_map<UserId, UnixStamp> found;
  for (const UserStamp& item : parsed->found) found.emplace(item.user, item.stamp);
  const std::unordered_set<UserId> unprocessed(parsed->unprocessed.begin(), parsed->unprocessed.end());
  std::vector<PendingReads::Read> still_open;
  for (auto& read : std::exchange(open_, {})) {
    if (unprocessed.contains(read.user)) {
      still_open.push_back(std::move(read));
      continue;
    }
    const auto item = found.find(read.user);
    owner_.on_read(read, item == found.end() ? UnixStamp{} : item->second, asked_);
  }
  open_ = std::move(still_open);
  return open_.empty() ? Progress::kDone : Progress::kPartOpen;
}

void ReadExchange::give_up() {
  for (const auto& read : open_) owner_.on_unread(read);
}

std::string UpdateExchange::body(UnixTime /*now*/) { return update_body(address_.table, write_, rules_); }

Exchange::Progress UpdateExchange::take(std::string_view /*reply*/) {
  owner_.on_written(write_.user);
  return Progress::kDone;
}

bool UpdateExchange::is_answered_by(const ServiceError& error) {
  if (error.name != "ConditionalCheckFailedException") return false;
  owner_.on_written(write_.user);
  return true;
}

std::string PutExchange::body(UnixTime /*now*/) { return put_body(address_.table, open_, rules_); }

Exchange::Progress PutExchange::take(std::string_view reply) {
  const auto unprocessed = parse_put_reply(reply, address_.table);
  if (!unprocessed) return Progress::kNonsense;
  std::vector<UserStamp> still_open;
  for (const UserStamp& write : std::exchange(open_, {})) {
    if (std::find(unprocessed->begin(), unprocessed->end(), write.user) != unprocessed->end()) {
      still_open.push_back(write);
    } else {
      owner_.on_written(write.user);
    }
  }
  open_ = std::move(still_open);
  return open_.empty() ? Progress::kDone : Progress::kPartOpen;
}

void PutExchange::give_up() {
  for (const UserStamp& write : open_) owner_.on_unwritten(write.user);
}

std::string ProbeExchange::body(UnixTime /*now*/) { return probe_body(address_.table); }

Exchange::Progress ProbeExchange::take(std::string_view reply) {
  if (!parse_get_reply(reply, address_.table)) return Progress::kNonsense;
  over_();
  return Progress::kDone;
}

}  // namespace lastbeat::dynamo
