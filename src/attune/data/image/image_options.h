#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attune/config/field.h"
#include "attune/config/schema.h"
#include "attune/data/bad_rows.h"
#include "attune/data/image/pictures/picture_groups.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/readers/table_options.h"
#include "attune/data/split/split_options.h"
#include "attune/media/memory_budget.h"

namespace attune {

/// How a table names pictures. Kept with the saved model: `evaluate` and `predict` read the same
/// columns.
struct ManifestColumns {
  std::string image_column = "path";
  std::vector<std::string> label_column = {"label"};
  SplitColumns division;
  /// Values that stay with the pictures; an option of tasks that show results by them.
  std::vector<std::string> subgroup_column;
  TableOptions table;
  std::string label_separator = ",";
  std::optional<UncertainLabels> uncertain_labels;
  std::optional<BlankLabels> blank_labels;
  std::string image_suffix;

  template <typename V>
  void visit(V& v) {
    visit_labelled(v);
    division.visit_group(v, "patient, site or source");
  }
  /// Without what only training uses.
  template <typename V>
  void visit_labelled(V& v) {
    visit_pictures(v);
    v("label_column", label_column,
      "Column that holds the label; for multi-label data one column that lists them, or several of "
      "0, 1 and nothing (not known)")
        .only_for({kDelimitedTable, kJsonTable});
    v("label_separator", label_separator, "Separator of labels in a multi-label column")
        .only_for({kDelimitedTable, kJsonTable, kSeveralLabels});
    v("uncertain_labels", uncertain_labels,
      "What -1 in a label column of 0 and 1 is (CheXpert: uncertain): zero, one, or ignored: not "
      "known and left out of loss and metrics, as without this option; where it is the only label, "
      "such rows are left out, and stop a run without this option")
        .only_for({kDelimitedTable, kJsonTable, kOneLabel, kSeveralLabels});
    v("blank_labels", blank_labels,
      "What an empty cell of such a column is: negative, or unknown, as -1 is with ignore")
        .only_for({kDelimitedTable, kJsonTable, kOneLabel, kSeveralLabels});
    division.visit_split(v);
  }
  /// What naming pictures without labels needs.
  template <typename V>
  void visit_pictures(V& v) {
    v("image_column", image_column, "Column of the manifest that holds the picture's path")
        .only_for({kDelimitedTable, kJsonTable});
    v("image_suffix", image_suffix,
      "Ending of the pictures' files where the manifest's names lack it, e.g. .png")
        .only_for({kDelimitedTable, kJsonTable});
    table.visit(v);
  }
};

/// What pictures may take while they are decoded.
struct DecodeMemoryOption {
  std::string decode_memory = "4GiB";

  template <typename V>
  void visit(V& v) {
    v("decode_memory", decode_memory,
      "Memory that all pictures which are decoded at the same time may take, e.g. 8GiB; one that "
      "needs more is refused")
        .only_for({kDelimitedTable, kJsonTable, kClassFolder, kGivenPictures, kCocoLabels,
                   kVocLabels, kYoloLabels, kLabelMeLabels, kOpenImagesLabels});
  }
  /// Adds a problem where it is no size.
  void find_problems(config::Problems& problems) const;
  std::shared_ptr<MemoryBudget> budget() const;
};

/// What a run learns from.
struct ImageDataOptions {
  std::string train_dir, validation_dir, test_dir;
  std::string manifest, root;
  std::string data_file, test_file;
  SplitOptions split;
  GroupingOptions grouping;
  EncodingOption encoding;
  std::vector<std::string> labels;
  OnBadRow on_bad_row = OnBadRow::error;
  bool check_images = true;
  std::int64_t loader_threads = 0;
  DecodeMemoryOption decoding;

  template <typename V>
  void visit(V& v) {
    v("train_dir", train_dir,
      "Folder with a folder of pictures per class, or with such folders train, val and test, or "
      "with the files of MNIST (idx) or CIFAR (binary)");
    v("validation_dir", validation_dir, "The same to evaluate on during training");
    v("test_dir", test_dir, "The same to evaluate the final model on");
    v("manifest", manifest, "CSV, TSV, JSONL or .txt file with a row per picture");
    v("root", root,
      "Folder that the manifest's paths begin at (default: its own); a name without folders may be "
      "in any folder below it");
    encoding.visit(v);
    v("data_file", data_file, "File of many pictures: MedMNIST .npz");
    v("test_file", test_file, "The same to evaluate the final model on");
    split.visit(v);
    grouping.visit(v);
    v("labels", labels, "Names of the labels in the order of their ids (default: from the data)");
    v("on_bad_row", on_bad_row, "Stop at pictures that cannot be used, or leave them out");
    v("check_images", check_images,
      "Decode every picture once before training: names broken files at once, finds duplicates "
      "between the splits");
    v("loader_threads", loader_threads, "Threads that decode pictures ahead; 0 means all cores",
      config::thread_count());
    decoding.visit(v);
  }
};

}  // namespace attune
