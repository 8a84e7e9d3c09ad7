#include "attune/data/boxes/formats/box_table.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/process/stop.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/boxes/reading/picture_index.h"
#include "attune/data/boxes/reading/picture_root.h"
#include "attune/data/image/pictures/picture_finder.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/labels/label_text.h"

namespace attune {
namespace {

struct UsualBox {
  std::array<const char*, 4> columns;
  BoxStyle style;
};

constexpr std::array<UsualBox, 10> kUsualBoxes = {
    {{{"xmin", "ymin", "xmax", "ymax"}, BoxStyle::corners},
     {{"x_min", "y_min", "x_max", "y_max"}, BoxStyle::corners},
     {{"x1", "y1", "x2", "y2"}, BoxStyle::corners},
     {{"x0", "y0", "x1", "y1"}, BoxStyle::corners},
     {{"left", "top", "right", "bottom"}, BoxStyle::corners},
     {{"bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2"}, BoxStyle::corners},
     {{"bbox_xmin", "bbox_ymin", "bbox_xmax", "bbox_ymax"}, BoxStyle::corners},
     {{"bbox_x", "bbox_y", "bbox_width", "bbox_height"}, BoxStyle::corner_size},
     {{"x", "y", "w", "h"}, BoxStyle::corner_size},
     {{"x_center", "y_center", "width", "height"}, BoxStyle::center_size}}};
constexpr std::array<const char*, 11> kUsualImages = {
    "path",           "filename", "file_name", "image_path", "image",  "image_name",
    "image_filename", "file",     "img_path",  "image_id",   "imageid"};
constexpr std::array<const char*, 8> kUsualLabels = {
    "class", "label", "class_name", "label_name", "labelname", "category", "name", "class_id"};
constexpr std::array<std::array<const char*, 2>, 3> kUsualSizes = {
    {{"width", "height"}, {"image_width", "image_height"}, {"img_width", "img_height"}}};

/// Columns of a table by their names in small letters.
class ColumnNames {
 public:
  explicit ColumnNames(const std::vector<std::string>& columns) : columns_(columns) {}

  /// The column's own name, "" where there is none.
  std::string find(const std::string& usual) const {
    for (const std::string& column : columns_) {
      if (to_lower_ascii(trim(column)) == usual) return column;
    }
    return "";
  }
  std::string first_of(std::span<const char* const> usual) const {
    for (const char* const name : usual) {
      if (std::string column = find(name); !column.empty()) return column;
    }
    return "";
  }
  bool has_all(std::span<const char* const> usual) const {
    return std::ranges::all_of(usual, [&](const char* name) { return !find(name).empty(); });
  }
  std::string text() const {
    constexpr std::size_t kShown = 20;
    std::vector<std::string> shown(
        columns_.begin(),
        columns_.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, columns_.size())));
    return shorten_utf8(join(shown, ", "), 300) + (columns_.size() > kShown ? ", ..." : "");
  }

 private:
  const std::vector<std::string>& columns_;
};

/// The columns that are read, in the order of their cells; those from 6 on may be missing (-1).
struct BoxLayout {
  std::vector<ColumnRequest> requests;
  BoxStyle style = BoxStyle::corners;
  int width = -1, height = -1, split = -1, group = -1, crowd = -1;

  int add(const std::string& column) {
    if (column.empty()) return -1;
    requests.push_back({.name = column});
    return static_cast<int>(requests.size()) - 1;
  }
};

