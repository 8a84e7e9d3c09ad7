#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/config/field.h"
#include "attune/config/schema.h"
#include "attune/data/bad_rows.h"
#include "attune/data/boxes/box_source.h"
#include "attune/data/image/image_options.h"
#include "attune/data/readers/table_options.h"
#include "attune/data/source_traits.h"
#include "attune/data/split/given_split.h"
#include "attune/data/split/split_options.h"

namespace attune {

/// How labels name pictures and boxes. Kept with the saved model: `evaluate` reads alike.
struct BoxColumns {
  std::string image_column, label_column;  ///< "": looked for by usual names
  std::vector<std::string> box_columns;
  std::optional<BoxStyle> box_style;
  std::optional<BoxUnit> box_unit;
  OtherSize other_size = OtherSize::error;
  SplitColumns division;
  TableOptions table;
  std::string image_suffix;

  template <typename V>
  void visit(V& v) {
    v("image_column", image_column,
      "Column of the picture's path (default: the first that is there of path, filename, "
      "file_name, "
      "image_path, image, image_name ...)")
        .only_for({kDelimitedTable, kJsonTable});
    v("label_column", label_column,
      "Column of a box's class (default: the first that is there of class, label, class_name, "
      "label_name, category, name)")
        .only_for({kDelimitedTable, kJsonTable});
    v("box_columns", box_columns,
      "The four columns of a box (default: xmin, ymin, xmax, ymax; x1, y1, x2, y2; left, top, "
      "right, bottom; x, y, w, h ... whichever are there)")
        .only_for({kDelimitedTable, kJsonTable});
    v("box_style", box_style,
      "What --box-columns hold: corners (left, top, right, bottom), corner-size (left, top, width, "
      "height) or center-size (of the middle x, y, width, height); default: corners")
        .only_with("box_columns")
        .only_for({kDelimitedTable, kJsonTable});
    v("box_unit", box_unit,
      "What coordinates count in: pixels or fractions of the picture (default: fractions of YOLO "
      "and Open Images, pixels of all others)");
    v("other_size", other_size,
      "Where labels state another size than their picture has: stop, keep the boxes as pixels of "
      "the picture, or scale them to it")
        .only_for({kCocoLabels, kVocLabels, kLabelMeLabels, kDelimitedTable, kJsonTable});
    v("image_suffix", image_suffix,
      "Ending of the pictures' files where labels name them without, e.g. .jpg")
        .only_for({kCocoLabels, kYoloLabels, kDelimitedTable, kJsonTable});
    division.visit_split(v);
    division.visit_group(v, "patient, site or source");
    table.visit(v);
  }
};

/// What a run learns from (section data).
struct BoxDataOptions {
  std::string data, validation_data, test_data;
  BoxFormat data_format = BoxFormat::automatic;
  std::string root, class_file;
  EncodingOption encoding;
  HoldOutOption split;
  std::vector<std::string> labels;
  OnBadRow on_bad_row = OnBadRow::error;
  bool check_images = true;
  std::int64_t loader_threads = 0;
  DecodeMemoryOption decoding;

  template <typename V>
  void visit(V& v) {
    v("data", data,
      "Labelled pictures: a folder (VOC, YOLO, COCO, LabelMe), a data.yaml, a COCO .json, or a "
      "table "
      "of boxes");
    v("validation_data", validation_data, "The same to evaluate on during training");
    v("test_data", test_data, "The same to evaluate the final model on");
    v("data_format", data_format, "How the labels are written (default: by what is there)");
    v("root", root,
      "Folder that the pictures are in (default: the one of the labels, images/ beside it, or as "
      "the data.yaml says)");
    v("class_file", class_file,
      "File with the classes' names: one a line (YOLO's classes.txt, obj.names), or Open Images' "
      "class-descriptions CSV (default: looked for beside the labels)")
        .only_for({kYoloLabels, kOpenImagesLabels});
    encoding.visit(v);
    split.visit(v, "pictures of one group, and those with the same pixels where they are checked,");
    v("labels", labels, "Names of the classes in the order of their ids (default: from the data)");
    v("on_bad_row", on_bad_row,
      "Stop at pictures and boxes that cannot be used, or leave them out");
    v("check_images", check_images,
      "Decode every picture once before training: names broken files at once, finds duplicates "
      "between the splits");
    v("loader_threads", loader_threads, "Threads that decode pictures ahead; 0 means all cores",
      config::thread_count());
    decoding.visit(v);
  }

  /// Adds a problem for sources that contradict each other.
  void find_problems(config::Problems& problems) const;
  BoxSource training_source() const { return {data, data_format, root, class_file}; }
};

/// What `evaluate` measures on.
struct BoxEvaluateData {
  std::string data;
  BoxFormat data_format = BoxFormat::automatic;
  std::string root, class_file;
  EncodingOption encoding;
  GivenSplit split = GivenSplit::test;
  OnBadRow on_bad_row = OnBadRow::error;

  template <typename V>
  void visit(V& v) {
    v("data", data, "Labelled pictures, as --data of train");
    v("data_format", data_format, "How the labels are written (default: by what is there)");
    v("root", root, "Folder that the pictures are in (default: as for train)");
    v("class_file", class_file, "File with the classes' names, as for train")
        .only_for({kYoloLabels, kOpenImagesLabels});
    encoding.visit(v);
    v("split", split, "Part to evaluate on, where the data says which is which")
        .only_for({kGivenParts});
    v("on_bad_row", on_bad_row,
      "Stop at pictures and boxes that cannot be used, or leave them out");
  }

  BoxSource source() const { return {data, data_format, root, class_file}; }
};

/// Of labels at a path, for options that depend on it. Throws `user` where they are none.
config::Trait source_trait(const BoxSource& source);

}  // namespace attune
