#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/base/json.h"
#include "attune/data/equal_examples.h"
#include "attune/data/labels/labels.h"

namespace attune {

struct LengthStatistics {
  std::int64_t min = 0, median = 0, p95 = 0, max = 0;
  double mean = 0;
  /// Bin i counts lengths in [i * bin_width, (i + 1) * bin_width).
  std::int64_t bin_width = 1;
  std::vector<std::int64_t> histogram;
  std::int64_t truncated_examples = 0;  ///< longer than max_length
  std::int64_t total_tokens = 0, truncated_tokens = 0;
};

/// Of pictures, in pixels.
struct SizeStatistics {
  std::int64_t min_height = 0, median_height = 0, max_height = 0;
  std::int64_t min_width = 0, median_width = 0, max_width = 0;
};

/// Of transcribed recordings.
struct SpeechStatistics {
  double seconds = 0;  ///< of all clips
  double min_seconds = 0, median_seconds = 0, p95_seconds = 0, max_seconds = 0;
  /// Bin i counts clips that last at least i and less than i + 1 times `bin_seconds`.
  double bin_seconds = 1;
  std::vector<std::int64_t> histogram;
  std::int64_t speakers = 0;  ///< 0: none are known
  std::int64_t characters = 0, words = 0;
  std::int64_t alphabet = 0;  ///< different characters, without the blank
};

/// Of boxes in pictures.
struct BoxStatistics {
  std::int64_t boxes = 0, crowds = 0, difficult = 0;
  std::int64_t background = 0;                                  ///< pictures without a box
  std::vector<std::int64_t> class_counts;                       ///< boxes by class id
  std::int64_t min_boxes = 0, median_boxes = 0, max_boxes = 0;  ///< of a picture
  /// By COCO's areas: below 32 x 32 pixels, below 96 x 96, and the rest.
  std::int64_t small = 0, medium = 0, large = 0;
  /// Bin i counts boxes whose size, the square root of their share of the picture, is at least
  /// i / 20 and less than (i + 1) / 20.
  std::vector<std::int64_t> relative_sizes;
  /// Bin i counts boxes whose binary logarithm of width by height is at least i / 2 - 4 and less
  /// than half more; the first and last take in all beyond.
  std::vector<std::int64_t> aspects;
};

struct SplitStatistics {
  std::string name;
  std::int64_t examples = 0, bad_rows = 0;
  std::int64_t skipped_files = 0;          ///< in class folders, but no picture by their name
  std::int64_t groups = 0;                 ///< 0: no groups are given
  std::int64_t unknown_labels = 0;         ///< multi-label: pairs of example and class not known
  std::vector<std::int64_t> class_counts;  ///< by class id; examples per class (with a box of it)
  double target_min = 0, target_mean = 0, target_max = 0;  ///< regression
  LengthStatistics lengths;                                ///< all 0 where lengths were not given
  std::int64_t text_tokens = 0, unknown_tokens = 0;        ///< without special ones
  std::optional<SizeStatistics> sizes;                     ///< of pictures
  std::optional<SpeechStatistics> speech;
  std::optional<BoxStatistics> boxes;
};

/// Texts or pictures that occur more than once, within a split (`first == second`) or in two of
/// them.
struct DuplicateStatistics {
  std::string first, second;
  /// Within: examples beyond the first of each kind. Between: examples of `second` that are also in
  /// `first`.
  std::int64_t count = 0;
  std::int64_t conflicting = 0;  ///< those whose label differs from the first such example's
};

struct DatasetStatistics {
  LabelKind label_kind = LabelKind::none;
  std::vector<std::string> label_names;
  std::int64_t max_length = 0;  ///< 0: no truncation
  std::vector<SplitStatistics> splits;
  std::vector<ExamplePair> equal;               ///< examples that occur more than once
  std::vector<DuplicateStatistics> duplicates;  ///< their numbers; only those with count > 0

  /// The labels of one more split. Throws `internal` where those before have others.
  void note_labels(LabelKind kind, const std::vector<std::string>& names);
  /// Without the equal examples, which are findings (check/finding.h).
  Json to_json() const;
  /// A table for a terminal, with a newline at the end.
  std::string to_text() const;
  /// The splits' lengths as bars, with a newline at the end; "" where none are known.
  std::string histograms_text() const;
};

}  // namespace attune