BoxLayout find_layout(const std::vector<std::string>& columns, const std::string& name,
                      const BoxColumnNames& given) {
  const ColumnNames names(columns);
  const auto need = [&](const std::string& column, const char* what, const char* option) {
    check(!column.empty(), ErrorKind::user,
          "{}: no column is named as {}; its columns are: {}; name it with {}", name, what,
          names.text(), option);
    return column;
  };
  BoxLayout layout;
  layout.add(given.image_column.empty()
                 ? need(names.first_of(kUsualImages), "one of pictures (path, filename, image ...)",
                        "--image-column")
                 : given.image_column);
  layout.add(given.label_column.empty()
                 ? need(names.first_of(kUsualLabels), "one of classes (class, label ...)",
                        "--label-column")
                 : given.label_column);
  std::vector<std::string> box = given.box_columns;
  layout.style = given.box_style.value_or(BoxStyle::corners);
  check(box.empty() || box.size() == 4, ErrorKind::user,
        "--box-columns: {} columns, expected four, e.g. xmin,ymin,xmax,ymax", box.size());
  for (const UsualBox& usual : kUsualBoxes) {
    if (!box.empty() || !names.has_all(usual.columns)) continue;
    for (const char* const column : usual.columns) box.push_back(names.find(column));
    layout.style = usual.style;
  }
  need(box.empty() ? "" : box.front(), "those of a box (xmin, ymin, xmax, ymax ...)",
       "--box-columns LEFT,TOP,RIGHT,BOTTOM (and --box-style)");
  for (const std::string& column : box) layout.add(column);
  for (const auto& size : kUsualSizes) {
    if (layout.width >= 0 || !names.has_all(size)) continue;
    if (std::ranges::find(box, names.find(size[0])) != box.end()) continue;
    layout.width = layout.add(names.find(size[0]));
    layout.height = layout.add(names.find(size[1]));
  }
  layout.split = layout.add(given.split_column);
  layout.group = layout.add(given.group_column);
  return layout;
}

/// Finds the picture that a cell names. Throws `RowProblem`.
using FindPicture = std::function<std::string(const std::string&)>;

/// Joins the rows of each picture.
class BoxRows {
 public:
  BoxRows(RowReader& rows, BoxLayout layout, FindPicture find, bool keep_default_na)
      : rows_(rows),
        layout_(std::move(layout)),
        find_(std::move(find)),
        keep_default_na_(keep_default_na) {
    found_.files = rows.files();
    rows_.select(layout_.requests);
  }

