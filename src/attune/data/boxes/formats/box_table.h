#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "attune/data/boxes/formats/label_options.h"
#include "attune/data/boxes/reading/found_boxes.h"
#include "attune/data/readers/row_reader.h"

namespace attune {

/// What the four columns of a box hold.
enum class BoxStyle {
  corners,      ///< left, top, right, bottom
  corner_size,  ///< left, top, width, height
  center_size,  ///< of the middle x, y, width, height
};

constexpr auto enum_names(BoxStyle) {
  return std::to_array<std::pair<BoxStyle, std::string_view>>(
      {{BoxStyle::corners, "corners"},
       {BoxStyle::corner_size, "corner-size"},
       {BoxStyle::center_size, "center-size"}});
}

/// Which columns hold what; those that are not named ("") are looked for by usual names.
struct BoxColumnNames {
  std::string image_column, label_column;
  std::vector<std::string> box_columns;  ///< four, or none
  std::optional<BoxStyle> box_style;     ///< of `box_columns`; default: corners
  std::string split_column, group_column;
};

struct BoxTableOptions {
  ReaderOptions reader;
  BoxColumnNames columns;
  LabelFileOptions files;
  bool keep_default_na = true;  ///< classes and groups that pandas reads as missing are
};

/// Whether a table's columns are those of Open Images' boxes (ImageID, LabelName, XMin ...).
bool is_open_images_table(const fs::path& path);

/// Whether the first line of a table is one of keras-retinanet's (path,x1,y1,x2,y2,class without a
/// header).
bool is_retinanet_table(const std::vector<std::string>& first_line);

/// Reads a table with a row per box: any number of them name one picture, and one without numbers
/// and class is a picture of background. Columns are found by usual names, in any case; six without
/// a header are keras-retinanet's. Columns width and height state the picture's size. Pictures
/// are looked for under the options' root, else where `picture_root` says. Throws `user` where
/// columns are missing, with those that are there.
FoundBoxes read_box_table(const fs::path& path, const BoxTableOptions& options);

/// The same from any source of rows; the root must be set.
FoundBoxes read_box_rows(RowReader& rows, const std::string& name, const BoxTableOptions& options);

/// Reads Open Images' table of boxes: fractions, a group of objects (IsGroupOf) is a crowd. Names
/// of classes are those of the options' class file, or of class-descriptions*.csv beside the table;
/// codes (/m/01g317) that it lacks stay codes, which is told. Pictures are ImageID.jpg, or of
/// whatever ending.
FoundBoxes read_open_images(const fs::path& path, const BoxTableOptions& options);

}  // namespace attune
