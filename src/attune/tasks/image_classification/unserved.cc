#include "attune/tasks/image_classification/unserved.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "attune/data/image/pictures/picture_reader.h"

namespace attune {
namespace {

/// Whether an option is given that depends on what the pictures are: it does not serve what is none
/// of them.
bool is_asked(const config::Schema& schema) {
  const config::Trait none{kPlainPictures.aspect, ""};
  return !schema.unserved({&none, 1}).empty();
}

}  // namespace

void find_unserved_pictures(std::span<const std::string> files, config::Schema& schema) {
  if (files.empty() || !is_asked(schema)) return;
  std::vector<config::Trait> present;
  for (const std::string& file : files) {
    const std::optional<config::Trait> trait = picture_trait(file);
    if (!trait || std::ranges::find(present, *trait) != present.end()) continue;
    present.push_back(*trait);
    // Mostly after the first file.
    if (schema.unserved(present).empty()) return;
  }
  if (!present.empty()) schema.find_unserved(present);
}

void find_unserved_pictures(const ImageDataset& data, config::Schema& schema) {
  if (!is_asked(schema)) return;
  std::vector<std::string> files;
  for (const ImageExample& example : data.examples) files.push_back(example.path);
  find_unserved_pictures(files, schema);
}

}  // namespace attune
