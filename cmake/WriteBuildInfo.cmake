# Run as a script by BuildInfo.cmake: writes OUTPUT for SOURCE, VERSION and BUILD_TYPE.
find_program(GIT git)
set(commit "unknown")
if(GIT)
  execute_process(
    COMMAND ${GIT} -C ${SOURCE} describe --always --dirty --abbrev=10 --exclude=*
    OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status ERROR_QUIET)
  if(status EQUAL 0)
    set(commit "${found}")
  endif()
endif()
set(content
    "#pragma once\n\n#include <string_view>\n\nnamespace lastbeat {\n
inline constexpr std::string_view kVersionString = \"${VERSION}\";
inline constexpr std::string_view kCommit = \"${commit}\";
inline constexpr std::string_view kBuildType = \"${BUILD_TYPE}\";\n
}  // namespace lastbeat\n")
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "${content}" @ONLY)
