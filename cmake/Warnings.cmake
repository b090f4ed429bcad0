# Warnings are errors for our own code; headers of libraries are SYSTEM and stay silent.
add_library(lastbeat_warnings INTERFACE)
target_compile_options(
  lastbeat_warnings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wsign-conversion
            -Wold-style-cast
            -Woverloaded-virtual
            -Wnon-virtual-dtor
            -Wimplicit-fallthrough
            -Werror)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # The mutex annotations of server/table/mutex.hpp are checked by clang only.
  target_compile_options(lastbeat_warnings INTERFACE -Wthread-safety)
endif()

# LASTBEAT_SANITIZER: empty, "address" (with undefined behaviour) or "thread".
set(LASTBEAT_SANITIZER "" CACHE STRING "Sanitizer for every target: empty, address or thread")
set_property(CACHE LASTBEAT_SANITIZER PROPERTY STRINGS "" address thread)
if(LASTBEAT_SANITIZER STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(LASTBEAT_SANITIZER STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(NOT LASTBEAT_SANITIZER STREQUAL "")
  message(FATAL_ERROR "LASTBEAT_SANITIZER is '${LASTBEAT_SANITIZER}'; allowed: empty, address, thread")
endif()
if(LASTBEAT_SANITIZER AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc's manual says that instrumented code misleads its warnings; gcc 12 gives false ones here for std::regex, sums of
  # strings and std::function. Builds without sanitizers compile the same sources with all warnings as errors.
  add_compile_options(-w)
endif()
