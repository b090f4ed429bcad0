// Starts the programs under test as processes of their own.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace lastbeat::test {

// A program that runs until it ends by itself or the object dies, which kills it: one of ours, from build/bin, or one
// of the system, found in PATH.
class Process {
 public:
  Process(const std::string& program, const std::vector<std::string>& arguments);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t id() const { return pid_; }
  [[nodiscard]] bool is_running() const;
  void signal(int number) const;
  // Reads what it prints, on standard output and standard error alike, until the text appears; returns everything so
  // far. Throws std::runtime_error when the program ends, or a minute passes, before that.
  std::string read_until(const std::string& text);
  // Reads the rest and returns the exit status, or 128 + the signal that ended it. What was printed is in `output()`.
  int wait();
  [[nodiscard]] const std::string& output() const { return output_; }

 private:
  bool read_more();

  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string output_;
};

// Runs a program to its end.
struct Finished {
  int status = 0;
  std::string output;
};
Finished run(const std::string& program, const std::vector<std::string>& arguments);

// A lastbeatd on a port of its own, that serves already.
class Daemon {
 public:
  explicit Daemon(const std::vector<std::string>& arguments = {});
  [[nodiscard]] const std::string& address() const { return address_; }
  // Of the HTTP API; empty when the server was built without.
  [[nodiscard]] const std::string& http_address() const { return http_address_; }
  Process& process() { return process_; }
  // Runs `lastbeat` against it.
  [[nodiscard]] Finished lastbeat(const std::vector<std::string>& arguments) const;
  // Asks for a user's status again until the answer starts like this; the last answer otherwise, a minute later.
  [[nodiscard]] std::string status_until(const std::string& user, const std::string& expected) const;

 private:
  Process process_;
  std::string address_;
  std::string http_address_;
};

}  // namespace lastbeat::test
