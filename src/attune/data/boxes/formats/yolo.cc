#include "attune/data/boxes/formats/yolo.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/process/stop.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/boxes/formats/yolo_config.h"
#include "attune/data/folder_files.h"
#include "attune/data/image/pictures/picture_files.h"
#include "attune/data/image/pictures/picture_finder.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/readers/lines.h"

namespace attune {
namespace {

constexpr std::size_t kMostNumbers = 200'000;  // of a polygon

std::string shown(std::string_view text) {
  return find_invalid_utf8(text) ? "?" : shorten_utf8(text, 40);
}

/// The numbers of a line; returns what is wrong, or "".
std::string read_numbers(std::string_view line, std::vector<double>& numbers) {
  numbers.clear();
  while (true) {
    const std::size_t begin = line.find_first_not_of(" \t\r,");
    if (begin == line.npos) return "";
    const std::size_t end = std::min(line.find_first_of(" \t\r,", begin), line.size());
    const std::string_view word = line.substr(begin, end - begin);
    const auto number = parse_number(word);
    if (!number) return fmt::format("\"{}\" is no number", shown(word));
    if (numbers.size() == kMostNumbers) return "more numbers than a polygon may have";
    numbers.push_back(*number);
    line.remove_prefix(end);
  }
}

/// The box that the numbers behind the class are; returns what is wrong, or "".
std::string read_line_box(const std::vector<double>& numbers, const YoloLines& expected, Box& box) {
  const std::size_t count = numbers.size() - 1;
  if (count == 4 || (expected.has_keypoints && count > 4)) {
    box = box_from_center(numbers[1], numbers[2], numbers[3], numbers[4]);
    return "";
  }
  if (count < 6 || count % 2 != 0) {
    return fmt::format(
        "{} numbers, expected a class and x, y, width and height of a box, or a class and the "
        "points of a polygon{}",
        numbers.size(), count == 5 ? "; confidences are of predictions, not of labels" : "");
  }
  constexpr double kFar = std::numeric_limits<double>::infinity();
  box = {kFar, kFar, -kFar, -kFar};
  for (std::size_t i = 1; i < numbers.size(); i += 2) {
    box.left = std::min(box.left, numbers[i]);
    box.right = std::max(box.right, numbers[i]);
    box.top = std::min(box.top, numbers[i + 1]);
    box.bottom = std::max(box.bottom, numbers[i + 1]);
  }
  return "";
}

/// labels/a.txt for images/a.jpg, else a.txt beside it; the innermost images counts.
fs::path labels_of(const fs::path& picture) {
  const std::vector<fs::path> parts(picture.begin(), picture.end());
  const auto last = std::find(parts.rbegin(), parts.rend(), "images");
  fs::path labels;
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    labels /= last != parts.rend() && part == last.base() - 1 ? fs::path("labels") : *part;
  }
  return labels.replace_extension(".txt");
}

bool is_in_images(const fs::path& picture, const fs::path& root) {
  const fs::path folders = picture.parent_path().lexically_relative(root);
  return std::ranges::find(folders, "images") != folders.end();
}

/// Text files that lie among labels and are none.
bool is_other_text(const fs::path& file) {
  const std::string stem = to_lower_ascii(file.stem().string());
  return stem == "classes" || stem == "notes" || stem.starts_with("readme") ||
         stem.starts_with("license") || split_of_name(stem) != GivenSplit::none;
}

class YoloReader {
 public:
  YoloReader(std::vector<std::string> names, bool has_keypoints)
      : lines_{static_cast<std::int64_t>(names.size()), has_keypoints} {
    found_.unit = BoxUnit::fractions;
    found_.is_ordered = true;
    found_.classes = LabelNames(std::move(names));
  }

  /// Pictures in a folder, with the text files among labels that are of none.
  void add_folder(const fs::path& folder, std::optional<GivenSplit> split) {
    const FoundPictures files = find_pictures(folder);
    const bool has_images = std::ranges::any_of(
        files.pictures, [&](const std::string& file) { return is_in_images(file, folder); });
    for (const std::string& file : files.pictures) {
      if (has_images && !is_in_images(file, folder)) continue;
      add_picture(file, split ? *split : split_of_folders(file, folder));
    }
    for (const std::string& file : files.left_out) texts_.insert(file);
  }

