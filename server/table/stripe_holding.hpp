// One hold of a stripe's lock.
#pragma once

#include "table/hold_observer.hpp"
#include "table/lines.hpp"
#include "table/mutex.hpp"
#include "table/stripe.hpp"

namespace lastbeat {

// The lock, and word to an observer of what was done under it.
class LASTBEAT_THREAD_ANNOTATION(scoped_lockable) Stripe::Holding {
 public:
  Holding(Mutex& mutex, HoldObserver* observer) noexcept LASTBEAT_THREAD_ANNOTATION(acquire_capability(mutex))
      : mutex_{mutex}, observer_{observer} {
    mutex_.lock();
    if (observer_ != nullptr) observer_->locked();
  }
  ~Holding() LASTBEAT_THREAD_ANNOTATION(release_capability()) {
    if (observer_ != nullptr) observer_->unlocking(hold_);
    mutex_.unlock();
  }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;
  void count(const Lines& lines) noexcept { hold_ = {lines.touched(), lines.moved()}; }

 private:
  Mutex& mutex_;
  HoldObserver* observer_;
  Hold hold_;
};

}  // namespace lastbeat
