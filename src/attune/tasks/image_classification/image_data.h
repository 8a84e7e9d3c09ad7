#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attune/config/schema.h"
#include "attune/data/image/image_dataset.h"
#include "attune/data/image/image_statistics.h"
#include "attune/tasks/image_classification/image_scan.h"
#include "attune/tasks/image_classification/options.h"

namespace attune {

/// The pictures of a run by their part.
struct ImageSplits {
  ImageDataset train;
  std::optional<ImageDataset> validation, test;
  /// What is known of the pictures already.
  std::shared_ptr<ScannedPictures> scanned = std::make_shared<ScannedPictures>();

  /// "train", "validation", "test": those that are there.
  std::vector<std::pair<std::string, ImageDataset*>> parts();
  std::vector<std::pair<std::string, const ImageDataset*>> parts() const;
};

/// Where labelled pictures are: one of the three is given.
struct ImageDataSource {
  std::string folder;    ///< a folder per class, or one of idx or CIFAR files
  std::string manifest;  ///< CSV, TSV, JSONL
  std::string file;      ///< MedMNIST .npz
  std::string root;      ///< of the manifest's paths; "": its own folder

  bool empty() const { return folder.empty() && manifest.empty() && file.empty(); }
  const std::string& name() const;
};

/// Adds a problem unless exactly one of folder (`folder_flag`), manifest and file is given, and
/// where there is a root without a manifest.
void find_source_problems(const ImageDataSource& source, const char* folder_flag,
                          config::Problems& problems);

struct ReadImagesOptions {
  ManifestColumns columns;
  ProblemType problem = ProblemType::single_label_classification;
  std::vector<std::string> labels;
  OnBadRow on_bad_row = OnBadRow::error;
};

/// Lists labelled pictures; decodes none. Throws as the readers do.
ImageDataset read_images(const ImageDataSource& source, const ReadImagesOptions& options);

/// What the data gives to `split`, or all of it where it says nothing of splits. Throws `data`,
/// naming `name`, where it gives nothing to it.
ImageDataset part_or_all(ImageDataset data, GivenSplit split, const std::string& name);

/// Lists what a run learns from, and divides it: as the data says, or by `validation_split`, or
/// both. Throws `user` where the options contradict what the data says, `data` where a group is on
/// both sides.
ImageSplits load_image_splits(const ImageDataOptions& data, const ManifestColumns& columns,
                              ProblemType problem, std::uint64_t seed);

/// `scans` is empty or has one for each part.
DatasetStatistics image_statistics(const ImageSplits& splits, const std::vector<ImageScan>& scans);

}  // namespace attune
