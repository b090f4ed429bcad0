// The presence rules once more, written down in the plainest way: one user after the other, one second after the other,
// no passes, nothing forgotten. Tests compare the table with it.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "table/command.hpp"
#include "table/edge.hpp"
#include "table/rules.hpp"

namespace lastbeat::test {

struct Flip {
  EdgeCause cause{};
  Second second = 0;
  friend bool operator==(const Flip&, const Flip&) = default;
};

class PresenceModel {
 public:
  PresenceModel(const Rules& rules, Second start) : rules_{rules}, now_{start} {}

  // Second by second: whoever gets too old flips in exactly that second.
  void advance_to(Second now);
  Outcome execute(const Command& command);

  [[nodiscard]] Second now() const { return now_; }
  // Without doubt: what a status request must be told, the age aside.
  [[nodiscard]] Presence presence(UserId user) const;
  // Whether the user is online at `at` by what is known now.
  [[nodiscard]] bool is_on(UserId user, Second at) const;
  [[nodiscard]] std::uint64_t online() const;
  [[nodiscard]] std::vector<UserId> online_users() const;
  // Seconds since the user was heard of; kNoAge: never.
  [[nodiscard]] std::uint32_t age(UserId user) const;
  [[nodiscard]] const std::vector<Flip>& flips(UserId user) { return users_[user].flips; }
  [[nodiscard]] std::vector<UserId> users() const;

 private:
  struct User {
    bool known = false;
    Second second = 0;
    bool left = false;
    bool was_online = false;  // after the latest event
    std::vector<Flip> flips;
  };
  [[nodiscard]] bool is_on(const User& user, Second at) const;

  Rules rules_;
  Second now_;
  std::map<UserId, User> users_;
};

}  // namespace lastbeat::test