  FoundBoxes read(const std::function<std::string(const std::string&)>& class_name) {
    std::int64_t count = 0;
    for (Row row; rows_.next(row); ++count) {
      if (count % 4096 == 0) check_stop();
      std::size_t picture = kNone;
      try {
        if (!row.problem.empty()) throw RowProblem{row.problem};
        picture = picture_of(row);
        add_row(row, found_.pictures[picture], class_name);
      } catch (const RowProblem& problem) {
        found_.bad_rows.push_back({found_.files[static_cast<std::size_t>(row.file)], row.line,
                                   problem.reason, row.lines});
        if (picture != kNone) found_.pictures[picture].is_bad = true;
      }
    }
    return std::move(found_);
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  const std::string& cell(const Row& row, int column) const {
    return row.cells[static_cast<std::size_t>(column)];
  }

  bool is_missing(const std::string& text) const {
    return is_blank_text(text) || means_missing(label_key(text));
  }

  std::size_t picture_of(const Row& row) {
    const auto [entry, is_new] = by_name_.try_emplace(row.cells[0], kNone);
    if (!is_new) {
      if (entry->second == kNone) throw RowProblem{problems_.at(row.cells[0])};
      return entry->second;
    }
    try {
      const std::string path = find_(row.cells[0]);
      const auto [same, is_first] = by_path_.try_emplace(path, found_.pictures.size());
      entry->second = same->second;
      if (is_first) begin_picture(row, path);
    } catch (const RowProblem& problem) {
      problems_[row.cells[0]] = problem.reason;
      throw;
    }
    return entry->second;
  }

  void begin_picture(const Row& row, const std::string& path) {
    FoundPicture& picture = found_.pictures.emplace_back();
    picture.example.path = path;
    picture.example.file = row.file;
    picture.example.line = row.line;
  }

  void add_row(const Row& row, FoundPicture& picture,
               const std::function<std::string(const std::string&)>& class_name) {
    read_facts(row, picture);
    const auto numbers = std::span(row.cells).subspan(2, 4);
    const bool has_box = !std::ranges::all_of(
        numbers, [&](const std::string& number) { return is_missing(number); });
    const std::string label = label_key(row.cells[1]);
    if (!has_box) {
      if (label.empty() || (keep_default_na_ && means_missing(label))) return;
      throw RowProblem{fmt::format(
          "it has the class \"{}\" and no box; a picture that shows nothing to find has neither",
          shorten_utf8(label, 60))};
    }
    if (label.empty()) throw RowProblem{"the class is empty"};
    if (keep_default_na_ && means_missing(label)) {
      throw RowProblem{fmt::format(
          "the class \"{}\" reads as missing, as it does in pandas; set --no-keep-default-na "
          "where it is a class",
          label)};
    }
    LabelledBox box;
    box.box = read_box(row);
    box.crowd = layout_.crowd >= 0 && trim(cell(row, layout_.crowd)) == "1";
    box.class_id = class_of(class_name(label));
    FoundBoxes::add_box(picture.example, box, row.line);
  }

  std::int64_t class_of(const std::string& name) {
    const auto [entry, is_new] = class_ids_.try_emplace(name, 0);
    if (is_new) entry->second = found_.classes.find_or_add(name);
    return entry->second;
  }

  Box read_box(const Row& row) const {
    std::array<double, 4> n{};
    for (std::size_t i = 0; i < 4; ++i) {
      const auto number = parse_number(row.cells[2 + i]);
      if (!number) {
        throw RowProblem{fmt::format("{} is \"{}\", expected a number",
                                     layout_.requests[2 + i].name,
                                     shorten_utf8(row.cells[2 + i], 40))};
      }
      n[i] = *number;
    }
    switch (layout_.style) {
      case BoxStyle::corner_size:
        return box_from_corner(n[0], n[1], n[2], n[3]);
      case BoxStyle::center_size:
        return box_from_center(n[0], n[1], n[2], n[3]);
      case BoxStyle::corners:
        break;
    }
    return {n[0], n[1], n[2], n[3]};
  }

  /// What rows say of their picture, in which those of one picture must agree.
  void read_facts(const Row& row, FoundPicture& picture) {
    const bool is_first = picture.example.line == row.line;
    const auto agree = [&](bool same, const char* what) {
      if (is_first || same) return;
      throw RowProblem{fmt::format("it gives its picture another {} than line {} does", what,
                                   picture.example.line)};
    };
    if (layout_.width >= 0) {
      const double width = parse_number(cell(row, layout_.width)).value_or(0);
      const double height = parse_number(cell(row, layout_.height)).value_or(0);
      std::optional<Size> size;
      if (width >= 1 && width < 1e6 && height >= 1 && height < 1e6) {
        size = Size{static_cast<std::int64_t>(height), static_cast<std::int64_t>(width)};
      }
      agree(picture.stated == size, "size");
      picture.stated = size;
    }
    if (layout_.split >= 0) {
      const GivenSplit split = read_split(
          cell(row, layout_.split), layout_.requests[static_cast<std::size_t>(layout_.split)].name);
      agree(picture.example.split == split, "part");
      picture.example.split = split;
    }
    if (layout_.group >= 0) {
      std::string group = read_group(cell(row, layout_.group), keep_default_na_);
      agree(picture.example.group == group, "group");
      picture.example.group = std::move(group);
    }
  }

  RowReader& rows_;
  BoxLayout layout_;
  FindPicture find_;
  bool keep_default_na_;
  FoundBoxes found_;
  std::unordered_map<std::string, std::size_t> by_name_, by_path_;
  std::unordered_map<std::string, std::string> problems_;
  std::unordered_map<std::string, std::int64_t> class_ids_;
};

std::string same_name(const std::string& name) {
  return name;
}

/// The first names of pictures in a table.
std::vector<std::string> first_pictures(const fs::path& path, const ReaderOptions& reader,
                                        const std::string& column) {
  constexpr std::size_t kRows = 16;
  const auto rows = open_rows(path, reader);
  const ColumnRequest requests[] = {{.name = column}};
  rows->select(requests);
  std::vector<std::string> names;
  for (Row row; names.size() < kRows && rows->next(row);) {
    if (row.problem.empty()) names.push_back(row.cells[0]);
  }
  return names;
}

/// Display names by code.
std::unordered_map<std::string, std::string> read_descriptions(const fs::path& file) {
  ReaderOptions options;
  options.column_names = {"code", "name"};
  const auto rows = open_rows(file, options);
  std::unordered_map<std::string, std::string> names;
  for (Row row; rows->next(row);) {
    check(row.problem.empty(), ErrorKind::data, "{}:{}: {}", file.string(), row.line, row.problem);
    if (row.cells[0] == "LabelName") continue;  // the header of later versions
    names[label_key(row.cells[0])] = row.cells[1];
  }
  return names;
}

std::optional<fs::path> find_descriptions(const fs::path& table) {
  const fs::path folder = table.has_parent_path() ? table.parent_path() : fs::path(".");
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = to_lower_ascii(it->path().filename().string());
    if (name.find("class-descriptions") != name.npos && name.ends_with(".csv")) {
      files.push_back(it->path());
    }
  }
  std::ranges::sort(files);
  return files.empty() ? std::nullopt : std::optional(files.front());
}

}  // namespace

