#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "attune/config/schema.h"
#include "attune/data/image/image_dataset.h"
#include "attune/data/image/image_options.h"
#include "attune/data/image/image_scan.h"
#include "attune/data/image/image_statistics.h"
#include "attune/data/split/splits.h"

namespace attune {

/// The pictures of a run by their part.
struct ImageParts : DataParts<ImageDataset> {
  /// What is known of the pictures already.
  std::shared_ptr<ScannedPictures> scanned = std::make_shared<ScannedPictures>();
};

/// Where labelled pictures are: one of the three is given.
struct ImageDataSource {
  std::string folder;    ///< a folder per class, or one of idx or CIFAR files
  std::string manifest;  ///< CSV, TSV, JSONL
  std::string file;      ///< MedMNIST .npz
  std::string root;      ///< of the manifest's paths; "": its own folder

  const std::string& name() const;
  /// Where paths begin that say something of their pictures.
  std::string path_root() const;
  int count() const;  ///< how many of folder, manifest and file are given
};

/// Requires one of the three to be given.
config::Trait source_trait(const ImageDataSource& source);

/// Adds a problem unless exactly one of folder (`folder_flag`), manifest and file is given, and
/// where there is a root without a manifest.
void find_source_problems(const ImageDataSource& source, const char* folder_flag,
                          config::Problems& problems);

struct ReadImagesOptions {
  ManifestColumns columns;
  LabelKind label_kind = LabelKind::single_label;
  std::vector<std::string> labels;
  bool label_numbers = false;  ///< see LabelOptions::numbers
  OnBadRow on_bad_row = OnBadRow::error;
  EncodingOption encoding;  ///< of a manifest
};

/// Lists labelled pictures; decodes none. Throws as the readers do.
ImageDataset read_images(const ImageDataSource& source, const ReadImagesOptions& options);

/// Lists what a run learns from, and divides it: as the data says, or by `validation_split`, or
/// both. Throws `user` where the options contradict what the data says, `data` where a group is on
/// both sides.
ImageParts load_image_parts(const ImageDataOptions& data, const ManifestColumns& columns,
                            LabelKind kind, std::uint64_t seed);

/// `scans` is empty or has one for each part.
DatasetStatistics image_statistics(const ImageParts& parts, const std::vector<ImageScan>& scans);

}  // namespace attune
