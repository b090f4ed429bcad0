#include "store/environment.hpp"

#include <cstdlib>

namespace lastbeat {

std::string process_environment(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here changes the environment
  return value == nullptr ? std::string{} : std::string{value};
}

}  // namespace lastbeat
