#include "store/memory_store.hpp"

namespace lastbeat {

void MemoryStore::execute(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) {
  table_.execute(commands, answers);
  done.batch_done(BatchResult::kDone);
}

}  // namespace lastbeat
