#include "table_bench/pass.hpp"

#include <ctime>
#include <thread>

namespace lastbeat::bench {
namespace {

SecondsTaken thread_cpu() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

PassResult pass_stripe(Table& table, std::size_t stripe) {
  PassResult result = table.pass_stripe(stripe);
  while (result.waiting) {
    std::this_thread::yield();
    result = table.pass_stripe(stripe);
  }
  return result;
}

}  // namespace

PassFigures pass_over(Table& table) {
  PassFigures figures;
  const auto start = SteadyClock::now();
  const SecondsTaken cpu_before = thread_cpu();
  for (std::size_t i = 0; i < table.stripe_count(); ++i) {
    const PassResult result = pass_stripe(table, i);
    figures.timed_out += result.timed_out;
    figures.forgotten += result.forgotten;
  }
  figures.cpu = thread_cpu() - cpu_before;
  figures.took = SteadyClock::now() - start;
  return figures;
}

}  // namespace lastbeat::bench
