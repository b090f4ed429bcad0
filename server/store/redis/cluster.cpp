#include "redis/cluster.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "log/log.hpp"
#include "redis/young_server.hpp"

namespace lastbeat::redis {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kUsualRefresh{10'000};
constexpr milliseconds kTroubledRefresh{500};  // somebody is away, or says that slots are nowhere
constexpr milliseconds kSoon{50};              // something has just turned out to be wrong
constexpr std::size_t kMostMembers = 1024;
constexpr std::size_t kMostWaiting = 1024;  // calls, at a member that is not up yet
constexpr std::uint8_t kMostRedirections = 5;
constexpr std::chrono::seconds kLogInterval{30};

Config at(const Config& config, const std::string& server) {
  Config there = config;
  there.address.server = server;
  return there;
}

}  // namespace

Cluster::Cluster(const asio::any_io_executor& executor, const Config& config, const Rules& rules, ServerTime now,
                 ServersOwner& owner)
    : config_{config},
      rules_{rules},
      now_{std::move(now)},
      owner_{owner},
      executor_{executor},
      slots_of_users_{config.prefix},
      places_(kSlots),
      source_{executor, config_, *this},
      refresh_timer_{executor},
      trouble_log_{kLogInterval} {}

void Cluster::start() { refresh(); }

void Cluster::stop() {
  is_stopped_ = true;
  refresh_timer_.cancel();
  source_.stop();
  for (auto& [server, member] : members_) {
    member->node.stop();
    for (Call& call : std::exchange(member->waiting, {})) owner_.on_failed(call);
  }
}

bool Cluster::is_up(Slot slot) const noexcept {
  const Member* const owner = places_[slot].owner;
  return owner != nullptr && owner->node.is_up();
}

Servers::Count Cluster::count() const noexcept {
  const auto up =
      std::count_if(members_.begin(), members_.end(), [](const auto& entry) { return entry.second->node.is_up(); });
  return {.all = members_.size(), .up = static_cast<std::size_t>(up)};
}

bool Cluster::in_doubt(Slot slot) const noexcept { return second_of(now_()) <= places_[slot].doubt_until; }

void Cluster::send(Call call) {
  Place& place = places_[call.slot];
  call.is_at_owner = true;
  ++place.under_way;
  place.owner->node.send(std::move(call), now_());
}

// --- what becomes of calls

void Cluster::on_done(Call& call) {
  leave_owner(call);
  owner_.on_done(call);
}

void Cluster::on_failed(Call& call) {
  leave_owner(call);
  owner_.on_failed(call);
}

void Cluster::leave_owner(Call& call) {
  if (!std::exchange(call.is_at_owner, false)) return;
  Place& place = places_[call.slot];
  if (--place.under_way == 0 && place.next_owner != nullptr) become_owner(place, place.next_owner);
}

// What is refused here for reasons of the cluster is no reason to give the connection up.
bool Cluster::on_error(Node& node, Call& call, std::string_view error) {
  if (const auto redirection = parse_redirection(error, node.server())) {
    if (!redirect(call, *redirection)) on_failed(call);
    return true;
  }
  const bool is_of_the_cluster = error.starts_with("CLUSTERDOWN") || error.starts_with("TRYAGAIN");
  if (!is_of_the_cluster) return false;
  has_trouble_ = true;
  refresh_within(kTroubledRefresh);
  on_failed(call);
  return true;
}

bool Cluster::redirect(Call& call, const Redirection& redirection) {
  Member* const member = member_at(redirection.server);
  leave_owner(call);
  if (member == nullptr || ++call.redirected > kMostRedirections) return false;
  if (!redirection.is_ask) {
    set_owner(places_[call.slot], member);
    refresh_within(kSoon);
  }
  call.is_ask = redirection.is_ask;
  if (member->node.is_up()) {
    member->node.send(std::move(call), now_());
    return true;
  }
  if (member->has_been_down || member->waiting.size() >= kMostWaiting) return false;
  member->waiting.push_back(std::move(call));
  return true;
}

// --- members

Cluster::Member* Cluster::member_at(const std::string& server) {
  if (const auto found = members_.find(server); found != members_.end()) return found->second.get();
  if (members_.size() >= kMostMembers) return nullptr;
  auto& member = members_[server];
  member = std::make_unique<Member>(executor_, at(config_, server), rules_, static_cast<NodeOwner&>(*this));
  // Not within a call of another node's: this one may fail at once.
  asio::post(executor_, [this, server, made = member.get()] {
    const auto found = members_.find(server);
    if (!is_stopped_ && found != members_.end() && found->second.get() == made) made->node.start();
  });
  return member.get();
}

void Cluster::on_up(Node& node, const ServerFacts& facts) {
  Member& member = *members_.at(node.server());
  const bool is_trusted = member.run_id.empty() && config_.trusts_first_data;
  if (!is_trusted) {
    const Second doubt_until = doubt_about(facts, member.run_id, second_of(now_()), rules_.ttl);
    for (Place& place : places_) {
      if (place.owner == &member) place.doubt_until = std::max(place.doubt_until, doubt_until);
    }
  }
  member.run_id = facts.run_id;
  for (Call& call : std::exchange(member.waiting, {})) node.send(std::move(call), now_());
  if (is_whole()) tell_first_attempt({});
  owner_.on_change();
}

void Cluster::on_down(Node& node, const std::string& reason) {
  Member& member = *members_.at(node.server());
  member.has_been_down = true;
  for (Call& call : std::exchange(member.waiting, {})) owner_.on_failed(call);
  tell_first_attempt("cannot use the Redis at " + node.server() + ": " + reason);
  refresh_within(kSoon);
  owner_.on_change();
}

// --- the map

void Cluster::on_map(const std::vector<SlotRange>& ranges) {
  std::vector<Member*> owners(kSlots, nullptr);
  for (const SlotRange& range : ranges) {
    Member* const member = member_at(range.server);
    std::fill(owners.begin() + range.first, owners.begin() + range.last + 1, member);
  }
  for (std::size_t slot = 0; slot < kSlots; ++slot) set_owner(places_[slot], owners[slot]);
  retire_the_unneeded();
  if (std::find(owners.begin(), owners.end(), nullptr) != owners.end()) tell_trouble("some slots are nobody's");
  const bool has_trouble = std::exchange(has_trouble_, false) || !is_whole();
  refresh_within(has_trouble ? kTroubledRefresh : kUsualRefresh);
  owner_.on_change();
}

void Cluster::on_no_map(const std::string& reason) {
  tell_trouble(reason);
  refresh_within(kTroubledRefresh);
}

void Cluster::set_owner(Place& place, Member* member) {
  // Whoever takes over a slot, after the death of its owner for example, may lack the last of what that was told. It
  // answers what is redirected to it before all calls have left the old owner.
  const Member* const last = place.next_owner != nullptr ? place.next_owner : place.owner;
  if (member != nullptr && member != last && std::exchange(place.had_owner, true)) {
    place.doubt_until = second_of(now_()) + rules_.ttl + 1;
  }
  if (place.under_way != 0 && place.owner != member) {
    place.next_owner = member;
  } else {
    become_owner(place, member);
  }
}

void Cluster::become_owner(Place& place, Member* member) {
  place.next_owner = nullptr;
  place.owner = member;
}

void Cluster::retire_the_unneeded() {
  std::set<const Member*> needed;
  for (const Place& place : places_) needed.insert({place.owner, place.next_owner});
  for (auto next = members_.begin(); next != members_.end();) {
    const auto entry = next++;
    Member& member = *entry->second;
    if (needed.contains(&member) || !member.node.is_idle() || !member.waiting.empty()) continue;
    member.node.stop();
    // What is posted already may still use it.
    asio::post(executor_, [retired = std::shared_ptr<Member>{std::move(entry->second)}] {});
    members_.erase(entry);
  }
}

bool Cluster::is_whole() const noexcept {
  return std::all_of(places_.begin(), places_.end(),
                     [](const Place& place) { return place.owner != nullptr && place.owner->node.is_up(); });
}

void Cluster::refresh_within(milliseconds time) {
  if (is_stopped_) return;
  if (source_.is_asking()) {
    has_trouble_ = true;
    return;
  }
  const auto at = std::chrono::steady_clock::now() + time;
  if (refresh_timer_.expiry() > std::chrono::steady_clock::now() && refresh_timer_.expiry() <= at) return;
  refresh_timer_.expires_at(at);
  refresh_timer_.async_wait([this](const std::error_code& error) {
    if (!error) refresh();
  });
}

void Cluster::refresh() {
  if (!is_stopped_ && !source_.is_asking()) source_.ask(whom_to_ask());
}

// Those who are up, each time another one first: one may be cut off from the others. Then whom we were told of.
std::vector<std::string> Cluster::whom_to_ask() {
  std::vector<std::string> servers;
  for (const auto& [server, member] : members_) {
    if (member->node.is_up()) servers.push_back(server);
  }
  if (!servers.empty()) {
    const auto first = static_cast<std::ptrdiff_t>(asked_first_++ % servers.size());
    std::rotate(servers.begin(), servers.begin() + first, servers.end());
  }
  servers.insert(servers.end(), config_.address.cluster.begin(), config_.address.cluster.end());
  return servers;
}

void Cluster::tell_trouble(const std::string& reason) {
  if (trouble_log_.allow(RateLimit::Time::clock::now())) {
    log::warn("not all of the Redis Cluster can be used, trying again: " + reason, {{"reason", reason}});
  }
  tell_first_attempt("cannot use the Redis Cluster: " + reason);
}

void Cluster::tell_first_attempt(const std::string& reason) {
  if (!std::exchange(has_been_tried_, true)) owner_.on_first_attempt(reason);
}

}  // namespace lastbeat::redis
