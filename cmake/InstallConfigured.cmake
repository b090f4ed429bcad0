# lastbeat_install_configured(<template> <destination> <component>)
#
# configure_file() and install(FILES) in one, for files that name the prefix: @LASTBEAT_PREFIX@ is known only when
# `cmake --install` or CPack runs, which may be told another one. The folders below it come as @LASTBEAT_<NAME>DIR@.
set(LASTBEAT_PREFIX "@CMAKE_INSTALL_PREFIX@")
foreach(name IN ITEMS BIN LIB INCLUDE)
  set(dir "${CMAKE_INSTALL_${name}DIR}")
  if(IS_ABSOLUTE "${dir}")
    set(LASTBEAT_${name}DIR "${dir}")
  else()
    set(LASTBEAT_${name}DIR "${LASTBEAT_PREFIX}/${dir}")
  endif()
endforeach()

# The folder of configuration waits for the prefix too: it is /etc when that is /usr, as GNUInstallDirs has it.
set(LASTBEAT_SYSCONFDIR "@sysconfdir@")
set(find_sysconfdir "
  set(sysconfdir [[${CMAKE_INSTALL_SYSCONFDIR}]])
  if(NOT IS_ABSOLUTE \"\${sysconfdir}\")
    if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\")
      set(sysconfdir \"/\${sysconfdir}\")
    else()
      set(sysconfdir \"\${CMAKE_INSTALL_PREFIX}/\${sysconfdir}\")
    endif()
  endif()")

function(lastbeat_install_configured template destination component)
  get_filename_component(name "${template}" NAME_WLE) # without .in
  set(half "${PROJECT_BINARY_DIR}/packaging/${name}.in")
  set(whole "${PROJECT_BINARY_DIR}/packaging/${name}")
  configure_file("${template}" "${half}" @ONLY)
  install(CODE "${find_sysconfdir}\nconfigure_file([[${half}]] [[${whole}]] @ONLY)" COMPONENT ${component})
  install(FILES "${whole}" DESTINATION "${destination}" COMPONENT ${component})
endfunction()

# lastbeat_install_configuration(<file> <folder below that of configuration> <component>)
function(lastbeat_install_configuration file folder component)
  install(CODE "${find_sysconfdir}\nfile(INSTALL [[${PROJECT_SOURCE_DIR}/${file}]] DESTINATION \"\${sysconfdir}/${folder}\")"
          COMPONENT ${component})
endfunction()
