# How every target is compiled: warnings as errors, sanitizers on request, a fast linker and ccache when present.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

find_program(HARK_CCACHE ccache)
if(HARK_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${HARK_CCACHE})
endif()

find_program(HARK_MOLD mold)
if(HARK_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(hark_compile INTERFACE)
target_compile_options(hark_compile INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Werror -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of g++ 12 inside inlined library code (GCC bugs 105329, 107532).
  target_compile_options(hark_compile INTERFACE -Wno-restrict)
endif()
if(HARK_SANITIZE)
  target_compile_options(hark_compile INTERFACE -fsanitize=${HARK_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(hark_compile INTERFACE -fsanitize=${HARK_SANITIZE})
endif()
