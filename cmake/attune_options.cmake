# Language, warnings and sanitizers for everything of attune's own.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2")  # asserts stay on: they cost nothing that a profile shows

find_program(ATTUNE_CCACHE ccache)
if(ATTUNE_CCACHE)
  # The precompiled header is only cacheable with these (ccache's manual, "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      "${ATTUNE_CCACHE}")
endif()

find_program(ATTUNE_MOLD mold)
if(ATTUNE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(attune_options INTERFACE)
target_include_directories(attune_options INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_options(attune_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow
                       -Wnon-virtual-dtor -Wno-missing-field-initializers -fno-strict-overflow
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-psabi>)
target_compile_definitions(attune_options INTERFACE ATTUNE_VERSION="${PROJECT_VERSION}")

if(ATTUNE_SANITIZE)
  add_compile_options(-fsanitize=${ATTUNE_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${ATTUNE_SANITIZE})
endif()

if(ATTUNE_FUZZ)
  # Line numbers suffice for a sanitizer's report; whole debug information is slow to write and link.
  target_compile_options(attune_options INTERFACE -O1 -gline-tables-only
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
    "SHELL:-Xclang -fno-pch-timestamp")  # ccache knows files by their content
  target_link_options(attune_options INTERFACE -fsanitize=address,undefined)
endif()
