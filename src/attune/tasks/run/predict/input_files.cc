#include "attune/tasks/run/predict/input_files.h"

#include <glob.h>

#include <memory>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/data/readers/byte_source.h"
#include "attune/data/readers/lines.h"

namespace attune {
namespace {

class InputFiles {
 public:
  explicit InputFiles(const AddFolder& add_folder) : add_folder_(add_folder) {}

  void add(const std::string& input) {
    if (input == "-") {
      add_list(open_standard_input());
    } else if (fs::path(input).extension() == ".txt" && fs::is_regular_file(input)) {
      add_list(open_file(input));
    } else if (fs::exists(input)) {
      add_path(input);
    } else {
      add_pattern(input);
    }
  }

  std::vector<std::string> take() { return std::move(files_); }

 private:
  void add_path(const std::string& path) {
    if (fs::is_directory(path)) return add_folder_(path, files_);
    files_.push_back(path);
  }

  /// Patterns that no shell has expanded: in quotes, or from a settings file.
  void add_pattern(const std::string& pattern) {
    glob_t found = {};
    const int status = glob(pattern.c_str(), 0, nullptr, &found);
    std::vector<std::string> matches;
    for (std::size_t i = 0; status == 0 && i < found.gl_pathc; ++i) {
      matches.emplace_back(found.gl_pathv[i]);
    }
    globfree(&found);
    for (const std::string& match : matches) add_path(match);
    check(status == 0, ErrorKind::user, "--input: no file is named {}", pattern);
  }

  /// A path a line.
  void add_list(std::unique_ptr<ByteSource> source) {
    const std::string name = source->name();
    const auto lines = open_lines(std::move(source), "path");
    for (Row row; lines->next(row);) {
      check(row.problem.empty(), ErrorKind::data, "{}:{}: {}", name, row.line, row.problem);
      if (!trim(row.cells[0]).empty()) files_.push_back(row.cells[0]);
    }
  }

  const AddFolder& add_folder_;
  std::vector<std::string> files_;
};

}  // namespace

std::vector<std::string> list_input_files(const config::Texts& inputs,
                                          const AddFolder& add_folder) {
  InputFiles files(add_folder);
  for (const std::string& input : inputs) files.add(input);
  return files.take();
}

}  // namespace attune
