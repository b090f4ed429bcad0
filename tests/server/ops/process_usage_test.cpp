#include "ops/process_usage.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "support/catch.hpp"

using lastbeat::process_usage;

TEST_CASE("a process uses memory, and a descriptor more for each that it opens") {
  const auto before = process_usage();
  CHECK(before.resident_bytes > 100'000);
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
  CHECK(process_usage().open_files == before.open_files + 2);
  ::close(ends[0]);
  ::close(ends[1]);
  CHECK(process_usage().open_files == before.open_files);
}
