// What is measured: the table, or a rival that is asked the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "table/command.hpp"
#include "table/table.hpp"

namespace lastbeat::bench {

// As many commands as one call takes: what a session decodes from one read is of that order.
constexpr std::size_t kBatch = 256;

struct Batch {
  std::array<Command, kBatch> commands;
  std::array<Answer, kBatch> answers;
};

// Threads: any. One indirect call a batch, so that every subject is driven by the same code.
class Subject {
 public:
  virtual ~Subject() = default;
  // Requires spans of equal size.
  virtual void execute(std::span<const Command> commands, std::span<Answer> answers) noexcept = 0;
  // Users held. Exact when nothing happens meanwhile.
  [[nodiscard]] virtual std::uint64_t entries() = 0;
};

class TableSubject final : public Subject {
 public:
  explicit TableSubject(Table& table) noexcept : table_{table} {}
  void execute(std::span<const Command> commands, std::span<Answer> answers) noexcept override {
    table_.execute(commands, answers);
  }
  [[nodiscard]] std::uint64_t entries() override { return table_.entries(); }

 private:
  Table& table_;
};

}  // namespace lastbeat::bench
