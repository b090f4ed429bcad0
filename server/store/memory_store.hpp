// The default store: the presence table of this process. Completes every batch before execute returns.
#pragma once

#include "store/store.hpp"
#include "table/table.hpp"

namespace lastbeat {

class MemoryStore final : public Store {
 public:
  // See Table::Table.
  MemoryStore(const TableConfig& config, const PublishedTime& time, EdgeSink* edges = nullptr)
      : table_{config, time, edges} {}

  void execute(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) override;
  [[nodiscard]] std::uint64_t online() const noexcept override { return table_.online(); }
  [[nodiscard]] std::uint64_t entries() const noexcept override { return table_.entries(); }
  [[nodiscard]] std::uint64_t max_entries() const noexcept override { return table_.max_users(); }
  [[nodiscard]] std::uint64_t memory_bytes() const noexcept override { return table_.memory_bytes(); }
  [[nodiscard]] bool can_list() const noexcept override { return true; }
  [[nodiscard]] OnlinePage list_online(std::uint64_t cursor, std::size_t limit) override {
    return table_.list_online(cursor, limit);
  }
  [[nodiscard]] std::size_t parts() const noexcept override { return table_.stripe_count(); }
  PassResult pass(std::size_t part) noexcept override { return table_.pass_stripe(part); }

 private:
  Table table_;
};

}  // namespace lastbeat
