#include "bench/pinning.hpp"

#include <system_error>
#include <thread>

#include "support/catch.hpp"

using lastbeat::bench::Pinning;

namespace {

cpu_set_t allowed_here() {
  cpu_set_t cpus{};
  ::sched_getaffinity(0, sizeof cpus, &cpus);
  return cpus;
}

unsigned first_of(const cpu_set_t& cpus) {
  unsigned cpu = 0;
  while (!CPU_ISSET(cpu, &cpus)) ++cpu;
  return cpu;
}

}  // namespace

TEST_CASE("threads that are started while pinned run on the processors that were named") {
  const cpu_set_t before = allowed_here();
  const unsigned cpu = first_of(before);
  cpu_set_t in_thread{};
  {
    const Pinning pinning{{cpu}};
    std::thread{[&] { in_thread = allowed_here(); }}.join();
  }
  CHECK(CPU_COUNT(&in_thread) == 1);
  CHECK(first_of(in_thread) == cpu);
  const cpu_set_t after = allowed_here();
  CHECK(CPU_EQUAL(&after, &before));
}

TEST_CASE("without processors nothing is pinned") {
  const cpu_set_t before = allowed_here();
  const Pinning pinning{{}};
  const cpu_set_t now = allowed_here();
  CHECK(CPU_EQUAL(&now, &before));
}

TEST_CASE("processors that do not exist are refused by their numbers") {
  try {
    const Pinning pinning{{CPU_SETSIZE - 1, CPU_SETSIZE - 2}};
    FAIL("pinned");
  } catch (const std::system_error& error) {
    CHECK(std::string{error.what()}.find("processors 1023,1022") != std::string::npos);
  }
}