  /// A list of pictures, a path a line; they lie under `root`.
  void add_list(const fs::path& list, const fs::path& root, const std::string& suffix,
                GivenSplit split) {
    FileFinder finder = picture_finder(root, suffix);
    const auto rows = open_lines(open_file(list), "path");
    for (Row row; rows->next(row);) {
      const std::string name(row.problem.empty() ? trim(row.cells[0]) : "");
      if (name.empty() && row.problem.empty()) continue;
      try {
        if (!row.problem.empty()) throw RowProblem{row.problem};
        add_picture(find(name, list, root, finder), split);
      } catch (const RowProblem& problem) {
        found_.bad_rows.push_back({list.string(), row.line, problem.reason});
      }
    }
  }

  FoundBoxes take(const std::string& name) {
    check(!found_.pictures.empty() || !found_.bad_rows.empty(), ErrorKind::data,
          "{}: there is no picture in it", name);
    check(labelled_ > 0 || !found_.bad_rows.empty(), ErrorKind::data,
          "{}: none of its {} pictures has labels: expected {} for {}", name,
          with_thousands(std::ssize(found_.pictures)),
          found_.pictures.empty() ? "" : labels_of(found_.pictures[0].example.path).string(),
          found_.pictures.empty() ? "" : found_.pictures[0].example.path);
    for (const std::string& text : texts_) {
      const fs::path file = text;
      if (file.extension() != ".txt" || used_.contains(text) || is_other_text(file)) continue;
      found_.orphans.push_back(text);
    }
    return std::move(found_);
  }

 private:
  /// A line of a list: from the root on, from the list on, or written for a folder above.
  static std::string find(const std::string& name, const fs::path& list, const fs::path& root,
                          FileFinder& finder) {
    const fs::path path = name;
    std::error_code ignored;
    if (path.is_relative()) {
      const fs::path beside = list.parent_path() / path;
      if (!fs::is_regular_file(root / path, ignored) && fs::is_regular_file(beside, ignored)) {
        return finder.find(beside.lexically_normal().lexically_relative(root.lexically_normal()));
      }
      if (!fs::is_regular_file(root / path, ignored) && path.has_parent_path()) {
        const fs::path inner = path.lexically_relative(*path.begin());
        if (fs::is_regular_file(root / inner, ignored)) return finder.find(inner.string());
      }
    }
    return finder.find(name);
  }

  void add_picture(const std::string& file, GivenSplit split) {
    check_stop();
    if (!pictures_.insert(file).second) {
      found_.bad_rows.push_back({file, 0, "the picture is named twice: keep it in one part"});
      return;
    }
    FoundPicture picture;
    picture.example.path = file;
    picture.example.split = split;
    const fs::path labels = labels_of(file);
    std::error_code ignored;
    for (const fs::path& place : {labels, fs::path(file).replace_extension(".txt")}) {
      if (!fs::is_regular_file(place, ignored)) continue;
      add_labels(place.string(), picture);
      break;
    }
    const fs::path folder = labels.parent_path();
    if (folders_.insert(folder.string()).second && fs::is_directory(folder, ignored)) {
      for (fs::directory_iterator it(folder, ignored), end; it != end; it.increment(ignored)) {
        texts_.insert(it->path().string());
      }
    }
    found_.pictures.push_back(std::move(picture));
  }

  void add_labels(const std::string& file, FoundPicture& picture) {
    ++labelled_;
    used_.insert(file);
    picture.example.file = found_.add_file(file);
    try {
      const YoloLabels labels = parse_yolo(read_file(file, kMaxLabelBytes), lines_);
      for (const auto& [line, problem] : labels.problems) {
        found_.bad_rows.push_back({file, line, problem});
        picture.is_bad = true;
      }
      picture.example.boxes = labels.boxes;
      picture.example.places = labels.lines;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::internal) throw;
      found_.bad_rows.push_back({file, 0, error.what()});
      picture.is_bad = true;
    }
  }

  YoloLines lines_;
  FoundBoxes found_;
  std::int64_t labelled_ = 0;
  std::unordered_set<std::string> pictures_, used_, folders_;
  std::set<std::string> texts_;  ///< files that may be labels of nothing
};

