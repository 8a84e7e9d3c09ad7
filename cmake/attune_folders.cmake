# One static library for each folder of src/attune, in the order data flows. A folder links only
# those above it; sources and tests are found by name, so a new file needs no line here.
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(simdjson REQUIRED)
find_package(pugixml REQUIRED)
find_package(CURL REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(ZLIB REQUIRED)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(TIFF REQUIRED)
find_package(GIF REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(WebP REQUIRED IMPORTED_TARGET libwebp libwebpdemux)

# Debian's GDCM package file names tools that its library package does not hold, so the few
# libraries that reading needs are named here.
find_path(GDCM_INCLUDE gdcmImageReader.h PATH_SUFFIXES gdcm-3.0 REQUIRED)
add_library(attune_gdcm INTERFACE)
target_include_directories(attune_gdcm SYSTEM INTERFACE ${GDCM_INCLUDE})
target_link_libraries(attune_gdcm INTERFACE gdcmMSFF gdcmDSED gdcmDICT gdcmCommon)

# Its pkg-config file would put folders of the codecs behind it on every command line.
find_path(SNDFILE_INCLUDE sndfile.h REQUIRED)
find_library(SNDFILE_LIBRARY sndfile REQUIRED)

if(ATTUNE_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
endif()

set(attune_above attune_options)  # the last folder, which links those before it
set(attune_libraries)             # all of them
set(attune_external)              # what they need from elsewhere

# Files of a folder are compiled a few at a time (a unity build): reading headers is most of what a
# small file costs. Sources of a folder therefore share one anonymous namespace.
option(ATTUNE_UNITY "Compile several sources of a folder as one" ON)
set(attune_sources_at_once 6)
# What nearly every file includes is compiled once (attune_precompiled). Both options are for speed:
# without them every source must compile with what it includes itself.
option(ATTUNE_PCH "Compile headers that most sources include once" ON)

# attune_precompiled(NAME [OPTIONS option...] LIBS lib...): cmake/NAME_header.h, compiled once for
# all that reuse it.
function(attune_precompiled name)
  cmake_parse_arguments(arg "" "" "OPTIONS;LIBS" ${ARGN})
  file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/${name}_header.cc" CONTENT "")
  add_library(attune_${name}_header OBJECT "${CMAKE_BINARY_DIR}/${name}_header.cc")
  target_link_libraries(attune_${name}_header PRIVATE attune_options ${arg_LIBS})
  target_compile_options(attune_${name}_header PRIVATE ${arg_OPTIONS})
  target_precompile_headers(attune_${name}_header PRIVATE
                            "${CMAKE_SOURCE_DIR}/cmake/${name}_header.h")
endfunction()

# How the sources of TARGET are compiled. GCC refuses a precompiled header under other code
# generation flags, so programs are compiled with -fPIC as well.
function(attune_compile target header)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  if(ATTUNE_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON
                          UNITY_BUILD_BATCH_SIZE ${attune_sources_at_once})
  endif()
  if(TARGET attune_${header}_header)
    target_precompile_headers(${target} REUSE_FROM attune_${header}_header)
  endif()
endfunction()

# Idle OpenMP threads spin for up to some 15 ms after each parallel region, which is most of what tests
# cost where several run at once. The program sets this itself (cli/brief_spinning.cc).
set(attune_brief_spinning "GOMP_SPINCOUNT=1000")

# A GoogleTest program of SOURCES, if there are any, and one CTest entry that runs it whole: a
# process per case would load LibTorch six hundred times.
function(attune_test program label library header sources)
  if(NOT sources)
    return()
  endif()
  add_executable(${program} ${sources})
  target_link_libraries(${program} PRIVATE ${library} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${program} PRIVATE ATTUNE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  attune_compile(${program} ${header}_test)
  # Every test has a `golden()` of its own, and nobody waits for its arithmetic.
  set_target_properties(${program} PROPERTIES UNITY_BUILD OFF)
  target_compile_options(${program} PRIVATE -O1)
  set(threads)
  if(label STREQUAL "parity")
    set(threads ";OMP_NUM_THREADS=1")  # goldens are tiny: a second thread costs four times the time
  endif()
  add_test(NAME ${label}.${program} COMMAND ${program} --gtest_brief=1)
  set_tests_properties(${label}.${program} PROPERTIES LABELS ${label} TIMEOUT 900
                       ENVIRONMENT "${attune_brief_spinning}${threads}")
endfunction()

# attune_folder(NAME [TENSORS] [LIBS lib...]): library attune_NAME and, from *_test.cc, the test
# program attune_NAME_test. TENSORS: the folder uses LibTorch.
function(attune_folder name)
  cmake_parse_arguments(arg "TENSORS" "" "LIBS" ${ARGN})
  set(root "${CMAKE_SOURCE_DIR}/src/attune/${name}")
  set(header light)
  if(arg_TENSORS)
    set(header tensor)
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${root}/*.cc")
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS "${root}/*_test.cc")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$|_fuzz\\.cc$|_bench\\.cc$|/simd/")
  set(library attune_${name})
  if(sources)
    add_library(${library} STATIC ${sources})
    target_link_libraries(${library} PUBLIC ${attune_above} ${arg_LIBS})
    attune_compile(${library} ${header})
    set(attune_above ${library} PARENT_SCOPE)
    set(attune_libraries ${attune_libraries} ${library} PARENT_SCOPE)
    set(attune_external ${attune_external} ${arg_LIBS} PARENT_SCOPE)
  else()
    set(library ${attune_above})
  endif()
  if(ATTUNE_TESTS)
    set(parity_tests ${tests})
    list(FILTER parity_tests INCLUDE REGEX "_parity_test\\.cc$")
    list(FILTER tests EXCLUDE REGEX "_parity_test\\.cc$")
    attune_test(attune_${name}_test unit ${library} ${header} "${tests}")
    attune_test(attune_${name}_parity_test parity ${library} ${header} "${parity_tests}")
  endif()
endfunction()

set(common fmt::fmt nlohmann_json::nlohmann_json)
if(ATTUNE_PCH)
  attune_precompiled(light LIBS ${common})
endif()
if(ATTUNE_PCH AND NOT ATTUNE_FUZZ)
  attune_precompiled(tensor LIBS ${common} attune_libtorch)
  if(ATTUNE_TESTS)
    attune_precompiled(light_test OPTIONS -O1 LIBS ${common} GTest::gmock)
    attune_precompiled(tensor_test OPTIONS -O1 LIBS ${common} GTest::gmock attune_libtorch)
  endif()
endif()

attune_folder(base LIBS fmt::fmt nlohmann_json::nlohmann_json OpenSSL::Crypto Threads::Threads)
attune_folder(config LIBS yaml-cpp)
attune_folder(media LIBS ICU::uc ICU::i18n ZLIB::ZLIB JPEG::JPEG PNG::PNG PkgConfig::WebP
  TIFF::TIFF GIF::GIF ${SNDFILE_LIBRARY} attune_gdcm)
attune_folder(pretrained LIBS CURL::libcurl ZLIB::ZLIB)
if(NOT ATTUNE_FUZZ)  # no reader needs it
  attune_folder(eval)
endif()
attune_folder(data LIBS simdjson::simdjson pugixml::pugixml ZLIB::ZLIB)
if(ATTUNE_FUZZ)
  include(attune_fuzz)  # readers of foreign files alone: no LibTorch
  return()
endif()

# kernels/simd/*.cc hold plain loops without LibTorch; each is compiled once per instruction set
# (namespace ATTUNE_ISA) and chosen at run time.
file(GLOB simd_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/attune/kernels/simd/*.cc")
list(FILTER simd_sources EXCLUDE REGEX "_test\\.cc$")
set(simd_objects)
if(simd_sources)
  foreach(isa baseline avx2 avx512)
    add_library(attune_simd_${isa} OBJECT ${simd_sources})
    target_link_libraries(attune_simd_${isa} PRIVATE attune_options)
    target_compile_definitions(attune_simd_${isa} PRIVATE ATTUNE_ISA=${isa})
    target_compile_options(attune_simd_${isa} PRIVATE -O3 -fno-math-errno -fno-trapping-math)
    list(APPEND simd_objects attune_simd_${isa})
  endforeach()
  target_compile_options(attune_simd_avx2 PRIVATE -mavx2 -mfma -mbmi2)
  target_compile_options(attune_simd_avx512 PRIVATE -mavx2 -mfma -mbmi2 -mavx512f -mavx512bw
                         -mavx512dq -mavx512vl -mprefer-vector-width=512)
endif()
# What uses instructions of one set alone. GCC 12 takes the undefined operands inside its own
# intrinsics for a mistake (GCC bug 105593).
add_library(attune_simd_avx512_bf16 OBJECT
  "${CMAKE_SOURCE_DIR}/src/attune/kernels/simd/avx512_bf16/product.cc")
target_link_libraries(attune_simd_avx512_bf16 PRIVATE attune_options)
target_compile_options(attune_simd_avx512_bf16 PRIVATE -O3 -mavx512f -mavx512bw -mavx512dq
                       -mavx512vl -mavx512bf16 -Wno-maybe-uninitialized)
list(APPEND simd_objects attune_simd_avx512_bf16)
attune_folder(kernels TENSORS LIBS attune_libtorch ${simd_objects})
if(ATTUNE_CUDA)
  # Own CUDA kernels, loaded at run time where a GPU is; the program links none of it.
  set(CMAKE_CUDA_ARCHITECTURES 80 90 CACHE STRING "GPU generations to build for")
  enable_language(CUDA)
  file(GLOB cuda_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/attune/kernels/cuda/*.cu")
  add_library(attune_cuda SHARED ${cuda_sources})
  target_include_directories(attune_cuda PRIVATE "${CMAKE_SOURCE_DIR}/src")
  set_target_properties(attune_cuda PROPERTIES CUDA_STANDARD 17 LIBRARY_OUTPUT_DIRECTORY
                        "${CMAKE_BINARY_DIR}" CUDA_RUNTIME_LIBRARY Static)
endif()
attune_folder(nn TENSORS)
attune_folder(models TENSORS)
attune_folder(feed TENSORS)
attune_folder(adapt TENSORS)
attune_folder(train TENSORS)
include(attune_presets)
attune_folder(tasks TENSORS)
target_sources(attune_tasks PRIVATE "${CMAKE_BINARY_DIR}/presets_data.cc")
if(ATTUNE_TESTS)
  file(GLOB toy_task CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/toy_task/*_test.cc")
  target_sources(attune_tasks_test PRIVATE ${toy_task})
endif()
attune_folder(deploy TENSORS)

# The verbs are a library of their own, so that tests reach them; it is no part of what is installed.
set(cli "${CMAKE_SOURCE_DIR}/src/attune/cli")
file(GLOB cli_sources CONFIGURE_DEPENDS "${cli}/*.cc")
file(GLOB cli_tests CONFIGURE_DEPENDS "${cli}/*_test.cc")
list(REMOVE_ITEM cli_sources ${cli_tests} "${cli}/main.cc" "${cli}/brief_spinning.cc")
add_library(attune_cli STATIC ${cli_sources})
target_link_libraries(attune_cli PUBLIC ${attune_above})
add_executable(attune "${cli}/main.cc" "${cli}/brief_spinning.cc")
target_link_libraries(attune PRIVATE attune_cli)
foreach(target attune_cli attune)
  attune_compile(${target} tensor)
endforeach()
if(ATTUNE_TESTS)
  attune_test(attune_cli_test unit attune_cli tensor "${cli_tests}")
endif()

include(attune_install)
add_subdirectory(examples)
attune_compile(hello_world tensor)

if(ATTUNE_BENCH)
  file(GLOB bench_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/bench/*.cc")
  foreach(source ${bench_sources})
    get_filename_component(name "${source}" NAME_WE)
    add_executable(${name} EXCLUDE_FROM_ALL "${source}")
    target_link_libraries(${name} PRIVATE ${attune_above})
    attune_compile(${name} tensor)
    list(APPEND bench_programs ${name})
  endforeach()
  add_custom_target(attune_benchmarks DEPENDS ${bench_programs})
endif()

if(ATTUNE_TESTS)
  # The program as a user runs it; needs nothing but Python's standard library.
  file(GLOB e2e_tests CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/e2e/test_*.py")
  foreach(test ${e2e_tests})
    get_filename_component(name "${test}" NAME_WE)
    add_test(NAME e2e.${name} COMMAND python3 -B "${test}")
    set_tests_properties(e2e.${name} PROPERTIES LABELS e2e TIMEOUT 900 ENVIRONMENT
      "${attune_brief_spinning};ATTUNE_BUILD=${CMAKE_BINARY_DIR};ATTUNE_DEPS=${CMAKE_SOURCE_DIR}/.deps")
  endforeach()
endif()
