# lastbeat_build_info: #include "build_info.hpp" tells the version, the commit and the build type.
#
# The commit is the one that is built, not the one that was configured: every build runs this file again as a script,
# which rewrites the header only when it says something new.
if(CMAKE_SCRIPT_MODE_FILE)
  set(COMMIT "")
  # Only the project's own checkout counts, not one that an unpacked archive happens to lie in.
  if(GIT AND EXISTS "${SOURCE_DIR}/.git")
    execute_process(
      COMMAND "${GIT}" --no-optional-locks describe --always --dirty --abbrev=12 --exclude=*
      WORKING_DIRECTORY "${SOURCE_DIR}"
      OUTPUT_VARIABLE COMMIT
      OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  if(COMMIT STREQUAL "")
    set(COMMIT "unknown")
  endif()
  file(
    CONFIGURE
    OUTPUT "${OUTPUT}"
    CONTENT
      [[// Written by cmake/BuildInfo.cmake.
#pragma once

#include <string_view>

namespace lastbeat {

inline constexpr std::string_view kVersionString = "@VERSION@";
inline constexpr std::string_view kCommit = "@COMMIT@";
inline constexpr std::string_view kBuildType = "@BUILD_TYPE@";

}  // namespace lastbeat
]]
    @ONLY)
  return()
endif()

find_package(Git QUIET)
set(build_info_dir "${PROJECT_BINARY_DIR}/include/build_info")
add_custom_target(
  lastbeat_build_info_header
  COMMAND
    "${CMAKE_COMMAND}" "-DSOURCE_DIR=${PROJECT_SOURCE_DIR}" "-DOUTPUT=${build_info_dir}/build_info.hpp"
    "-DGIT=${GIT_EXECUTABLE}" "-DVERSION=${PROJECT_VERSION}" "-DBUILD_TYPE=$<CONFIG>" -P "${CMAKE_CURRENT_LIST_FILE}"
  BYPRODUCTS "${build_info_dir}/build_info.hpp"
  COMMENT "Looking up the commit"
  VERBATIM)
add_library(lastbeat_build_info INTERFACE)
target_include_directories(lastbeat_build_info INTERFACE "${build_info_dir}")
add_dependencies(lastbeat_build_info lastbeat_build_info_header)
