# What the core needs: Asio, spdlog, CLI11, Abseil for the table's benchmark, and Catch2 for the tests; and what the
# optional parts need. `make deps` installs all of it on Debian and Ubuntu.
find_package(Threads REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(absl REQUIRED)

# Standalone Asio ships headers and no CMake configuration.
find_path(LASTBEAT_ASIO_INCLUDE_DIR asio.hpp DOC "Folder that holds asio.hpp (package libasio-dev)")
if(NOT LASTBEAT_ASIO_INCLUDE_DIR)
  message(FATAL_ERROR "asio.hpp not found; install libasio-dev (or run `make deps`)")
endif()
add_library(lastbeat_asio INTERFACE)
target_include_directories(lastbeat_asio SYSTEM INTERFACE ${LASTBEAT_ASIO_INCLUDE_DIR})
# Asio 1.22 decides for or against std::aligned_alloc by what was included before it, so two files of one program could
# disagree, and one free what the other allocated.
target_compile_definitions(lastbeat_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_NO_TYPEID
                           ASIO_DISABLE_STD_ALIGNED_ALLOC)
target_link_libraries(lastbeat_asio INTERFACE Threads::Threads)

# What co_await with Asio needs besides: clang before 16 does not tell libstdc++ and Asio that it knows coroutines.
add_library(lastbeat_coroutines INTERFACE)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16)
  target_compile_definitions(lastbeat_coroutines INTERFACE ASIO_HAS_CO_AWAIT __cpp_impl_coroutine=201902L)
  if(LASTBEAT_SANITIZER STREQUAL "address")
    # What this check writes before a function is lost when a coroutine is cut in pieces: "Cannot represent a difference
    # across sections".
    target_compile_options(lastbeat_coroutines INTERFACE -fno-sanitize=function)
  endif()
endif()

if(LASTBEAT_HTTP OR LASTBEAT_AUTH OR LASTBEAT_STORE_DYNAMO)
  find_package(nlohmann_json REQUIRED)
endif()

if(LASTBEAT_AUTH OR LASTBEAT_TLS)
  find_package(OpenSSL 3.0 REQUIRED)
endif()

# With a sanitizer, Asio's own functions are compiled once instead of in every file: instrumented, they take most of the
# time of a build. Without, they are inlined where they are called.
if(LASTBEAT_SANITIZER)
  set(source "${PROJECT_BINARY_DIR}/asio.cpp")
  set(content "#include <asio/impl/src.hpp>\n")
  if(LASTBEAT_TLS)
    string(APPEND content "#include <asio/ssl/impl/src.hpp>\n")
  endif()
  file(CONFIGURE OUTPUT "${source}" CONTENT "${content}")
  target_compile_definitions(lastbeat_asio INTERFACE ASIO_SEPARATE_COMPILATION)
  add_library(lastbeat_asio_functions STATIC "${source}")
  set_target_properties(lastbeat_asio_functions PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_include_directories(lastbeat_asio_functions SYSTEM PRIVATE ${LASTBEAT_ASIO_INCLUDE_DIR})
  target_compile_definitions(lastbeat_asio_functions
                             PRIVATE $<TARGET_PROPERTY:lastbeat_asio,INTERFACE_COMPILE_DEFINITIONS>)
  if(LASTBEAT_TLS)
    target_link_libraries(lastbeat_asio_functions PRIVATE OpenSSL::SSL)
  endif()
  target_link_libraries(lastbeat_asio INTERFACE lastbeat_asio_functions)
endif()

if(LASTBEAT_AUTH)
  # From version 3 on libjwt has another interface.
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(LASTBEAT_LIBJWT IMPORTED_TARGET "libjwt>=1.10" "libjwt<3")
  if(NOT LASTBEAT_LIBJWT_FOUND)
    message(FATAL_ERROR "libjwt 1.10 or newer not found; install libjwt-dev (or run `make deps`), or configure with "
                        "-DLASTBEAT_AUTH=OFF")
  endif()
  add_library(lastbeat_jwt INTERFACE)
  target_link_libraries(lastbeat_jwt INTERFACE PkgConfig::LASTBEAT_LIBJWT)
endif()

if(LASTBEAT_HTTP)
  # Only Beast's message parser, which is headers: no library of Boost's is linked to.
  find_path(LASTBEAT_BOOST_INCLUDE_DIR boost/beast/http/basic_parser.hpp DOC "Folder that holds boost/beast.hpp")
  if(NOT LASTBEAT_BOOST_INCLUDE_DIR)
    message(FATAL_ERROR "Boost.Beast not found; install libboost1.81-dev, or libboost-dev where it is newer "
                        "(or run `make deps`), or configure with -DLASTBEAT_HTTP=OFF")
  endif()
  add_library(lastbeat_beast INTERFACE)
  target_include_directories(lastbeat_beast SYSTEM INTERFACE ${LASTBEAT_BOOST_INCLUDE_DIR})
endif()

if(LASTBEAT_STORE_DYNAMO)
  # It signs requests to AWS since 7.75, and with a session token since 7.86.
  find_package(CURL 7.86 REQUIRED)
endif()

if(LASTBEAT_WEB)
  if(NOT LASTBEAT_HTTP)
    message(FATAL_ERROR "The dashboard is a path of the HTTP API: configure with -DLASTBEAT_WEB=OFF too")
  endif()
  find_program(LASTBEAT_NODE NAMES node nodejs DOC "Node.js, which puts the dashboard together")
  set(LASTBEAT_NODE_MODULES "${PROJECT_SOURCE_DIR}/server/web/node_modules")
  if(NOT LASTBEAT_NODE OR NOT EXISTS "${LASTBEAT_NODE_MODULES}/uplot" OR NOT EXISTS "${LASTBEAT_NODE_MODULES}/esbuild")
    message(FATAL_ERROR "The dashboard needs Node.js, and uplot and esbuild from npm: run `make deps`, or install Node.js "
                        "18 or newer and run `npm ci` in server/web; or configure with -DLASTBEAT_WEB=OFF")
  endif()
endif()

if(LASTBEAT_METRICS)
  if(NOT LASTBEAT_HTTP)
    message(FATAL_ERROR "/metrics is a path of the HTTP API: configure with -DLASTBEAT_METRICS=OFF too")
  endif()
  # The text of metrics alone: neither its HTTP server nor its client is linked to.
  find_package(prometheus-cpp CONFIG REQUIRED COMPONENTS core)
endif()

if(LASTBEAT_SYSTEMD)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(LASTBEAT_LIBSYSTEMD IMPORTED_TARGET libsystemd)
  if(NOT LASTBEAT_LIBSYSTEMD_FOUND)
    message(FATAL_ERROR "libsystemd not found; install libsystemd-dev (or run `make deps`), or configure with "
                        "-DLASTBEAT_SYSTEMD=OFF")
  endif()
endif()
