#include "attune/data/boxes/formats/voc_sets.h"

#include <algorithm>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/config/field.h"
#include "attune/data/readers/lines.h"
#include "attune/media/image/decode.h"

namespace attune {

void VocSets::read_list(const fs::path& file, GivenSplit split, bool may_repeat, Names& names) {
  const auto rows = open_lines(open_file(file), "name");
  for (Row row; rows->next(row);) {
    check(row.problem.empty(), ErrorKind::data, "{}:{}: {}", file.string(), row.line, row.problem);
    // Lists of a class have 1 or -1 behind the name.
    std::string name(trim(row.cells[0]));
    name = name.substr(0, name.find_first_of(" \t"));
    if (name.empty()) continue;
    if (has_image_extension(name) || name.ends_with(".xml")) name = fs::path(name).stem().string();
    const auto [entry, is_new] = names.try_emplace(name, Name{split, file.string(), row.line});
    check(is_new || may_repeat || entry->second.split == split, ErrorKind::data,
          "{}:{}: {} is in {}:{} too: keep it in one part", file.string(), row.line,
          shorten_utf8(name, 60), entry->second.file, entry->second.line);
  }
}

VocSets::Names& VocSets::names_of(const fs::path& annotation) {
  const fs::path folder = annotation.parent_path().parent_path();
  const auto placed = by_folder_.try_emplace(folder);
  Names& names = placed.first->second;
  if (!placed.second) return names;
  const fs::path lists = folder / "ImageSets" / "Main";
  const auto read = [&](const char* name, GivenSplit split, bool may_repeat) {
    const fs::path file = lists / name;
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) return;
    if (fs::file_size(file, ignored) > 0) read_list(file, split, may_repeat, names);
  };
  read("train.txt", GivenSplit::train, false);
  read("val.txt", GivenSplit::validation, false);
  read("test.txt", GivenSplit::test, false);
  // Both of them together most often; alone it is what there is to train on.
  read("trainval.txt", GivenSplit::train, true);
  has_lists_ = has_lists_ || !names.empty();
  return names;
}

bool VocSets::is_wanted(const fs::path& annotation) {
  Names& names = names_of(annotation);
  if (names.empty()) return true;
  const auto found = names.find(annotation.stem().string());
  if (found == names.end()) {
    ++not_named_;
    return false;
  }
  return found->second.is_used = true;
}

GivenSplit VocSets::split_of(const fs::path& annotation) {
  const Names& names = names_of(annotation);
  const auto found = names.find(annotation.stem().string());
  return found == names.end() ? GivenSplit::none : found->second.split;
}

std::vector<BadRow> VocSets::take_bad_rows() const {
  std::vector<BadRow> rows;
  for (const auto& [folder, names] : by_folder_) {
    for (const auto& [name, where] : names) {
      if (where.is_used) continue;
      rows.push_back({where.file, where.line,
                      fmt::format("there is no annotation {}.xml", shorten_utf8(name, 100))});
    }
  }
  return rows;
}

void VocSets::tell() const {
  if (not_named_ == 0) return;
  log_info("{} annotations are left out: no list of ImageSets/Main names them",
           with_thousands(not_named_));
}

}  // namespace attune
