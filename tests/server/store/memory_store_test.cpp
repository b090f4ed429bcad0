#include "store/memory_store.hpp"

#include <array>
#include <optional>

#include "support/catch.hpp"

using namespace lastbeat;

namespace {

class Completion final : public BatchCompletion {
 public:
  void batch_done(BatchResult result) noexcept override { told = result; }
  std::optional<BatchResult> told;
};

}  // namespace

TEST_CASE("the memory store is through with a batch before execute returns") {
  const PublishedTime time{{.now = 100}};
  MemoryStore store{{}, time};
  const std::array commands{Command{.user = UserId{1}, .kind = CommandKind::kHeartbeat},
                            Command{.user = UserId{1}, .kind = CommandKind::kStatus}};
  std::array<Answer, 2> answers;
  Completion done;
  store.execute(commands, answers, done);
  CHECK(done.told == BatchResult::kDone);
  CHECK(answers[1].presence == Presence::kOnline);
  CHECK(store.online() == 1);
  CHECK(store.entries() == 1);
  CHECK(store.list_online(0, 10).users == std::vector{UserId{1}});
}

TEST_CASE("passing over every part of the memory store expires its users") {
  PublishedTime time{{.now = 100}};
  MemoryStore store{{}, time};
  const Command heartbeat{.user = UserId{1}, .kind = CommandKind::kHeartbeat};
  Answer answer;
  Completion done;
  store.execute({&heartbeat, 1}, {&answer, 1}, done);
  time.publish({.now = 131});
  PassResult sum;
  for (std::size_t i = 0; i < store.parts(); ++i) {
    const PassResult result = store.pass(i);
    sum.timed_out += result.timed_out;
    sum.forgotten += result.forgotten;
  }
  CHECK(sum.timed_out == 1);
  CHECK(sum.forgotten == 1);
  CHECK(store.entries() == 0);
}
