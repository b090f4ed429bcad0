// Serving requests allocates nothing once buffers have grown. Counts what threads other than the test's allocate.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "protocol/request.hpp"
#include "server/net/test_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::RawClient;
using lastbeat::test::TestServer;

namespace {

std::atomic<std::uint64_t> allocations{0};
thread_local bool is_counted = true;

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (is_counted) allocations.fetch_add(1, std::memory_order_relaxed);
  // aligned_alloc wants a multiple of the alignment.
  void* const memory = std::aligned_alloc(alignment, (bytes + alignment) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}

}  // namespace

// All forms, since a sanitizer's own do not forward to these.
void* operator new(std::size_t bytes) { return allocate(bytes, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new[](std::size_t bytes) { return ::operator new(bytes); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) { return ::operator new(bytes, alignment); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  try {
    return ::operator new(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new[](std::size_t bytes, const std::nothrow_t& nothrow) noexcept {
  return ::operator new(bytes, nothrow);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace {

// Requests of most kinds about the same users, `repetitions` times over.
struct Conversation {
  Buffer bytes;
  std::size_t replies = 0;
};

Conversation conversation(std::size_t repetitions) {
  std::vector<UserId> users;
  for (std::uint64_t i = 0; i < 1000; ++i) users.push_back(UserId{i});
  Conversation all;
  for (std::size_t i = 0; i < repetitions; ++i) {
    const auto tag = static_cast<std::uint16_t>(i);
    protocol::append_heartbeat(all.bytes, tag, std::span{users}.first(1));
    protocol::append_heartbeat(all.bytes, tag, users);
    protocol::append_status(all.bytes, tag, users, protocol::StatusForm::kCompact);
    protocol::append_status(all.bytes, tag, users, protocol::StatusForm::kDetailed);
    protocol::append_leave(all.bytes, tag, std::span{users}.first(1));
    protocol::append_count(all.bytes, tag);
    protocol::append_ping(all.bytes, tag);
    protocol::append_hello(all.bytes, tag);
    all.replies += 8;
  }
  return all;
}

// Sends in pieces, so that frames are cut, and takes every reply.
void talk(RawClient& client, const Conversation& conversation, std::size_t piece) {
  for (std::size_t at = 0; at < conversation.bytes.size(); at += piece) {
    client.send(std::span{conversation.bytes}.subspan(at, std::min(piece, conversation.bytes.size() - at)));
  }
  for (std::size_t i = 0; i < conversation.replies; ++i) REQUIRE(client.receive().has_value());
}

}  // namespace

TEST_CASE("requests are served without an allocation, in one read or in many, whole or in pieces") {
  const std::size_t piece = GENERATE(std::size_t{5'000'000}, std::size_t{3001});
  const std::size_t repetitions = GENERATE(1U, 8U);
  is_counted = false;  // the client's own, from here on
  TestServer server{{.threads = 1}};
  RawClient client = server.connect();
  const Conversation once = conversation(repetitions);
  for (int i = 0; i < 50; ++i) talk(client, once, piece);
  const std::uint64_t before = allocations.load();
  constexpr int kRounds = 500;
  for (int i = 0; i < kRounds; ++i) talk(client, once, piece);
  // A buffer may still grow, and the timer of the loop, twice a second, may have Asio allocate.
  CHECK(allocations.load() - before < kRounds / 10);
}
