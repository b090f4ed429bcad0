#include "server/table/oracle.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace lastbeat::test {
namespace {

constexpr unsigned kIdBits = 16;

void require(bool condition, const char* what, UserId user) {
  if (!condition) throw std::logic_error(what + (" of user " + std::to_string(static_cast<std::uint64_t>(user))));
}

}  // namespace

Oracle::Oracle(const OracleSetting& setting)
    : setting_{setting},
      start_{setting.rules.retain + setting.rules.ttl + 2},
      now_{start_},
      announced_{start_},
      time_{{.now = start_}},
      table_{{.rules = setting.rules,
              .stripe_bits = setting.stripe_bits,
              .id_bits = kIdBits,
              .mixer_seed = setting.mixer_seed,
              .portable = setting.portable},
             time_,
             &sink_},
      model_{setting.rules, start_} {}

void Oracle::step(std::uint64_t choice) {
  switch (choice % 8) {
    case 0:
      advance(choice >> 3U);
      break;
    case 1:
      pass();
      break;
    default:
      commands(choice >> 3U);
      break;
  }
}

void Oracle::check() {
  for (const UserId user : model_.users()) {
    require(sink_.is_online(user) == model_.is_on(user, announced_), "what was announced", user);
    const Answer told = status(user);
    if (told.age_s != Answer::kNoAge) {
      require(told.presence == model_.presence(user), "the status", user);
      require(told.age_s == model_.age(user), "the age", user);
    } else {  // not held: never heard of, or older than retain at the last pass
      require(told.presence == Presence::kOffline, "the status", user);
      const bool is_forgotten = model_.age(user) - (model_.now() - announced_) > setting_.rules.retain;
      require(model_.age(user) == Answer::kNoAge || is_forgotten, "the disappearance", user);
    }
  }
  if (table_.online() != sink_.online()) throw std::logic_error("the count is not what was announced");
}

void Oracle::finish() {
  pass();
  for (const UserId user : model_.users()) require(sink_.flips(user) == model_.flips(user), "the edges", user);
  if (table_.online() != model_.online()) throw std::logic_error("the count is not how many are online");
}

void Oracle::advance(std::uint64_t choice) {
  // Mostly second by second, sometimes far: passes are up to two ttl late.
  const std::uint64_t most = choice % 4 == 0 ? 2 * setting_.rules.ttl : 1;
  now_ += static_cast<Second>(1 + (choice >> 2U) % most);
  model_.advance_to(now_);
  time_.publish({.now = now_});
}

void Oracle::pass() {
  for (std::size_t i = 0; i < table_.stripe_count(); ++i) table_.pass_stripe(i);
  announced_ = now_;
}

Command Oracle::command(std::uint64_t choice) const {
  Command command{.user = UserId{(choice >> 16U) % setting_.users}};
  command.kind = choice % 3 == 0 ? CommandKind::kLeave : CommandKind::kHeartbeat;
  if (choice / 3 % 3 == 0) command.second = now_ - static_cast<Second>(choice / 9 % (2 * setting_.rules.ttl + 1));
  return command;
}

void Oracle::commands(std::uint64_t choice) {
  // One in eight steps is a batch, in which some users appear twice, each command followed by a status of its user.
  const std::size_t size = choice % 8 == 0 ? 90 : 1;
  std::vector<Command> batch;
  for (std::size_t i = 0; i < size; ++i) {
    batch.push_back(command((choice >> 3U) * (2 * (i / 2) + 1)));
    batch.push_back({.user = batch.back().user, .kind = CommandKind::kStatus});
  }
  std::vector<Answer> answers(batch.size());
  table_.execute(batch, answers);
  for (std::size_t i = 0; i < batch.size(); i += 2) {
    require(answers[i].outcome == model_.execute(batch[i]), "the outcome", batch[i].user);
    // Who is not online may have been forgotten, and then nobody knows whether they left.
    const Presence expected = model_.presence(batch[i].user);
    const bool is_forgotten = answers[i + 1].age_s == Answer::kNoAge && expected != Presence::kOnline;
    require(answers[i + 1].presence == expected || is_forgotten, "the status within a batch", batch[i].user);
  }
}

Answer Oracle::status(UserId user) {
  const Command command{.user = user, .kind = CommandKind::kStatus};
  Answer answer;
  table_.execute({&command, 1}, {&answer, 1});
  return answer;
}

}  // namespace lastbeat::test
