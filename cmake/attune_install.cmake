# `cmake --install`: the program, one shared library of all folders, the headers, the LibTorch that
# they were built with, and the package that find_package(attune) reads. What is installed finds
# its parts from where it lies, so the whole folder can be moved.
include(CMakePackageConfigHelpers)
include(CMakeDependentOption)
# A LibTorch for CUDA is several GB of NVIDIA's libraries: that one is used where it lies.
cmake_dependent_option(ATTUNE_INSTALL_LIBTORCH
  "Install LibTorch beside attune; OFF: what is installed refers to ATTUNE_LIBTORCH"
  ON "NOT ATTUNE_CUDA" OFF)

if(ATTUNE_INSTALL_LIBTORCH)
  set(torch_installed lib/attune/torch)
  set(rpath_from_lib "\$ORIGIN/attune/torch/lib")
  set(rpath_from_bin "\$ORIGIN/../lib/attune/torch/lib")
else()
  set(torch_installed "${torch_root}")
  set(rpath_from_lib "${torch_root}/lib")
  set(rpath_from_bin "${torch_root}/lib")
endif()

# One shared library rather than a static one a folder: users link a single name, need none of the
# development files of GDCM, ICU, libtiff and the like, and twenty programs hold one copy. It is
# made of the objects that the program's static libraries hold, so it costs a link and no compiling.
add_library(attune_library SHARED)
foreach(library ${attune_libraries})
  target_sources(attune_library PRIVATE $<TARGET_OBJECTS:${library}>)
endforeach()
target_link_libraries(attune_library
  PUBLIC attune_options attune_libtorch fmt::fmt nlohmann_json::nlohmann_json
  PRIVATE ${attune_external})
set_target_properties(attune_library PROPERTIES OUTPUT_NAME attune LINKER_LANGUAGE CXX
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
  INSTALL_RPATH "${rpath_from_lib}")
add_library(attune::attune ALIAS attune_library)

set_target_properties(attune PROPERTIES INSTALL_RPATH "${rpath_from_bin}")
install(TARGETS attune attune_library RUNTIME DESTINATION bin LIBRARY DESTINATION lib)
if(ATTUNE_CUDA)
  install(TARGETS attune_cuda LIBRARY DESTINATION bin)  # looked for beside the program
endif()
install(DIRECTORY "${CMAKE_SOURCE_DIR}/src/attune" DESTINATION include FILES_MATCHING PATTERN "*.h"
        PATTERN testing EXCLUDE PATTERN simd EXCLUDE PATTERN cli EXCLUDE)

# Copies files and folders into DESTINATION. CMake's own install() copies in blocks of 4 KiB: 10 s of
# processor time for half a GB of LibTorch, which cp does in one.
function(attune_install_copies destination)
  list(JOIN ARGN "\" \"" files)
  install(CODE "
    set(destination \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${destination}\")
    message(STATUS \"Installing: \${destination}\")
    file(MAKE_DIRECTORY \"\${destination}\")
    execute_process(COMMAND cp -rL \"${files}\" \"\${destination}\" COMMAND_ERROR_IS_FATAL ANY)")
endfunction()

if(ATTUNE_INSTALL_LIBTORCH)
  # The rest of the wheel's include folder is other projects'.
  attune_install_copies(lib/attune/torch/include "${torch_root}/include/ATen"
                        "${torch_root}/include/c10" "${torch_root}/include/torch")
  file(GLOB torch_libraries "${torch_root}/lib/libtorch_cpu.so" "${torch_root}/lib/libc10.so"
       "${torch_root}/lib/libgomp*.so*")
  attune_install_copies(lib/attune/torch/lib ${torch_libraries})
  # libtorch_cpu.so of the wheel needs these two and looks for them here, from where it lies itself.
  set(cuda_folder nvidia/cu13/lib)
  file(GLOB cuda_libraries "${torch_root}/../${cuda_folder}/libcudart.so.*"
       "${torch_root}/../${cuda_folder}/libcupti.so.*")
  if(cuda_libraries)
    attune_install_copies(lib/attune/${cuda_folder} ${cuda_libraries})
  endif()
endif()

configure_package_config_file("${CMAKE_SOURCE_DIR}/cmake/attuneConfig.cmake.in"
  "${CMAKE_BINARY_DIR}/attuneConfig.cmake" INSTALL_DESTINATION lib/cmake/attune
  PATH_VARS torch_installed NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/attuneConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/attuneConfig.cmake"
        "${CMAKE_BINARY_DIR}/attuneConfigVersion.cmake" DESTINATION lib/cmake/attune)
