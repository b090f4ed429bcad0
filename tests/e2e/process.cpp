#include "e2e/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace lastbeat::test {
namespace {

constexpr std::chrono::minutes kPatience{1};
#ifdef LASTBEAT_HTTP
constexpr const char* kHttp = "127.0.0.1:0";
#else
constexpr const char* kHttp = "off";
#endif

// What stands behind `before` in a message of the log, be it text or JSON; empty when nothing does.
std::string logged(const std::string& log, const std::string& before) {
  const std::size_t found = log.find(before);
  if (found == std::string::npos) return {};
  const std::size_t at = found + before.size();
  return log.substr(at, log.find_first_of("\"\n", at) - at);
}

std::vector<std::string> with(std::vector<std::string> first, const std::vector<std::string>& rest) {
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

}  // namespace

Process::Process(const std::string& program, const std::vector<std::string>& arguments) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error{errno, std::system_category(), "pipe"};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  const bool is_ours = program.starts_with("lastbeat");
  std::string path = is_ours ? std::string{LASTBEAT_BIN_DIR} + "/" + program : program;
  std::vector<char*> argv{path.data()};
  std::vector<std::string> copies = arguments;
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int error = ::posix_spawnp(&pid_, path.c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  pipe_ = ends[0];
  if (error != 0) throw std::system_error{error, std::system_category(), path};
}

Process::~Process() {
  ::close(pipe_);
  if (pid_ < 0) return;
  ::kill(pid_, SIGCONT);
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Process::is_running() const {
  siginfo_t ended{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;
}

void Process::signal(int number) const { ::kill(pid_, number); }

std::string Process::read_until(const std::string& text) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (output_.find(text) == std::string::npos) {
    pollfd ready{.fd = pipe_, .events = POLLIN, .revents = 0};
    constexpr int kMilliseconds = 100;
    if (::poll(&ready, 1, kMilliseconds) > 0 && !read_more()) throw std::runtime_error("it ended; it said: " + output_);
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("it only said: " + output_);
  }
  return output_;
}

int Process::wait() {
  while (read_more()) {
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  constexpr int kSignalled = 128;
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
}

bool Process::read_more() {
  std::array<char, 4096> piece{};
  const ssize_t bytes = ::read(pipe_, piece.data(), piece.size());
  if (bytes > 0) output_.append(piece.data(), static_cast<std::size_t>(bytes));
  return bytes > 0;
}

Finished run(const std::string& program, const std::vector<std::string>& arguments) {
  Process process{program, arguments};
  const int status = process.wait();
  return {.status = status, .output = process.output()};
}

Daemon::Daemon(const std::vector<std::string>& arguments)
    : process_{"lastbeatd", with({"--listen", "127.0.0.1:0", "--http", kHttp}, arguments)} {
  const std::string log = process_.read_until("is ready");
  address_ = logged(log, "listening on ");
  http_address_ = logged(log, "HTTP on ");
}

Finished Daemon::lastbeat(const std::vector<std::string>& arguments) const {
  return run("lastbeat", with({"--server", address_}, arguments));
}

std::string Daemon::status_until(const std::string& user, const std::string& expected) const {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    std::string answer = lastbeat({"status", user}).output;
    if (answer.starts_with(expected) || std::chrono::steady_clock::now() > deadline) return answer;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

}  // namespace lastbeat::test