[[noreturn]] void refuse_nameless(const std::string& source) {
  fail(ErrorKind::user,
       "{}: its classes are numbers without names; give a file with a name a line as --class-file "
       "(classes.txt or obj.names in the folder is found), or the names as --labels",
       source);
}

/// A part of a configuration: where it is. Paths are written for another folder often: Roboflow's
/// "../train/images" is beside the file, Colab's "/content/set/train/images" on another machine.
fs::path place_of_entry(const std::string& entry, const YoloConfig& config) {
  const fs::path said = fs::path(entry).lexically_normal();
  std::error_code ignored;
  const fs::path whole = said.is_absolute() ? said : config.base / said;
  if (fs::exists(whole, ignored)) return whole.lexically_normal();
  std::vector<fs::path> parts;
  for (const fs::path& part : said.relative_path()) {
    if (part != ".." && !part.empty()) parts.push_back(part);
  }
  for (std::size_t first = 0; first < parts.size(); ++first) {
    fs::path inner;
    for (std::size_t i = first; i < parts.size(); ++i) inner /= parts[i];
    // "images" alone may be that of any part.
    const bool says_part = split_of_name(inner.string()) != GivenSplit::none;
    if (says_part && fs::exists(config.base / inner, ignored)) return config.base / inner;
  }
  return whole;
}

FoundBoxes read_config(const fs::path& path, const LabelFileOptions& options) {
  YoloConfig config = read_yolo_config(path);
  if (!options.root.empty()) config.base = options.root;
  if (!options.class_file.empty()) config.names = read_class_names(options.class_file);
  if (config.names.empty()) config.names = options.labels;
  if (config.names.empty()) refuse_nameless(config.source);
  YoloReader reader(config.names, config.has_keypoints);
  for (const auto& [split, entry] : config.parts) {
    const fs::path place = place_of_entry(entry, config);
    std::error_code ignored;
    if (fs::is_directory(place, ignored)) {
      reader.add_folder(place, split);
      continue;
    }
    check(fs::is_regular_file(place, ignored), ErrorKind::data,
          "{}: {} is neither a folder nor a list of pictures ({}); --root says where its paths "
          "begin",
          config.source, shown(entry), place.string());
    reader.add_list(place, config.base, options.image_suffix, split);
  }
  return reader.take(config.source);
}

}  // namespace

YoloLabels parse_yolo(std::string_view text, const YoloLines& expected) {
  YoloLabels labels;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<double> numbers;
  std::int64_t line = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view now = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line;
    std::string problem = read_numbers(now, numbers);
    if (problem.empty() && numbers.empty()) continue;
    LabelledBox box;
    if (problem.empty()) problem = read_line_box(numbers, expected, box.box);
    if (problem.empty()) {
      const bool is_class = numbers[0] == std::floor(numbers[0]) && numbers[0] >= 0 &&
                            numbers[0] < static_cast<double>(expected.classes);
      if (is_class) {
        box.class_id = static_cast<std::int64_t>(numbers[0]);
      } else {
        problem = fmt::format("the class is {:g}, expected a number from 0 to {}, which have names",
                              numbers[0], expected.classes - 1);
      }
    }
    if (problem.empty()) {
      labels.boxes.push_back(box);
      labels.lines.push_back(line);
    } else {
      labels.problems.emplace_back(line, std::move(problem));
    }
  }
  return labels;
}

FoundBoxes read_yolo(const fs::path& path, const LabelFileOptions& options) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return read_config(path, options);
  std::vector<std::string> names = options.labels;
  if (!options.class_file.empty()) {
    names = read_class_names(options.class_file);
  } else if (const auto file = find_class_names(path)) {
    names = read_class_names(*file);
  }
  if (names.empty()) refuse_nameless(path.string());
  YoloReader reader(names, false);
  reader.add_folder(path, std::nullopt);
  FoundBoxes found = reader.take(path.string());
  const bool has_split = std::ranges::any_of(found.pictures, [](const FoundPicture& picture) {
    return picture.example.split != GivenSplit::none;
  });
  if (has_split) check_all_split(found, path.string());
  return found;
}

}  // namespace attune
