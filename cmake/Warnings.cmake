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
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-mismatched-new-delete) # gcc 12 at -O1: false positive in std::function
  endif()
elseif(LASTBEAT_SANITIZER STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan) # Asio's fence, which TSan cannot see through
  endif()
elseif(NOT LASTBEAT_SANITIZER STREQUAL "")
  message(FATAL_ERROR "LASTBEAT_SANITIZER is '${LASTBEAT_SANITIZER}'; allowed: empty, address, thread")
endif()
if(LASTBEAT_SANITIZER AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc's manual warns that instrumented code misleads such warnings (it does within std::regex, and in sums of
  # strings); Release heeds them.
  add_compile_options(-Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow -Wno-restrict)
endif()
