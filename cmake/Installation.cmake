# What is installed beside programs and library: unit, configuration, documents, manual pages.
if(LASTBEAT_SYSTEMD)
  lastbeat_install_configured(packaging/lastbeatd.service.in lib/systemd/system server)
endif()
lastbeat_install_configuration(packaging/lastbeatd.toml lastbeat server)
# The documents lie as they do here, so that their links hold.
install(FILES README.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT server)
install(DIRECTORY docs examples DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT server PATTERN CMakeLists.txt EXCLUDE)
set(docdir_of_dev "${CMAKE_INSTALL_DATAROOTDIR}/doc/liblastbeat-dev")
install(FILES docs/client.md docs/partitioning.md docs/protocol.md DESTINATION "${docdir_of_dev}/docs" COMPONENT dev)
install(DIRECTORY examples DESTINATION "${docdir_of_dev}" COMPONENT dev PATTERN CMakeLists.txt EXCLUDE)

find_program(LASTBEAT_GZIP gzip REQUIRED)
# Makes build/packaging/<file>.gz of packaging/<folder>/<file>.
function(compress folder file)
  set(copy "${PROJECT_BINARY_DIR}/packaging/${file}")
  configure_file("packaging/${folder}/${file}" "${copy}" COPYONLY)
  execute_process(COMMAND "${LASTBEAT_GZIP}" -9nkf "${copy}" COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(install_man_page page section component)
  compress(man "${page}.${section}")
  install(FILES "${PROJECT_BINARY_DIR}/packaging/${page}.${section}.gz"
          DESTINATION "${CMAKE_INSTALL_MANDIR}/man${section}" COMPONENT ${component})
endfunction()
install_man_page(lastbeatd 8 server)
install_man_page(lastbeat 1 client)
install_man_page(lastbeat-bench 1 bench)
