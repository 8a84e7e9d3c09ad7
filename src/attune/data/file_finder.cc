#include "attune/data/file_finder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/labels/label_reader.h"
#include "attune/media/text/unicode/letter_case.h"

namespace attune {
namespace {

constexpr int kFoldersAbove = 3;  // of the root that a hint may name

bool is_file_there(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// Names of files are bytes, which may be no UTF-8.
std::string in_form(const std::string& name, NormalForm form) {
  return find_invalid_utf8(name) ? name : normal_form(name, form);
}

}  // namespace

fs::path table_root(const fs::path& table, const fs::path& root) {
  fs::path folder = root.empty() ? table.parent_path() : root;
  if (folder.empty()) folder = ".";  // a bare file name has no parent
  std::error_code ignored;
  check(fs::is_directory(folder, ignored), ErrorKind::user, "--root: {}: {}", folder.string(),
        fs::exists(folder, ignored) ? "it is a file, expected the folder that paths begin at"
                                    : "there is no such folder");
  return folder;
}

FileFinder::FileFinder(fs::path root, SoughtFiles sought)
    : root_(std::move(root)), sought_(std::move(sought)) {}

std::string FileFinder::find(const std::string& cell) {
  std::string text(trim(cell));
  if (text.empty()) throw RowProblem{fmt::format("the path of the {} is empty", sought_.one)};
  if (!text.ends_with(sought_.suffix)) text += sought_.suffix;
  // Windows writes \\ between folders; here it is a character of a name, which hardly any file has.
  if (text.find('\\') != std::string::npos &&
      !is_file_there(root_ / fs::path(text).relative_path())) {
    std::replace(text.begin(), text.end(), '\\', '/');
  }
  // Tables come from elsewhere: a path must not name a file outside of the root that the user gave.
  fs::path relative = fs::path(text).lexically_normal();
  if (relative.is_absolute()) {
    relative = relative.lexically_relative(fs::absolute(root_).lexically_normal());
  }
  if (relative.empty() || *relative.begin() == ".." || text.find('\0') != std::string::npos) {
    throw RowProblem{fmt::format(
        "the path \"{}\" leaves the folder {}; give the folder that all {} are in as --root",
        shorten_utf8(cell, 200), root_.string(), sought_.many)};
  }
  if (std::string found = find_there(relative); !found.empty()) return found;
  for (const NormalForm form : {NormalForm::nfc, NormalForm::nfd}) {
    const fs::path other = in_form(relative.string(), form);
    if (other == relative) continue;
    if (std::string found = find_there(other); !found.empty()) return found;
  }
  if (!relative.has_parent_path()) {
    if (std::string found = find_below(relative.string()); !found.empty()) return found;
  }
  throw RowProblem{fmt::format("there is no {} {}{}", sought_.one, place_of(relative).string(),
                               hint(relative.generic_string()))};
}

fs::path FileFinder::place_of(const fs::path& relative) const {
  return root_ == "." ? relative : root_ / relative;
}

std::string FileFinder::find_there(const fs::path& relative) const {
  const fs::path path = place_of(relative);
  if (is_file_there(path)) return path.string();
  return sought_.without_ending ? sought_.without_ending(path) : "";
}

bool FileFinder::has(const std::string& relative) const {
  return is_file_there(root_ / relative) ||
         (files_ && files_->contains(in_form(relative, NormalForm::nfc)));
}

std::string FileFinder::find_below(const std::string& name) {
  if (!files_) {
    files_.emplace();
    const std::vector<std::string> found = sought_.list(root_);
    for (const std::string& file : found) {
      const fs::path path = file;
      (*files_)[in_form(path.filename().string(), NormalForm::nfc)].push_back(file);
      if (!sought_.without_ending || path.stem() == path.filename()) continue;
      (*files_)[in_form(path.stem().string(), NormalForm::nfc)].push_back(file);
    }
    log_info("names that are not in {} itself are looked for among the {} {} of its folders",
             root_.string(), with_thousands(static_cast<long long>(found.size())), sought_.many);
  }
  const auto found = files_->find(in_form(name, NormalForm::nfc));
  if (found == files_->end()) return "";
  if (found->second.size() > 1) {
    throw RowProblem{
        fmt::format("several files are named {}, {} and {}: name the folder too in the table", name,
                    found->second[0], found->second[1])};
  }
  return found->second.front();
}

/// Where something near is there.
std::string FileFinder::hint(const std::string& relative) {
  std::error_code ignored;
  if (fs::is_directory(root_ / relative, ignored)) {
    return fmt::format(", but a folder; the table must have a row for each {} in it", sought_.one);
  }
  if (sought_.near) {
    if (std::string near = sought_.near(*this, relative); !near.empty()) return near;
  }
  fs::path root = fs::absolute(root_).lexically_normal();
  if (!root.has_filename()) root = root.parent_path();  // "a/" is "a"
  for (int i = 0; i < kFoldersAbove && root.has_parent_path() && root != root.parent_path(); ++i) {
    root = root.parent_path();
    if (is_file_there(root / relative)) {
      return fmt::format(", but {}: set --root {}", (root / relative).string(), root.string());
    }
  }
  // Once: a table with one wrong name has thousands most often.
  return std::exchange(has_advised_, true) ? "" : sought_.advice;
}

}  // namespace attune
