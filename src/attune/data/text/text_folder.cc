#include "attune/data/text/text_folder.h"

#include <algorithm>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/data/readers/encoding.h"

namespace attune {
namespace {

// A text of more is no example but a corpus: megabytes for 512 tokens.
constexpr std::uint64_t kMaxTextBytes = 16u << 20;

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    // Archives made on a Mac hold a hidden file beside each one.
    if (!it->path().filename().string().starts_with('.')) entries.push_back(it->path());
  }
  if (error) fail_io("list", folder.string(), error.value());
  // File systems list in any order, and the order of examples decides every seeded draw.
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

class TextFolderReader : public RowReader {
 public:
  TextFolderReader(const fs::path& root, std::string encoding) : encoding_(std::move(encoding)) {
    for (const fs::path& folder : sorted_entries(root)) {
      if (is_folder(folder)) add_class(folder);
    }
    check(!files_.empty(), ErrorKind::data,
          "{}: the folder holds no class; expected a folder per class with .txt files in it, e.g. "
          "{}/positive/1.txt{}",
          root.string(), root.string(), table_hint(root));
    set_columns({"text", "label"});
    root_ = root.string();
  }

  bool cells_are_names() const override { return true; }

  bool next(Row& row) override {
    if (next_ == files_.size()) return false;
    const fs::path path = files_[next_];
    row.file = static_cast<std::int32_t>(next_++);
    row.line = 0;
    std::string text;
    row.problem = read_text(path, text);
    row.cells.clear();
    for (const Selected& selected : selected_) {
      if (!row.problem.empty()) break;
      row.cells.push_back(selected.column == 0 ? text : path.parent_path().filename().string());
    }
    return true;
  }

 private:
  void add_class(const fs::path& folder) {
    const std::string label = folder.filename().string();
    check(utf8_problem(label, 1).empty(), ErrorKind::data,
          "{}: the folder's name is not valid UTF-8, but it names a class", folder.string());
    const std::size_t before = files_.size();
    for (const fs::path& file : sorted_entries(folder)) {
      const bool is_text = to_lower_ascii(file.extension().string()) == ".txt";
      if (is_text && !is_folder(file)) files_.push_back(file.string());
    }
    // An empty class folder is most often a wrong path or a wrong ending, and would be a class
    // without examples.
    check(files_.size() > before, ErrorKind::data,
          "{}: the folder names a class but holds no .txt file; fill or remove it",
          folder.string());
    // A row names its file with 32 bits.
    check(files_.size() < (std::size_t{1} << 31), ErrorKind::data, "{}: too many files",
          folder.string());
  }

  /// A folder of tables, as data sets come: one of them was meant.
  static std::string table_hint(const fs::path& root) {
    for (const fs::path& file : sorted_entries(root)) {
      const std::string ending = to_lower_ascii(file.extension().string());
      if (ending == ".csv" || ending == ".tsv" || ending == ".jsonl" || ending == ".json") {
        return fmt::format("; it holds the table {}: give the file itself", file.string());
      }
    }
    return "";
  }

  std::string table_name() const override { return root_; }
  std::string missing_column_hint() const override {
    return "; a folder of class folders has these two alone: leave out the options that name "
           "others";
  }

  std::string read_text(const fs::path& path, std::string& text) const {
    try {
      text = decode_text(read_file(path, kMaxTextBytes), encoding_, path.string());
    } catch (const Error& error) {
      return error.what();
    }
    // The mark of Windows editors is no part of the text, and a tokenizer would make an unknown
    // token of it.
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    return utf8_problem(text, 1);
  }

  std::string encoding_, root_;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<RowReader> open_text_folder(const fs::path& root, const std::string& encoding) {
  return std::make_unique<TextFolderReader>(root, encoding);
}

}  // namespace attune
