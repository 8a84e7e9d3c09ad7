#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/config/field.h"
#include "attune/media/medical/dicom/dicom.h"
#include "attune/media/medical/nifti.h"
#include "attune/tasks/image_classification/options.h"

namespace attune {

/// How decisions are made (section `eval`): chosen in training and kept with the model.
struct DecisionSettings {
  std::string positive_label;
  std::string threshold_rule = "youden";
  bool temperature_scaling = true;

  template <typename V>
  void visit(V& v) {
    v("positive_label", positive_label,
      "Of two classes the finding that sensitivity is about (default: the second)");
    v("threshold_rule", threshold_rule,
      "How the threshold is chosen on the validation data: youden, specificity=0.9, "
      "sensitivity=0.95, or a number");
    v("temperature_scaling", temperature_scaling,
      "Calibrate probabilities by a temperature fitted on the validation data");
  }
};

/// How decisions are judged (section `eval`).
struct JudgingSettings {
  double at_specificity = 0.9;
  std::int64_t bootstrap_resamples = 1000;
  std::int64_t bootstrap_seed = 42;

  template <typename V>
  void visit(V& v) {
    v("at_specificity", at_specificity, "Report the sensitivity at this specificity",
      config::in_range(0, 1));
    v("bootstrap_resamples", bootstrap_resamples, "Resamples for 95 % intervals",
      config::in_range(100, 100000));
    v("bootstrap_seed", bootstrap_seed, "Seed of the resamples", config::at_least(0));
  }
};

/// What of a deep picture, a DICOM file or a NIfTI volume is shown (section `data`). Kept with the
/// saved model.
struct WindowSettings {
  std::optional<double> window_center, window_width;
  VoiChoice voi_transform = VoiChoice::lut;
  SlicePlane slice_axis = SlicePlane::axial;
  std::optional<std::int64_t> slice_index, frame_index;

  template <typename V>
  void visit(V& v) {
    v("window_center", window_center,
      "Middle of the values that are shown, e.g. 40 for soft tissue in CT; of any picture of more "
      "than 8 bits (default: DICOM: the file's; NIfTI: the slice's 0.5 to 99.5 percentiles; 16-bit "
      "PNG and TIFF: all of 0 to 65535)")
        .only_for({kDicomPictures, kVolumes, kDeepPictures});
    v("window_width", window_width, "How many values are shown", config::above(0))
        .only_for({kDicomPictures, kVolumes, kDeepPictures});
    v("voi_transform", voi_transform,
      "DICOM: what is shown of a file that has both a VOI LUT and a window")
        .only_for({kDicomPictures});
    v("slice_axis", slice_axis,
      "NIfTI: plane of the slice, whichever way the file stores the volume")
        .only_for({kVolumes});
    v("slice_index", slice_index,
      "NIfTI: which slice, from the left, posterior or inferior end, from 0 (default: the middle "
      "one)",
      config::at_least(0))
        .only_for({kVolumes});
    v("frame_index", frame_index,
      "DICOM of several frames, NIfTI of several volumes: which one, from 0 (default: such files "
      "are refused)",
      config::at_least(0))
        .only_for({kDicomPictures, kVolumes});
  }
};

/// By what results are shown beside those of all pictures (section `data`). Kept with the saved
/// model.
struct SubgroupSettings {
  std::vector<std::string> subgroup_column;

  template <typename V>
  void visit(V& v) {
    v("subgroup_column", subgroup_column,
      "Columns of the manifest (sex, site, scanner): results are shown for each of their values")
        .only_for({kDelimitedTable, kJsonTable});
  }
};

/// Settings of `attune train --task medical-image-classification`.
struct MedicalTrainSettings : ImageTrainSettings {
  DecisionSettings decision;
  JudgingSettings judging;
  WindowSettings window;
  SubgroupSettings subgroups;
};

}  // namespace attune
