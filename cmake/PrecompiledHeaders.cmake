# lastbeat_precompile(<name> HEADERS <header>... USES <library>...): a set of headers that is compiled once. A target
# shares it by target_precompile_headers(<target> REUSE_FROM <name>), if it uses the same libraries.
#
# Asio and Catch2 take most of the time of compiling a file that includes them. Files still include what they need:
# preset dev does without (CMAKE_DISABLE_PRECOMPILE_HEADERS).
function(lastbeat_precompile name)
  cmake_parse_arguments(ARG "" "" "HEADERS;USES" ${ARGN})
  set(source "${PROJECT_BINARY_DIR}/precompiled/${name}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "// For its precompiled headers.\n")
  add_library(${name} STATIC "${source}")
  target_link_libraries(${name} PRIVATE ${ARG_USES} lastbeat_warnings)
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

lastbeat_precompile(lastbeat_asio_headers HEADERS <asio.hpp> USES lastbeat_asio)
lastbeat_watch(lastbeat_asio_headers)
