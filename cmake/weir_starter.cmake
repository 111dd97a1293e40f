# weir_starter: data/advisories/*.yaml, as texts and as a compiled index, inside the program.
file(GLOB starter_yaml CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/data/advisories/*.yaml)
add_executable(make_starter_index ${CMAKE_SOURCE_DIR}/tools/make_starter_index.cc)
target_link_libraries(make_starter_index PRIVATE weir_advisory)

set(starter_dir ${CMAKE_BINARY_DIR}/generated/starter)
file(MAKE_DIRECTORY ${starter_dir})
add_custom_command(
  OUTPUT ${starter_dir}/starter.idx
  COMMAND make_starter_index ${starter_dir}/starter.idx ${starter_yaml}
  DEPENDS make_starter_index ${starter_yaml}
  COMMENT "Compiling the starter set of advisories")

# The texts, one after the other; starter.cc splits them at the form feed that ends each.
set(joined ${starter_dir}/starter.txt)
string(JOIN " " quoted ${starter_yaml})
add_custom_command(
  OUTPUT ${joined}
  COMMAND ${CMAKE_COMMAND} -DOUT=${joined} "-DFILES=${quoted}" -P ${CMAKE_SOURCE_DIR}/cmake/join_files.cmake
  DEPENDS ${starter_yaml} ${CMAKE_SOURCE_DIR}/cmake/join_files.cmake)

configure_file(${CMAKE_SOURCE_DIR}/tools/starter_blob.S.in ${starter_dir}/starter_blob.S @ONLY)
set_source_files_properties(${starter_dir}/starter_blob.S PROPERTIES OBJECT_DEPENDS "${starter_dir}/starter.idx;${joined}")
add_library(weir_starter STATIC ${starter_dir}/starter_blob.S ${CMAKE_SOURCE_DIR}/tools/starter.cc)
target_link_libraries(weir_starter PRIVATE weir_flags)
