// A program that runs for as long as somebody holds it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "compare/descriptor.hpp"

namespace lastbeat::bench {

struct ChildPlan {
  std::string program;  // a path
  std::vector<std::string> arguments;
  std::optional<unsigned> cpu;  // the only core that it may use; empty: any
};

// Starts a program with its input closed, its limit of open files raised as far as it may be, and everything it prints
// kept in memory: no file is left behind, however this process ends. The program ends with this object and with the
// thread that made it, a SIGKILL of this process included. It is in a process group of its own, so that Ctrl-C at a
// terminal reaches only this process, which then ends it. Threads: one.
class ChildProcess {
 public:
  // Throws std::system_error, naming the program, when it cannot be started.
  explicit ChildProcess(const ChildPlan& plan);
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t id() const noexcept { return id_; }
  // False once it has ended by itself.
  [[nodiscard]] bool is_running();
  // The exit status, or 128 + the signal that ended it; empty when it still runs after `patience`.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds patience);
  // What it has printed on standard output and standard error: the last 16 KiB.
  [[nodiscard]] std::string output() const;

 private:
  Descriptor output_;
  pid_t id_ = -1;  // -1: moved from
  std::optional<int> status_;
};

}  // namespace lastbeat::bench
