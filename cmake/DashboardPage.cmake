# lastbeat_dashboard_page: #include <dashboard_page.hpp> is the dashboard as it is served, put together from server/web.
set(dashboard_dir "${PROJECT_SOURCE_DIR}/server/web")
set(dashboard_header "${PROJECT_BINARY_DIR}/include/dashboard_page/dashboard_page.hpp")
file(GLOB dashboard_sources CONFIGURE_DEPENDS "${dashboard_dir}/*.js" "${dashboard_dir}/*.css" "${dashboard_dir}/*.html"
     "${dashboard_dir}/*.mjs")
cmake_path(GET dashboard_header PARENT_PATH dashboard_header_dir)
file(MAKE_DIRECTORY "${dashboard_header_dir}")
add_custom_command(
  OUTPUT "${dashboard_header}"
  COMMAND "${LASTBEAT_NODE}" "${dashboard_dir}/build.mjs" "${dashboard_header}"
  DEPENDS ${dashboard_sources} "${LASTBEAT_NODE_MODULES}/uplot/package.json" "${LASTBEAT_NODE_MODULES}/esbuild/package.json"
  COMMENT "Putting the dashboard together"
  VERBATIM)
add_custom_target(lastbeat_dashboard_header DEPENDS "${dashboard_header}")
add_library(lastbeat_dashboard_page INTERFACE)
# SYSTEM: a string literal as long as the page is no matter for a warning.
target_include_directories(lastbeat_dashboard_page SYSTEM INTERFACE "${dashboard_header_dir}")
add_dependencies(lastbeat_dashboard_page lastbeat_dashboard_header)
