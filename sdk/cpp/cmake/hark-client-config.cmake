# find_package(hark-client) gives the target hark::client.
include(${CMAKE_CURRENT_LIST_DIR}/hark-client-targets.cmake)
