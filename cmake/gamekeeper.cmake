# One library a folder. gk_library(net DEPS base) builds every .cpp of the current folder into gk_net, and its
# *_test.cpp into the test program net_test; a folder without .cpp files becomes a header-only library.
# Options: LIBS (system libraries), TEST_DEPS (what only the tests need), TEST_TIMEOUT (seconds a test program may take).

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(GTest REQUIRED)

# Six sources of a folder are compiled as one: the folder's headers are read once, which halves a clean build (ADR 12).
# Tests go together by four. While working on one file, -DGK_UNITY=OFF recompiles that file alone.
# What nearly all of them read (cmake/precompiled) is compiled before, once for libraries and once for tests.
option(GK_UNITY "compile the sources of a folder together" ON)

function(gk_precompiled name header)
  add_library(gk_precompiled_${name} OBJECT ${PROJECT_SOURCE_DIR}/cmake/precompiled/empty.cpp)
  target_include_directories(gk_precompiled_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
  target_link_libraries(gk_precompiled_${name} PRIVATE fmt::fmt Threads::Threads ${ARGN})
  target_precompile_headers(gk_precompiled_${name} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled/${header})
endfunction()

# A test program is built more often than it runs; what it tests is optimized, it is not.
set(GK_TEST_OPTIONS "$<$<CONFIG:Release>:-O0;-U_FORTIFY_SOURCE>")
if(GK_UNITY)
  add_compile_options(-Xclang -fno-pch-timestamp)  # so that ccache may keep them
  gk_precompiled(library library.h)
  gk_precompiled(test test.h GTest::gtest GTest::gmock)
  target_compile_options(gk_precompiled_test PRIVATE ${GK_TEST_OPTIONS})
endif()

# Compiles the sources of a target together, with what is precompiled for its kind: library or test.
function(gk_together target kind batch)
  if(GK_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${batch})
    target_precompile_headers(${target} REUSE_FROM gk_precompiled_${kind})
  endif()
endfunction()

function(gk_library name)
  cmake_parse_arguments(ARG "" "TEST_TIMEOUT" "DEPS;LIBS;TEST_DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM ARG_DEPS PREPEND gk_)
  list(TRANSFORM ARG_TEST_DEPS PREPEND gk_)
  if(sources)
    add_library(gk_${name} STATIC ${sources})
    gk_together(gk_${name} library 6)
    target_include_directories(gk_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(gk_${name} PUBLIC ${ARG_DEPS} ${ARG_LIBS} fmt::fmt Threads::Threads)
  else()
    add_library(gk_${name} INTERFACE)
    target_include_directories(gk_${name} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(gk_${name} INTERFACE ${ARG_DEPS} ${ARG_LIBS} fmt::fmt Threads::Threads)
  endif()
  if(tests)
    gk_test(${name}_test SOURCES ${tests} DEPS ${name} TIMEOUT "${ARG_TEST_TIMEOUT}" TARGETS ${ARG_TEST_DEPS} LABEL unit)
  endif()
endfunction()

# gk_test(net_test SOURCES a_test.cpp DEPS net [TIMEOUT 60] [LABEL unit]): one GoogleTest program, run whole by ctest.
# `ctest -L unit` runs those of a label, and the target unit_tests builds them.
function(gk_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT;LABEL" "SOURCES;DEPS;TARGETS" ${ARGN})
  list(TRANSFORM ARG_DEPS PREPEND gk_)
  add_executable(${name} ${ARG_SOURCES})
  gk_together(${name} test 4)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${GK_TEST_OPTIONS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} ${ARG_TARGETS} GTest::gtest GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 180)
  endif()
  if(GK_SANITIZE)  # tsan alone makes what computes much ten times slower
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 5")
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  if(ARG_LABEL)
    set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL})
    if(NOT TARGET ${ARG_LABEL}_tests)
      add_custom_target(${ARG_LABEL}_tests)
    endif()
    add_dependencies(${ARG_LABEL}_tests ${name})
  endif()
endfunction()

# gk_folders(a b c): adds those sub-folders that exist.
function(gk_folders)
  foreach(folder ${ARGN})
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt)
      add_subdirectory(${folder})
    endif()
  endforeach()
endfunction()
