# weir_room(NAME [DEPS room...] [LIBS lib...] [EXECUTABLE program])
#
# One room is one library weir_NAME made of src/NAME/**.cc, and one test program
# weir_NAME_test made of its *_test.cc. With EXECUTABLE, main.cc becomes PROGRAM.
function(weir_room name)
  cmake_parse_arguments(ARG "" "EXECUTABLE" "DEPS;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc ${CMAKE_SOURCE_DIR}/src/${name}/*.S)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")

  if(sources)
    add_library(weir_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(weir_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  list(TRANSFORM ARG_DEPS PREPEND weir_ OUTPUT_VARIABLE deps)
  target_link_libraries(weir_${name} ${scope} weir_flags ${deps} ${ARG_LIBS})

  if(ARG_EXECUTABLE)
    add_executable(${ARG_EXECUTABLE} ${CMAKE_SOURCE_DIR}/src/${name}/main.cc)
    target_link_libraries(${ARG_EXECUTABLE} PRIVATE weir_${name})
    set_target_properties(${ARG_EXECUTABLE} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  endif()

  if(WEIR_TESTS AND tests)
    add_executable(weir_${name}_test ${tests})
    target_link_libraries(weir_${name}_test PRIVATE weir_${name} GTest::gtest GTest::gtest_main)
    # Tests that race or clean up do not care how a system call ended.
    target_compile_options(weir_${name}_test PRIVATE -Wno-unused-result)
    target_compile_definitions(weir_${name}_test PRIVATE
      WEIR_SOURCE_DIR="${CMAKE_SOURCE_DIR}" WEIR_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${name} COMMAND weir_${name}_test)
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endfunction()
