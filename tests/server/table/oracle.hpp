// Drives a table and the plain model with the same steps, and compares all that both say. Steps are numbers, from a
// random generator or a fuzzer.
#pragma once

#include <cstdint>

#include "server/table/presence_model.hpp"
#include "server/table/recording_sink.hpp"
#include "table/table.hpp"

namespace lastbeat::test {

struct OracleSetting {
  Rules rules;
  std::uint64_t users;  // that commands are about
  unsigned stripe_bits;
  const char* why;
  bool portable = false;  // this and the next as in TableConfig
  std::uint64_t mixer_seed = 0;
};

// Throws std::logic_error, with what is wrong, as soon as table and model disagree.
class Oracle {
 public:
  explicit Oracle(const OracleSetting& setting);

  // Lets time pass, passes over the table, or executes one command or a batch of them.
  void step(std::uint64_t choice);
  // Everything that must hold after every step: what was announced, every answer, the count.
  void check();
  // With all timeouts announced, the edges are the flips of the model, and the count is a brute-force count.
  void finish();

 private:
  void advance(std::uint64_t choice);
  void pass();
  void commands(std::uint64_t choice);
  [[nodiscard]] Command command(std::uint64_t choice) const;
  Answer status(UserId user);

  const OracleSetting setting_;
  const Second start_;
  Second now_;
  Second announced_;  // of every stripe
  PublishedTime time_;
  RecordingSink sink_;
  Table table_;
  PresenceModel model_;
};

}  // namespace lastbeat::test
