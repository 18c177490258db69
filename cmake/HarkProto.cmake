# proto/*.proto as the library hark_proto: generated messages (lite runtime), and the descriptors
# that the reflection service shows. The .proto files are the only truth of the wire.
file(GLOB HARK_PROTO_FILES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/proto/*.proto)
set(HARK_PROTO_DIR ${CMAKE_BINARY_DIR}/proto)
file(MAKE_DIRECTORY ${HARK_PROTO_DIR})
set(generated)
foreach(file IN LISTS HARK_PROTO_FILES)
  get_filename_component(stem ${file} NAME_WE)
  set(out ${HARK_PROTO_DIR}/${stem}.pb.cc ${HARK_PROTO_DIR}/${stem}.pb.h)
  add_custom_command(OUTPUT ${out}
    COMMAND protobuf::protoc --cpp_out=lite:${HARK_PROTO_DIR} -I ${CMAKE_SOURCE_DIR}/proto ${file}
    DEPENDS ${HARK_PROTO_FILES} VERBATIM)
  list(APPEND generated ${out})
endforeach()

set(descriptors ${HARK_PROTO_DIR}/descriptor_set)
add_custom_command(OUTPUT ${descriptors}.cpp
  COMMAND protobuf::protoc --include_imports --descriptor_set_out=${descriptors}.bin
    -I ${CMAKE_SOURCE_DIR}/proto ${HARK_PROTO_FILES}
  COMMAND ${CMAKE_COMMAND} -D INPUT=${descriptors}.bin -D OUTPUT=${descriptors}.cpp
    -D NAME=hark_descriptor_set -P ${CMAKE_SOURCE_DIR}/cmake/EmbedBytes.cmake
  BYPRODUCTS ${descriptors}.bin
  DEPENDS ${HARK_PROTO_FILES} ${CMAKE_SOURCE_DIR}/cmake/EmbedBytes.cmake VERBATIM)

add_library(hark_proto STATIC ${generated} ${descriptors}.cpp)
target_include_directories(hark_proto SYSTEM PUBLIC ${HARK_PROTO_DIR})
target_link_libraries(hark_proto PUBLIC protobuf::libprotobuf-lite)
