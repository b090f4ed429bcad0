#include "compare/programs.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace lastbeat::bench;

namespace {

// A folder of its own with files in it.
class Folder {
 public:
  [[nodiscard]] std::string path() const { return folder_.path().string(); }
  std::string add(const std::string& name, const std::string& script, ::mode_t mode) const {
    std::string path = folder_.file(name);
    std::ofstream{path} << script;
    ::chmod(path.c_str(), mode);
    return path;
  }

 private:
  lastbeat::test::TempFolder folder_{"programs"};
};

constexpr ::mode_t kProgram = 0700;

}  // namespace

TEST_CASE("a program is the first executable file of its name in the path") {
  const Folder first;
  const Folder second;
  first.add("other", "", kProgram);
  std::filesystem::create_directory(first.path() + "/server");
  const std::string server = second.add("server", "", kProgram);
  const std::string path = "/nonexistent:" + first.path() + ":" + second.path();
  CHECK(find_program("server", path) == server);
  CHECK(find_program("missing", path).empty());
  CHECK(find_program("server", "").empty());
}

TEST_CASE("a name with a slash is a place, and not looked for") {
  const Folder folder;
  const std::string server = folder.add("server", "", kProgram);
  CHECK(find_program(server, "") == server);
  CHECK(find_program("./server", folder.path()).empty());
}

TEST_CASE("the version is the first line that a program prints") {
  const Folder folder;
  CHECK(version_of(folder.add("good", "#!/bin/sh\necho \"server 1.2 $1\"\necho more\n", kProgram)) ==
        "server 1.2 --version");
  CHECK(version_of(folder.add("bad", "#!/bin/sh\necho server 1.2\nexit 1\n", kProgram)).empty());
}

TEST_CASE("this program is an executable file") { CHECK(find_program(this_program(), "") == this_program()); }
