#include "bench/handler_memory.hpp"

#include "support/catch.hpp"

using lastbeat::bench::HandlerAllocator;
using lastbeat::bench::HandlerMemory;

TEST_CASE("one handler after the other gets the same memory") {
  HandlerMemory memory;
  void* const first = memory.allocate(100);
  memory.release(first);
  void* const second = memory.allocate(200);
  CHECK(second == first);
  void* const meanwhile = memory.allocate(100);  // from the heap
  CHECK(meanwhile != first);
  memory.release(second);
  memory.release(meanwhile);
  void* const large = memory.allocate(100'000);
  CHECK(large != first);
  memory.release(large);
}

TEST_CASE("a handler may outlive its connection") {
  auto memory = std::make_shared<HandlerMemory>();
  HandlerAllocator<long> allocator{memory};
  memory.reset();
  long* const at = allocator.allocate(4);
  at[3] = 1;
  allocator.deallocate(at, 4);
}
