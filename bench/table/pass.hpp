// One pass over a whole table, by the thread that asks for it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "table/table.hpp"
#include "table_bench/team.hpp"

namespace lastbeat::bench {

struct PassFigures {
  std::uint64_t timed_out = 0;
  std::uint64_t forgotten = 0;
  SecondsTaken took{0};
  SecondsTaken cpu{0};  // processor time of the thread
};

// Visits every stripe, one that waits for the receiver of edges again and again.
PassFigures pass_over(Table& table);

}  // namespace lastbeat::bench
