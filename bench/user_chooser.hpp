// Which user is next.
#pragma once

#include <cstdint>
#include <random>

#include "bench/workload.hpp"
#include "protocol/types.hpp"

namespace lastbeat::bench {

// Uniform: every id from 0 to users - 1 is equally likely.
//
// Zipf: the k-th most popular user is chosen with a chance in proportion to 1 / k^0.99, by the generator of Gray et
// al., "Quickly generating billion-record synthetic databases" (SIGMOD 1994). As in YCSB's scrambled generator a hash
// (FNV-1a) spreads the popular users over the ids; two users may fall on one id, and about a third of the ids are then
// nobody's.
//
// Threads: any, each with a random source of its own; nothing changes after construction. Cost of a choice: some 10 ns
// uniform, some 60 ns zipf. Any number of users works; from 2^53 on ranks are as coarse as a double.
class UserChooser {
 public:
  using Random = std::mt19937_64;
  // Requires users > 0. Microseconds, however many users.
  UserChooser(std::uint64_t users, Distribution distribution);

  [[nodiscard]] UserId next(Random& random) const {
    return UserId{distribution_ == Distribution::kUniform ? scale(random()) : spread(next_rank(random))};
  }
  // How popular the next user is, from 0, the most popular. Zipf only.
  [[nodiscard]] std::uint64_t next_rank(Random& random) const;

 private:
  // From all 64-bit numbers to 0 to users - 1, by a multiplication: several times as fast as the division of %.
  [[nodiscard]] std::uint64_t scale(std::uint64_t number) const noexcept {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>(Wide{number} * users_ >> 64U);
  }
  [[nodiscard]] std::uint64_t spread(std::uint64_t rank) const noexcept;

  std::uint64_t users_;
  Distribution distribution_;
  double zeta_ = 0;  // the sum of 1 / k^0.99 for k from 1 to users
  double eta_ = 0;   // as the paper calls it
};

}  // namespace lastbeat::bench
