#pragma once

#include "attune/base/files.h"
#include "attune/config/field.h"
#include "attune/data/labels/labels.h"

namespace attune {

// What data can be, as far as options depend on it (`Field::only_for`).

inline constexpr config::Trait kDelimitedTable{"source", "a CSV or TSV table"};
inline constexpr config::Trait kJsonTable{"source", "a JSON Lines table"};
inline constexpr config::Trait kTextLines{"source", "a .txt file"};
inline constexpr config::Trait kTextFolder{"source", "a folder with a folder of texts per class"};
inline constexpr config::Trait kClassFolder{"source",
                                            "a folder of pictures with a folder per class"};
inline constexpr config::Trait kPictureArrays{"source",
                                              "arrays of pictures (.npz, or MNIST's or CIFAR's)"};
inline constexpr config::Trait kRecordingFolder{"source", "a folder of recordings"};
inline constexpr config::Trait kAnnotation{
    "source", "an annotation of a recording (.TextGrid, .eaf, .srt, .vtt)"};
inline constexpr config::Trait kGivenRecordings{"source", "recordings given by --input"};
inline constexpr config::Trait kCocoLabels{"source", "a COCO file of boxes"};
inline constexpr config::Trait kVocLabels{"source", "boxes as Pascal VOC has them"};
inline constexpr config::Trait kYoloLabels{"source", "boxes as YOLO has them"};
inline constexpr config::Trait kLabelMeLabels{"source", "boxes as LabelMe has them"};
inline constexpr config::Trait kOpenImagesLabels{"source", "boxes as Open Images has them"};
inline constexpr config::Trait kGivenTexts{"source", "texts on the command line"};
inline constexpr config::Trait kGivenPictures{"source", "pictures given by --input"};

/// Which of them a table or folder of texts is, by its name.
config::Trait source_trait(const fs::path& path);

inline constexpr config::Trait kOneLabel{"labels", "one label for each example"};
inline constexpr config::Trait kSeveralLabels{
    "labels", "several labels for each example (--problem-type multi_label_classification)"};
inline constexpr config::Trait kNumberLabels{"labels", "a number for each example"};

/// Requires labels.
config::Trait label_trait(LabelKind kind);

/// Data that say themselves which part is for what, and such that do not.
inline constexpr config::Trait kGivenParts{
    "parts", "data that say what is for training, validation and test (--split-column, folders)"};
inline constexpr config::Trait kOnePart{"parts", "data of one part"};

// Of what the pictures of a data set are.
inline constexpr config::Trait kDicomPictures{"pictures", "DICOM files"};
inline constexpr config::Trait kVolumes{"pictures", "NIfTI volumes"};
inline constexpr config::Trait kDeepPictures{"pictures", "pictures of 16 bits (PNG, TIFF, PGM)"};
inline constexpr config::Trait kPlainPictures{"pictures",
                                              "plain pictures of 8 bits (JPEG, PNG, ...)"};

}  // namespace attune
