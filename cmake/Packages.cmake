# The .deb files that CPack builds, `make package` hardened ones. A package is a component of the installation.
set(CPACK_GENERATOR DEB)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/packages")
set(CPACK_PACKAGE_VENDOR "Lastbeat")
set(CPACK_PACKAGE_CONTACT "Lastbeat maintainers <maintainers@lastbeat.example>" CACHE STRING "Maintainer of the packages")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has its own
set(CPACK_SET_DESTDIR ON) # the configuration goes to /etc, outside the prefix
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)

set(debian "${PROJECT_SOURCE_DIR}/packaging/debian")
file(STRINGS "${debian}/changelog" newest LIMIT_COUNT 1)
if(NOT newest MATCHES "^lastbeat \\(${PROJECT_VERSION}\\)")
  message(FATAL_ERROR "packaging/debian/changelog begins with '${newest}' and not with version ${PROJECT_VERSION}")
endif()
compress(debian changelog)

# debian_package(<component> <name> <section> <summary> <description>)
macro(debian_package component name section summary description)
  list(APPEND CPACK_COMPONENTS_ALL ${component})
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name})
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section})
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${summary}\n${description}")
  install(FILES "${debian}/copyright" "${PROJECT_BINARY_DIR}/packaging/changelog.gz"
          DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/doc/${name}" COMPONENT ${component} EXCLUDE_FROM_ALL)
endmacro()

set(library liblastbeat${LASTBEAT_SOVERSION})
debian_package(
  server lastbeat-server net "presence server: who is online right now?"
  "Users, or gateways on their behalf, send heartbeats over HTTP or a binary
protocol; lastbeatd keeps in memory who has been heard of lately, and says
who is online.")
debian_package(
  client lastbeat-client net "command line client of the Lastbeat presence server"
  "The command lastbeat asks a lastbeatd who is online, and sends it heartbeats.")
debian_package(
  library ${library} libs "client library of the Lastbeat presence server"
  "Asks a lastbeatd who is online, and sends it heartbeats.")
debian_package(
  dev liblastbeat-dev libdevel "client library of the Lastbeat presence server: development files"
  "Headers, the static library, and what CMake and pkg-config need to find them.")
debian_package(
  bench lastbeat-bench net "load generator for the Lastbeat presence server"
  "Measures how many heartbeats and questions a server takes, and judges its
answers against a model. Speaks to Redis and memcached servers too.")

set(CPACK_DEBIAN_SERVER_PACKAGE_DEPENDS "adduser")
set(CPACK_DEBIAN_SERVER_PACKAGE_RECOMMENDS "lastbeat-client")
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "${library} (= ${PROJECT_VERSION})")
if(LASTBEAT_TLS)
  string(APPEND CPACK_DEBIAN_DEV_PACKAGE_DEPENDS ", libssl-dev (>= 3.0)")
endif()
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "libasio-dev")
set(CPACK_DEBIAN_BENCH_PACKAGE_SUGGESTS "lastbeat-server, memcached, redis-server")

set(CPACK_DEBIAN_SERVER_PACKAGE_CONTROL_EXTRA "${debian}/conffiles;${debian}/postinst;${debian}/prerm;${debian}/postrm")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA "${debian}/triggers")
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
include(CPack)
