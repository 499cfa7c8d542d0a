# How every target of this project is compiled and linked.

# Options of the folder, not of the libraries: whoever links our libraries keeps
# his own.
separate_arguments(QUANT_MLIR_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_definitions(${QUANT_MLIR_LLVM_DEFINITIONS})
add_compile_options(
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions> -Wall -Wextra -Wno-unused-parameter
  $<$<BOOL:${QUANT_MLIR_WARNINGS_AS_ERRORS}>:-Werror>)
if(QUANT_MLIR_SANITIZE)
  add_compile_options(
    -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize=vptr)
  add_link_options(-fsanitize=address,undefined)
endif()

# What every library and program of ours links.
add_library(quant_mlir_options INTERFACE)
target_link_libraries(quant_mlir_options INTERFACE LLVM)

# One precompiled header of MLIR's core serves every target that uses MLIR: an
# MLIR source file costs some 10 CPU-seconds without it.
# The top folder calls quant_mlir_add_precompiled_header once.
function(quant_mlir_add_precompiled_header)
  set(stub ${PROJECT_BINARY_DIR}/quant_mlir_pch.cpp)
  if(NOT EXISTS ${stub})
    file(WRITE ${stub} "")
  endif()
  add_library(quant_mlir_pch STATIC ${stub})
  target_link_libraries(quant_mlir_pch PRIVATE quant_mlir_options)
  target_precompile_headers(quant_mlir_pch PRIVATE
    ${PROJECT_SOURCE_DIR}/include/quant-mlir/Support/Precompiled.h)
endfunction()

function(quant_mlir_precompile target)
  target_precompile_headers(${target} REUSE_FROM quant_mlir_pch)
endfunction()

# quant_mlir_library(NAME file.cpp… [LINK_LIBS lib…] [MLIR_LIBS lib…] [DEPENDS target…])
#
# A static library of ours over libMLIR.so. MLIR_LIBS names upstream libraries
# as a static build of MLIR would need them.
function(quant_mlir_library name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS;MLIR_LIBS;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC quant_mlir_options ${ARG_LINK_LIBS})
  mlir_target_link_libraries(${name} PUBLIC MLIRIR ${ARG_MLIR_LIBS})
  add_dependencies(${name} quant_mlir_headers ${ARG_DEPENDS})
  quant_mlir_precompile(${name})
endfunction()

# quant_mlir_tool(NAME file.cpp… [LINK_LIBS lib…] [MLIR_LIBS lib…])
function(quant_mlir_tool name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS;MLIR_LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE quant_mlir_options ${ARG_LINK_LIBS})
  mlir_target_link_libraries(${name} PRIVATE MLIRIR ${ARG_MLIR_LIBS})
  add_dependencies(${name} quant_mlir_headers)
  quant_mlir_precompile(${name})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# quant_mlir_unittest(NAMETests file.cpp… [LINK_LIBS lib…] [MLIR_LIBS lib…])
#
# A GoogleTest program, built by the targets unit-tests and check-unit and found
# by lit through the end of its name. A PLAIN one does not use MLIR: it gets no
# precompiled header and links only LINK_LIBS.
function(quant_mlir_unittest name)
  cmake_parse_arguments(ARG "PLAIN" "" "LINK_LIBS;MLIR_LIBS" ${ARGN})
  if(NOT name MATCHES "Tests$")
    message(FATAL_ERROR "unit test '${name}': end its name in 'Tests', or lit does not find it")
  endif()
  add_executable(${name} EXCLUDE_FROM_ALL ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS} GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE
    QUANT_MLIR_TEST_DIR="${PROJECT_SOURCE_DIR}/test")
  if(NOT ARG_PLAIN)
    target_link_libraries(${name} PRIVATE quant_mlir_options)
    mlir_target_link_libraries(${name} PRIVATE MLIRIR ${ARG_MLIR_LIBS})
    add_dependencies(${name} quant_mlir_headers)
    quant_mlir_precompile(${name})
  endif()
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/Unit)
  add_dependencies(unit-tests ${name})
endfunction()

# Everything that mlir-tblgen makes from our .td files.
add_custom_target(quant_mlir_headers)

# quant_mlir_tablegen(TD GENERATOR OUTPUT [more mlir-tblgen arguments…])
function(quant_mlir_tablegen td generator output)
  set(LLVM_TARGET_DEFINITIONS ${td})
  mlir_tablegen(${output} ${generator} ${ARGN})
  get_filename_component(stem ${td} NAME_WE)
  string(MAKE_C_IDENTIFIER "${CMAKE_CURRENT_SOURCE_DIR}_${output}" id)
  add_custom_target(tablegen_${id} DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${output})
  add_dependencies(quant_mlir_headers tablegen_${id})
endfunction()

# quant_mlir_install_libraries(FOLDER): every library made in FOLDER or below
# belongs to the package QuantMLIR, in the build tree and in the install tree.
function(quant_mlir_install_libraries folder)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    if(NOT type MATCHES "^(STATIC|SHARED)_LIBRARY$")
      continue()
    endif()
    target_include_directories(${target} INTERFACE
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
      $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
      $<INSTALL_INTERFACE:include>)
    install(TARGETS ${target} EXPORT QuantMLIRTargets
      ARCHIVE DESTINATION lib LIBRARY DESTINATION lib)
  endforeach()
  get_property(subfolders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(subfolder IN LISTS subfolders)
    quant_mlir_install_libraries(${subfolder})
  endforeach()
endfunction()

# The package QuantMLIR: find_package(QuantMLIR CONFIG) finds it in the build
# folder and below an install prefix.
function(quant_mlir_install_package)
  include(CMakePackageConfigHelpers)
  set(folder lib/cmake/QuantMLIR)
  quant_mlir_install_libraries(${PROJECT_SOURCE_DIR}/lib)
  install(TARGETS quant_mlir_options EXPORT QuantMLIRTargets)
  install(EXPORT QuantMLIRTargets DESTINATION ${folder})
  export(EXPORT QuantMLIRTargets FILE ${PROJECT_BINARY_DIR}/${folder}/QuantMLIRTargets.cmake)
  configure_package_config_file(cmake/QuantMLIRConfig.cmake.in
    ${PROJECT_BINARY_DIR}/${folder}/QuantMLIRConfig.cmake
    INSTALL_DESTINATION ${folder})
  write_basic_package_version_file(
    ${PROJECT_BINARY_DIR}/${folder}/QuantMLIRConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES
    ${PROJECT_BINARY_DIR}/${folder}/QuantMLIRConfig.cmake
    ${PROJECT_BINARY_DIR}/${folder}/QuantMLIRConfigVersion.cmake
    DESTINATION ${folder})
  install(DIRECTORY include/quant-mlir ${PROJECT_BINARY_DIR}/include/quant-mlir
    DESTINATION include
    FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.inc"
    PATTERN CMakeFiles EXCLUDE PATTERN Precompiled.h EXCLUDE)
endfunction()
