#include "table/page_block.hpp"

#include <sys/mman.h>

namespace lastbeat {

PageBlock PageBlock::allocate(std::size_t bytes) noexcept {
  PageBlock block;
  void* const start = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start != MAP_FAILED) {
    block.start_ = static_cast<std::byte*>(start);
    block.bytes_ = bytes;
  }
  return block;
}

PageBlock::~PageBlock() {
  if (start_ != nullptr) ::munmap(start_, bytes_);
}

}  // namespace lastbeat
