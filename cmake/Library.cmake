# liblastbeat, for programs outside: the client with what it stands on, in one shared library and in one archive, and how
# they are found: find_package(lastbeat), pkg-config.
#
# The number in the soname, and in the name of the package. Raise it when programs have to be compiled anew.
set(LASTBEAT_SOVERSION 0)

set(parts lastbeat_protocol lastbeat_text lastbeat_client)
# Another Asio in the program that embeds the library must not meet this one.
target_compile_definitions(lastbeat_client PRIVATE ASIO_DISABLE_VISIBILITY)
set_target_properties(${parts} PROPERTIES POSITION_INDEPENDENT_CODE ON)

foreach(kind IN ITEMS shared static)
  string(TOUPPER ${kind} KIND)
  set(library lastbeat_${kind})
  add_library(${library} ${KIND})
  foreach(part IN LISTS parts)
    target_sources(${library} PRIVATE $<TARGET_OBJECTS:${part}>)
  endforeach()
  set_target_properties(
    ${library} PROPERTIES OUTPUT_NAME lastbeat LINKER_LANGUAGE CXX ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib"
                          LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
  target_include_directories(
    ${library}
    INTERFACE "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/client/include>"
              "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/protocol/include>"
              "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_compile_features(${library} INTERFACE cxx_std_20)
  target_link_libraries(${library} PRIVATE Threads::Threads)
  if(LASTBEAT_TLS)
    target_link_libraries(${library} PRIVATE OpenSSL::SSL)
  endif()
endforeach()
set_target_properties(lastbeat_shared PROPERTIES EXPORT_NAME lastbeat VERSION ${PROJECT_VERSION}
                                                 SOVERSION ${LASTBEAT_SOVERSION})
set_target_properties(lastbeat_static PROPERTIES EXPORT_NAME static)
if(LASTBEAT_SANITIZER)
  target_link_libraries(lastbeat_shared PRIVATE lastbeat_asio_functions)
else()
  target_link_options(lastbeat_shared PRIVATE -Wl,-z,defs)
endif()

# Asio's objects cross into the asynchronous client: it is for programs that compile with the same Asio, which the shared
# library hides its own from. So the archive alone has it.
get_target_property(asio_definitions lastbeat_asio INTERFACE_COMPILE_DEFINITIONS)
add_library(lastbeat_installed_async INTERFACE)
target_link_libraries(lastbeat_installed_async INTERFACE lastbeat_static)
target_compile_definitions(lastbeat_installed_async INTERFACE ${asio_definitions})
set_target_properties(lastbeat_installed_async PROPERTIES EXPORT_NAME async_client)

install(TARGETS lastbeat_shared EXPORT lastbeat LIBRARY COMPONENT library NAMELINK_COMPONENT dev)
install(TARGETS lastbeat_static lastbeat_installed_async EXPORT lastbeat_static ARCHIVE COMPONENT dev)
install(
  DIRECTORY client/include/lastbeat protocol/include/lastbeat
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  COMPONENT dev)

# Another minor version may change the interface before 1.0.
include(CMakePackageConfigHelpers)
set(config_dir "${CMAKE_INSTALL_LIBDIR}/cmake/lastbeat")
configure_package_config_file(packaging/lastbeatConfig.cmake.in "${PROJECT_BINARY_DIR}/packaging/lastbeatConfig.cmake"
                              INSTALL_DESTINATION "${config_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/packaging/lastbeatConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/packaging/lastbeatConfig.cmake"
              "${PROJECT_BINARY_DIR}/packaging/lastbeatConfigVersion.cmake" DESTINATION "${config_dir}" COMPONENT dev)
install(EXPORT lastbeat NAMESPACE lastbeat:: FILE lastbeatShared.cmake DESTINATION "${config_dir}" COMPONENT dev)
install(EXPORT lastbeat_static NAMESPACE lastbeat:: FILE lastbeatStatic.cmake DESTINATION "${config_dir}" COMPONENT dev)

if(LASTBEAT_TLS)
  set(LASTBEAT_PC_REQUIRES "openssl >= 3.0")
endif()
list(TRANSFORM asio_definitions PREPEND -D OUTPUT_VARIABLE LASTBEAT_PC_ASIO)
list(JOIN LASTBEAT_PC_ASIO " " LASTBEAT_PC_ASIO)
lastbeat_install_configured(packaging/lastbeat.pc.in "${CMAKE_INSTALL_LIBDIR}/pkgconfig" dev)
lastbeat_install_configured(packaging/lastbeat-async.pc.in "${CMAKE_INSTALL_LIBDIR}/pkgconfig" dev)
