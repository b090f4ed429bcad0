// std::mutex with the annotations that let clang check which data needs which lock (-Wthread-safety).
#pragma once

#include <mutex>

#if defined(__clang__)
#define LASTBEAT_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define LASTBEAT_THREAD_ANNOTATION(x)
#endif
#define LASTBEAT_GUARDED_BY(mutex) LASTBEAT_THREAD_ANNOTATION(guarded_by(mutex))
#define LASTBEAT_REQUIRES(...) LASTBEAT_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))

namespace lastbeat {

class LASTBEAT_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  void lock() LASTBEAT_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void unlock() LASTBEAT_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class LASTBEAT_THREAD_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) LASTBEAT_THREAD_ANNOTATION(acquire_capability(mutex)) : mutex_{mutex} {
    mutex_.lock();
  }
  ~MutexLock() LASTBEAT_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace lastbeat
