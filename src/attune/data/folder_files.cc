#include "attune/data/folder_files.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxEndings = 10;

bool is_hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with('.') || name == "__MACOSX";
}

bool is_folder(const fs::directory_entry& entry) {
  std::error_code ignored;
  return entry.is_directory(ignored);
}

/// Collects the files under a folder.
class Walker {
 public:
  void walk(const fs::path& folder, int depth) {
    check(depth < kMaxDepth, ErrorKind::data, "{}: folders are nested deeper than {}",
          folder.string(), kMaxDepth);
    std::error_code error;
    // A link to a folder above would be walked for ever.
    if (!seen_.insert(fs::canonical(folder, error)).second) return;
    std::vector<fs::path> deeper;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      check_stop();
      if (is_hidden(it->path())) continue;
      if (is_folder(*it)) {
        deeper.push_back(it->path());
      } else {
        files_.emplace_back(folder.string(), it->path().filename().string());
      }
    }
    if (error) fail_io("list", folder.string(), error.value());
    // Sorted: of two links to one folder the first is entered, whatever the file system lists.
    std::sort(deeper.begin(), deeper.end());
    for (const fs::path& inner : deeper) walk(inner, depth + 1);
  }

  /// (folder, name).
  std::vector<std::pair<std::string, std::string>> take() {
    std::sort(files_.begin(), files_.end());
    return std::move(files_);
  }

 private:
  std::set<fs::path> seen_;
  std::vector<std::pair<std::string, std::string>> files_;
};

}  // namespace

std::vector<fs::path> folders_in(const fs::path& root) {
  std::error_code error;
  std::vector<fs::path> folders;
  for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    if (!is_hidden(it->path()) && is_folder(*it)) folders.push_back(it->path());
  }
  if (error) fail_io("list", root.string(), error.value());
  std::sort(folders.begin(), folders.end());
  return folders;
}

std::vector<std::string> files_below(const fs::path& root) {
  Walker walker;
  walker.walk(root, 0);
  std::vector<std::string> files;
  for (const auto& [folder, name] : walker.take()) {
    files.push_back(folder + (folder.ends_with('/') ? "" : "/") + name);
  }
  return files;
}

std::string count_endings(std::span<const std::string> files) {
  std::map<std::string, std::int64_t> counts;
  for (const std::string& file : files) {
    ++counts[to_lower_ascii(fs::path(file).extension().string())];
  }
  std::vector<std::pair<std::int64_t, std::string>> order;
  for (const auto& [ending, count] : counts) order.emplace_back(-count, ending);
  std::sort(order.begin(), order.end());
  std::vector<std::string> parts;
  std::int64_t rest = 0;
  for (const auto& [count, ending] : order) {
    if (parts.size() == kMaxEndings) {
      rest -= count;
    } else {
      parts.push_back(
          fmt::format("{} {}", with_thousands(-count), ending.empty() ? "without ending" : ending));
    }
  }
  if (rest > 0) parts.push_back(fmt::format("{} with other endings", with_thousands(rest)));
  return join(parts, ", ");
}

}  // namespace attune
