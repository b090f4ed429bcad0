#include "compare/child_process.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>
#include <utility>

namespace lastbeat::bench {
namespace {

constexpr off_t kMostOutput = off_t{16} << 10U;

int status_of(int wait_status) {
  constexpr int kSignalled = 128;
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : kSignalled + WTERMSIG(wait_status);
}

// The child between fork and exec: only calls that are safe there. False, and errno, when one fails.
bool prepare(pid_t parent, int output, std::optional<unsigned> cpu) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return false;
  if (::getppid() != parent) ::_exit(1);  // it ended before prctl
  if (::setpgid(0, 0) != 0) return false;
  std::signal(SIGPIPE, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0 || ::dup2(nothing, STDIN_FILENO) < 0) return false;
  if (::dup2(output, STDOUT_FILENO) < 0 || ::dup2(output, STDERR_FILENO) < 0) return false;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return false;
  files.rlim_cur = files.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) return false;
  if (!cpu) return true;
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(*cpu, &cores);
  return ::sched_setaffinity(0, sizeof cores, &cores) == 0;
}

// Starts `argv[0]`; the errno of what failed otherwise. A pipe that closes when the child has become the program, and
// brings an errno when it could not, tells which.
int start(const std::vector<char*>& argv, int output, std::optional<unsigned> cpu, pid_t& child) {
  std::array<int, 2> ends{};
  checked(::pipe2(ends.data(), O_CLOEXEC), "pipe");
  const Descriptor reading{ends[0]};
  Descriptor writing{ends[1]};
  const pid_t parent = ::getpid();
  child = checked(::fork(), "fork");
  if (child == 0) {
    if (prepare(parent, output, cpu)) ::execv(argv[0], argv.data());
    const int error = errno;
    static_cast<void>(::write(writing.get(), &error, sizeof error) == sizeof error);
    ::_exit(1);
  }
  writing = Descriptor{};
  int error = 0;
  return ::read(reading.get(), &error, sizeof error) < 0 ? errno : error;
}

}  // namespace

ChildProcess::ChildProcess(const ChildPlan& plan)
    : output_{checked(::memfd_create("output", MFD_CLOEXEC), "memfd_create")} {
  checked(::fcntl(output_.get(), F_SETFL, O_APPEND), "O_APPEND");
  std::vector<std::string> texts = plan.arguments;
  texts.insert(texts.begin(), plan.program);
  std::vector<char*> argv;
  argv.reserve(texts.size() + 1);
  for (std::string& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);
  const int error = start(argv, output_.get(), plan.cpu, id_);
  if (error == 0) return;
  ::waitpid(id_, nullptr, 0);
  throw std::system_error{error, std::system_category(), "cannot start " + plan.program};
}

ChildProcess::~ChildProcess() {
  if (id_ < 0 || status_) return;
  ::kill(id_, SIGKILL);  // nothing that it holds is to be kept
  ::waitpid(id_, nullptr, 0);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : output_{std::move(other.output_)}, id_{std::exchange(other.id_, -1)}, status_{other.status_} {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(output_, other.output_);
  std::swap(id_, other.id_);
  std::swap(status_, other.status_);
  return *this;
}

bool ChildProcess::is_running() { return !wait(std::chrono::milliseconds{0}).has_value(); }

std::optional<int> ChildProcess::wait(std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kTick{5};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!status_) {
    int status = 0;
    if (::waitpid(id_, &status, WNOHANG) == id_) {
      status_ = status_of(status);
    } else if (std::chrono::steady_clock::now() >= deadline) {
      break;
    } else {
      std::this_thread::sleep_for(kTick);
    }
  }
  return status_;
}

std::string ChildProcess::output() const {
  struct stat file {};
  if (::fstat(output_.get(), &file) != 0) return {};
  const off_t bytes = std::min(file.st_size, kMostOutput);
  std::string text(static_cast<std::size_t>(bytes), '\0');
  const ssize_t read = ::pread(output_.get(), text.data(), text.size(), file.st_size - bytes);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(read, 0)));
  return text;
}

}  // namespace lastbeat::bench
