#include "attune/data/boxes/reading/found_boxes.h"

#include <algorithm>
#include <iterator>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"

namespace attune {

std::int32_t FoundBoxes::add_file(std::string name) {
  files.push_back(std::move(name));
  return static_cast<std::int32_t>(files.size()) - 1;
}

void FoundBoxes::add(FoundBoxes other) {
  if (pictures.empty() && files.empty() && classes.empty() && bad_rows.empty()) {
    *this = std::move(other);
    return;
  }
  check(unit == other.unit && place == other.place && is_ordered == other.is_ordered,
        ErrorKind::internal, "labels of two formats in one data set");
  std::vector<std::int64_t> ids;
  for (std::size_t c = 0; c < other.classes.names().size(); ++c) {
    const std::int64_t known = classes.size();
    ids.push_back(classes.find_or_add(other.classes.names()[c]));
    if (ids.back() == known && c < other.category_ids.size()) {
      category_ids.push_back(other.category_ids[c]);
    }
  }
  const auto first_file = static_cast<std::int32_t>(files.size());
  for (FoundPicture& picture : other.pictures) {
    if (picture.example.file >= 0) picture.example.file += first_file;
    for (LabelledBox& box : picture.example.boxes) {
      box.class_id = ids[static_cast<std::size_t>(box.class_id)];
    }
    pictures.push_back(std::move(picture));
  }
  std::ranges::move(other.files, std::back_inserter(files));
  std::ranges::move(other.bad_rows, std::back_inserter(bad_rows));
  std::ranges::move(other.unlabelled, std::back_inserter(unlabelled));
  std::ranges::move(other.orphans, std::back_inserter(orphans));
}

GivenSplit split_of_name(std::string_view name) {
  const std::string text = to_lower_ascii(name);
  GivenSplit split = GivenSplit::none;
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
  for (std::size_t at = text.find_first_of(kLetters); at != std::string::npos;) {
    const std::size_t end = std::min(text.find_first_not_of(kLetters, at), text.size());
    GivenSplit word = GivenSplit::none;
    if (parse_split(text.substr(at, end - at), word) && word != GivenSplit::none) split = word;
    at = text.find_first_of(kLetters, end);
  }
  return split;
}

GivenSplit split_of_folders(const fs::path& file, const fs::path& root) {
  const fs::path folders = file.parent_path().lexically_relative(root);
  GivenSplit split = GivenSplit::none;
  for (const fs::path& folder : folders) {
    if (const GivenSplit said = split_of_name(folder.string()); said != GivenSplit::none) {
      split = said;
    }
  }
  return split;
}

void check_all_split(const FoundBoxes& found, const std::string& name) {
  std::vector<std::string> without;
  std::int64_t count = 0;
  for (const FoundPicture& picture : found.pictures) {
    if (picture.example.split != GivenSplit::none) continue;
    ++count;
    if (without.size() < 3) without.push_back(picture.example.path);
  }
  check(count == 0 || count == std::ssize(found.pictures), ErrorKind::data,
        "{}: {} of its {} pictures lie in no folder that is named as a part (train, val, test), "
        "others do: {}{}; move them, or give the parts one by one (--data, --validation-data, "
        "--test-data)",
        name, with_thousands(count), with_thousands(std::ssize(found.pictures)),
        join(without, ", "), count > 3 ? ", ..." : "");
}

}  // namespace attune
