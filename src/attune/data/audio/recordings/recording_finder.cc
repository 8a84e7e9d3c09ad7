#include "attune/data/audio/recordings/recording_finder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/audio/recordings/recording_files.h"
#include "attune/data/labels/label_reader.h"

namespace attune {
namespace {

constexpr int kFoldersAbove = 3;  // of the root that a hint may name

bool is_plain_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

}  // namespace

fs::path recording_root(const fs::path& table, const fs::path& root) {
  fs::path folder = root.empty() ? table.parent_path() : root;
  if (folder.empty()) folder = ".";  // a bare file name has no parent
  std::error_code ignored;
  check(fs::is_directory(folder, ignored), ErrorKind::user, "--root: there is no folder {}",
        folder.string());
  return folder;
}

RecordingFinder::RecordingFinder(fs::path root) : root_(std::move(root)) {}

std::string RecordingFinder::find(const std::string& cell) {
  std::string text(trim(cell));
  if (text.empty()) throw RowProblem{"the path of the recording is empty"};
  // Windows writes \\ between folders; here it is a character of a name, which hardly any file has.
  if (text.find('\\') != std::string::npos &&
      !is_plain_file(root_ / fs::path(text).relative_path())) {
    std::replace(text.begin(), text.end(), '\\', '/');
  }
  // Tables come from elsewhere: a path must not name a file outside of the root that the user gave.
  fs::path relative = fs::path(text).lexically_normal();
  if (relative.is_absolute()) {
    relative = relative.lexically_relative(fs::absolute(root_).lexically_normal());
  }
  if (relative.empty() || *relative.begin() == ".." || text.find('\0') != std::string::npos) {
    throw RowProblem{fmt::format(
        "the path \"{}\" leaves the folder {}; give the folder that all recordings are in as "
        "--root",
        shorten_utf8(cell, 200), root_.string())};
  }
  const fs::path path = root_ / relative;
  if (is_plain_file(path)) return path.string();
  // Asking for each ending takes long where a table names hundreds of thousands.
  if (!is_recording_file(relative)) {
    std::string found = recording_named(path.parent_path(), relative.filename().string());
    if (!found.empty()) return found;
  }
  if (!relative.has_parent_path()) {
    if (std::string found = find_below(relative.string()); !found.empty()) return found;
  }
  throw RowProblem{
      fmt::format("there is no recording {}{}", path.string(), hint(relative.generic_string()))};
}

std::string RecordingFinder::find_below(const std::string& name) {
  if (!files_) {
    files_.emplace();
    const std::vector<std::string> found = find_recordings(root_);
    for (const std::string& file : found) {
      const fs::path path = file;
      (*files_)[path.filename().string()].push_back(file);
      (*files_)[path.stem().string()].push_back(file);
    }
    log_info(
        "names that are not in {} itself are looked for among the {} recordings of its folders",
        root_.string(), with_thousands(static_cast<long long>(found.size())));
  }
  const auto found = files_->find(name);
  if (found == files_->end()) return "";
  if (found->second.size() > 1) {
    throw RowProblem{
        fmt::format("several files are named {}, {} and {}: name the folder too in the table", name,
                    found->second[0], found->second[1])};
  }
  return found->second.front();
}

/// Where something near is there.
std::string RecordingFinder::hint(const std::string& relative) {
  std::error_code ignored;
  if (fs::is_directory(root_ / relative, ignored)) {
    return ", but a folder; the table must have a row for each recording in it";
  }
  fs::path root = fs::absolute(root_).lexically_normal();
  if (!root.has_filename()) root = root.parent_path();  // "a/" is "a"
  for (int i = 0; i < kFoldersAbove && root.has_parent_path() && root != root.parent_path(); ++i) {
    root = root.parent_path();
    if (is_plain_file(root / relative)) {
      return fmt::format(", but {}: set --root {}", (root / relative).string(), root.string());
    }
  }
  // Once: a table with one wrong name has thousands most often.
  if (std::exchange(has_advised_, true)) return "";
  return "; --root says in which folder the names begin";
}

}  // namespace attune
