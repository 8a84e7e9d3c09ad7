#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attune/eval/metrics/boxes/judged_picture.h"
#include "attune/eval/metrics/labels/confusion_matrix.h"

namespace attune {

/// What is let through, and how much a box has to overlap an object to have found it.
struct OutcomeOptions {
  double score = 0.25;
  double overlap = 0.5;
};

enum class FoundOutcome : std::uint8_t {
  hit,             ///< has found an object of its class
  wrong,           ///< has found none: a false positive
  in_crowd,        ///< has found none and lies in a crowd of its class: neither right nor wrong
  not_let_through  ///< its score is too low
};

/// One picture at one threshold, as it is drawn: what became of each box, in the order given.
struct PictureOutcome {
  std::vector<FoundOutcome> found;
  std::vector<bool> truth_found;  ///< crowds count as found
  std::int64_t hits = 0, wrong = 0, missed = 0;

  std::int64_t mistakes() const { return wrong + missed; }
};
/// From the highest score down each box takes the free object of its class that it overlaps most.
PictureOutcome outcome_of(const JudgedPicture& picture, const OutcomeOptions& options);

/// Which class was found as which. The class after the last is the background: as a label what is
/// found where nothing is, as a prediction the objects that nothing has found. Each box takes the
/// free object of any class that it overlaps most, so that mistaken classes show (ultralytics'
/// rule). Crowds are left out, and the boxes in them.
ConfusionMatrix box_confusion(std::span<const JudgedPicture> pictures, std::int64_t num_classes,
                              const OutcomeOptions& options);

}  // namespace attune
