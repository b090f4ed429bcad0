#include "credentials/secret_file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace lastbeat::auth {

SecretFile read_secret_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    throw std::runtime_error("cannot read " + path + ": " + std::system_category().message(errno));
  }
  if (!S_ISREG(status.st_mode)) throw std::runtime_error("cannot read " + path + ": it is no plain file");
  std::ifstream file{path, std::ios::binary};
  SecretFile secret{.content = std::string(kMostFileBytes + 1, '\0'),
                    .others_may_read = (status.st_mode & S_IROTH) != 0,
                    .others_may_write = (status.st_mode & S_IWOTH) != 0};
  file.read(secret.content.data(), static_cast<std::streamsize>(secret.content.size()));
  secret.content.resize(static_cast<std::size_t>(file.gcount()));
  if (!file.is_open() || file.bad()) {
    throw std::runtime_error("cannot read " + path + ": " + std::system_category().message(errno));
  }
  if (secret.content.empty()) throw std::runtime_error(path + " is empty");
  if (secret.content.size() > kMostFileBytes) throw std::runtime_error(path + " is larger than 1 MiB");
  return secret;
}

}  // namespace lastbeat::auth
