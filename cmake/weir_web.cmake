# weir_web: the page (web/), built by npm and vite, inside the program; see console/web_assets.h.
# scripts/build-web builds it once for all presets, in build/web.
option(WEIR_WEB "build the page and embed it (needs Node 18 or newer)" ON)

set(web_dir ${CMAKE_BINARY_DIR}/generated/web)
file(MAKE_DIRECTORY ${web_dir})
if(WEIR_WEB)
  file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/* ${CMAKE_SOURCE_DIR}/web/public/*)
  list(FILTER web_sources EXCLUDE REGEX "\\.test\\.tsx?$")
  list(APPEND web_sources ${CMAKE_SOURCE_DIR}/web/index.html ${CMAKE_SOURCE_DIR}/web/package.json
       ${CMAKE_SOURCE_DIR}/web/package-lock.json ${CMAKE_SOURCE_DIR}/web/vite.config.ts
       ${CMAKE_SOURCE_DIR}/web/tools/embed.mjs ${CMAKE_SOURCE_DIR}/scripts/build-web)
  add_custom_command(
    OUTPUT ${web_dir}/web_assets.bin ${web_dir}/web_assets.inc
    COMMAND ${CMAKE_SOURCE_DIR}/scripts/build-web ${web_dir}
    DEPENDS ${web_sources}
    COMMENT "Building the page")
else()
  file(WRITE ${web_dir}/web_assets.bin "")
  file(WRITE ${web_dir}/web_assets.inc "")
endif()

configure_file(${CMAKE_SOURCE_DIR}/tools/web_blob.S.in ${web_dir}/web_blob.S @ONLY)
set_source_files_properties(${web_dir}/web_blob.S PROPERTIES OBJECT_DEPENDS "${web_dir}/web_assets.bin")
set_source_files_properties(${CMAKE_SOURCE_DIR}/tools/web_assets.cc PROPERTIES OBJECT_DEPENDS "${web_dir}/web_assets.inc")
add_library(weir_web STATIC ${web_dir}/web_blob.S ${CMAKE_SOURCE_DIR}/tools/web_assets.cc)
target_include_directories(weir_web PRIVATE ${web_dir})
target_link_libraries(weir_web PRIVATE weir_flags)
