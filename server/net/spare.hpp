// One object that is kept for reuse, so that what it has grown to need not be allocated again.
#pragma once

#include <memory>
#include <utility>

namespace lastbeat {

// T has clear(). Threads: one at a time.
template <class T>
class Spare {
 public:
  // The spare object, cleared, or a new one.
  [[nodiscard]] std::unique_ptr<T> take() {
    if (!spare_) return std::make_unique<T>();
    spare_->clear();
    return std::move(spare_);
  }
  void give_back(std::unique_ptr<T> object) noexcept { spare_ = std::move(object); }

 private:
  std::unique_ptr<T> spare_;
};

}  // namespace lastbeat