bool is_open_images_table(const fs::path& path) {
  constexpr std::array<const char*, 6> kColumns = {"imageid", "labelname", "xmin",
                                                   "xmax",    "ymin",      "ymax"};
  try {
    return ColumnNames(open_rows(path)->columns()).has_all(kColumns);
  } catch (const Error& error) {
    // In another encoding, say: who reads it with the options given tells what is wrong.
    if (error.kind() != ErrorKind::data) throw;
    return false;
  }
}

bool is_retinanet_table(const std::vector<std::string>& first_line) {
  if (first_line.size() != 6 || first_line[0].empty()) return false;
  const auto numbers = std::span(first_line).subspan(1, 4);
  return std::ranges::all_of(
             numbers, [](const std::string& text) { return parse_number(text).has_value(); }) ||
         std::ranges::all_of(numbers, [](const std::string& text) { return text.empty(); });
}

FoundBoxes read_box_rows(RowReader& rows, const std::string& name, const BoxTableOptions& options) {
  FileFinder files = picture_finder(options.files.root, options.files.image_suffix);
  BoxRows reader(
      rows, find_layout(rows.columns(), name, options.columns),
      [&](const std::string& cell) { return files.find(cell); }, options.keep_default_na);
  return reader.read(same_name);
}

FoundBoxes read_box_table(const fs::path& path, const BoxTableOptions& options) {
  BoxTableOptions complete = options;
  auto rows = open_rows(path, complete.reader);
  if (complete.reader.column_names.empty() && is_retinanet_table(rows->columns())) {
    complete.reader.column_names = {"path", "x1", "y1", "x2", "y2", "class"};
    log_info("{}: it has no header line; its columns are taken for path, x1, y1, x2, y2 and class",
             path.string());
    rows = open_rows(path, complete.reader);
  }
  if (complete.files.root.empty()) {
    const BoxLayout layout = find_layout(rows->columns(), path.string(), complete.columns);
    complete.files.root =
        picture_root(path, first_pictures(path, complete.reader, layout.requests[0].name));
  }
  return read_box_rows(*rows, path.string(), complete);
}

FoundBoxes read_open_images(const fs::path& path, const BoxTableOptions& options) {
  const auto rows = open_rows(path, options.reader);
  const ColumnNames names(rows->columns());
  BoxColumnNames columns = options.columns;
  columns.image_column = names.find("imageid");
  columns.label_column = names.find("labelname");
  BoxLayout layout = find_layout(rows->columns(), path.string(), columns);
  layout.crowd = layout.add(names.find("isgroupof"));
  const fs::path root = options.files.root.empty() ? picture_root(path, {}) : options.files.root;
  const PictureIndex pictures(root);
  BoxRows reader(
      *rows, std::move(layout),
      [&](const std::string& id) {
        const auto found = pictures.find_named(id, root / id);
        if (found) return pictures.pictures()[*found];
        throw RowProblem{fmt::format("there is no picture {} in {}; --root says where they are",
                                     shorten_utf8(id, 60), root.string())};
      },
      options.keep_default_na);
  const auto file = options.files.class_file.empty()
                        ? find_descriptions(path)
                        : std::optional<fs::path>(options.files.class_file);
  const auto described =
      file ? read_descriptions(*file) : std::unordered_map<std::string, std::string>{};
  std::string nameless;
  FoundBoxes found = reader.read([&](const std::string& code) {
    const auto name = described.find(code);
    if (name != described.end()) return name->second;
    if (nameless.empty()) nameless = code;
    return code;
  });
  if (!nameless.empty()) {
    log_warning(
        "{}: classes as {} have no name{}; Open Images' class-descriptions-boxable.csv beside the "
        "table, or given as --class-file, has them",
        path.string(), shorten_utf8(nameless, 40), file ? " in " + file->string() : "");
  }
  found.unit = BoxUnit::fractions;
  for (FoundPicture& picture : found.pictures) {
    picture.example.id = fs::path(picture.example.path).stem().string();
  }
  return found;
}

}  // namespace attune
