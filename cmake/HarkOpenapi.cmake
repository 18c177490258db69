# hark_openapi(TARGET): puts src/server/openapi.json, with the project's version, into TARGET as server/openapi.h says.
function(hark_openapi target)
  set(document ${CMAKE_SOURCE_DIR}/src/server/openapi.json)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${document})
  file(READ ${document} text)
  string(REPLACE "@PROJECT_VERSION@" "${PROJECT_VERSION}" HARK_OPENAPI "${text}")
  configure_file(${CMAKE_SOURCE_DIR}/src/server/openapi.cpp.in ${CMAKE_BINARY_DIR}/openapi.cpp @ONLY)
  target_sources(${target} PRIVATE ${CMAKE_BINARY_DIR}/openapi.cpp)
endfunction()
