# weir_rules: rules/secrets/*.toml and rules/malware/*.yar inside the program.
set(rules_dir ${CMAKE_BINARY_DIR}/generated/rules)
file(MAKE_DIRECTORY ${rules_dir})
file(GLOB secret_rules CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/rules/secrets/*.toml)
file(GLOB malware_rules CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/rules/malware/*.yar)
foreach(kind secret malware)
  set(out ${rules_dir}/${kind}.txt)
  if(kind STREQUAL secret)
    set(out ${rules_dir}/secrets.txt)
  endif()
  string(JOIN " " quoted ${${kind}_rules})
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} "-DFILES=${quoted}" -P ${CMAKE_SOURCE_DIR}/cmake/join_files.cmake
    DEPENDS ${${kind}_rules} ${CMAKE_SOURCE_DIR}/cmake/join_files.cmake)
  list(APPEND rule_texts ${out})
endforeach()
configure_file(${CMAKE_SOURCE_DIR}/tools/rules_blob.S.in ${rules_dir}/rules_blob.S @ONLY)
set_source_files_properties(${rules_dir}/rules_blob.S PROPERTIES OBJECT_DEPENDS "${rule_texts}")
add_library(weir_rules STATIC ${rules_dir}/rules_blob.S ${CMAKE_SOURCE_DIR}/tools/embedded_rules.cc)
target_link_libraries(weir_rules PRIVATE weir_flags)
