# Writes presets/TASK/NAME.yaml into a source file, so that the program carries them.
file(GLOB preset_files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/presets/*/*.yaml")
set(preset_entries "")
foreach(path ${preset_files})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
  get_filename_component(name "${path}" NAME_WE)
  get_filename_component(task "${path}" DIRECTORY)
  get_filename_component(task "${task}" NAME)
  file(READ "${path}" text)
  string(APPEND preset_entries "      {\"${task}\", \"${name}\", R\"yaml(${text})yaml\"},\n")
endforeach()
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/presets_data.cc" @ONLY CONTENT
"#include \"attune/tasks/presets.h\"

namespace attune {

const std::vector<Preset>& presets() {
  static const std::vector<Preset> entries = {
@preset_entries@  };
  return entries;
}

}  // namespace attune
")
