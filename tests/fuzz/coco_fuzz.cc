// Annotations of instances in COCO's format from hostile bytes: no crash, bounded memory, every box
// of a class and every picture with a name.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"
#include "attune/data/boxes/formats/coco.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const attune::CocoLabels labels = attune::parse_coco(attune::open_memory(text, "fuzz"));
    const attune::FoundBoxes& found = labels.found;
    if (found.pictures.size() != labels.file_names.size()) std::abort();
    if (found.category_ids.size() != found.classes.names().size()) std::abort();
    for (std::size_t i = 0; i < found.pictures.size(); ++i) {
      const attune::BoxExample& example = found.pictures[i].example;
      if (labels.file_names[i].empty() || example.boxes.size() != example.places.size()) {
        std::abort();
      }
      for (const attune::LabelledBox& box : example.boxes) {
        const bool has_class = box.class_id >= 0 && box.class_id < found.classes.size();
        if (!has_class && !found.pictures[i].is_bad) std::abort();
      }
    }
    for (const attune::BadRow& row : found.bad_rows) {
      if (attune::find_invalid_utf8(row.reason)) std::abort();
    }
  } catch (const attune::Error& error) {
    if (error.kind() == attune::ErrorKind::internal) std::abort();
  }
  return 0;
}
