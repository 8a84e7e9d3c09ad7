#include "attune/eval/metrics/boxes/box_outcomes.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>

namespace attune {

namespace {

/// The found boxes that are let through, the highest score first.
std::vector<std::size_t> let_through(const JudgedPicture& picture, double score) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < picture.found.size(); ++i) {
    if (picture.found[i].score >= score) order.push_back(i);
  }
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t i) { return picture.found[i].score; });
  return order;
}

/// Which object each found box takes; whether a class may be mistaken says `any_class`.
std::vector<std::optional<std::size_t>> take_objects(const JudgedPicture& picture,
                                                     const OutcomeOptions& options,
                                                     bool any_class) {
  std::vector<std::optional<std::size_t>> taken_by(picture.found.size());
  std::vector<bool> taken(picture.truth.size());
  for (const std::size_t i : let_through(picture, options.score)) {
    const ScoredBox& found = picture.found[i];
    double best = options.overlap;
    for (std::size_t j = 0; j < picture.truth.size(); ++j) {
      const LabelledBox& truth = picture.truth[j];
      if (taken[j] || truth.crowd || (!any_class && truth.class_id != found.class_id)) continue;
      const double overlap = iou(found.box, truth.box);
      if (overlap < best || (taken_by[i] && overlap == best)) continue;
      best = overlap;
      taken_by[i] = j;
    }
    if (taken_by[i]) taken[*taken_by[i]] = true;
  }
  return taken_by;
}

/// Whether most of a found box lies in a crowd of its class.
bool lies_in_crowd(const ScoredBox& found, const JudgedPicture& picture, double overlap) {
  return std::ranges::any_of(picture.truth, [&](const LabelledBox& truth) {
    return truth.crowd && truth.class_id == found.class_id &&
           intersection(found.box, truth.box) >= overlap * found.box.area();
  });
}

}  // namespace

PictureOutcome outcome_of(const JudgedPicture& picture, const OutcomeOptions& options) {
  const auto taken = take_objects(picture, options, false);
  PictureOutcome outcome;
  outcome.truth_found.resize(picture.truth.size());
  for (std::size_t i = 0; i < picture.found.size(); ++i) {
    const ScoredBox& found = picture.found[i];
    FoundOutcome became = FoundOutcome::wrong;
    if (taken[i]) {
      became = FoundOutcome::hit;
      outcome.truth_found[*taken[i]] = true;
      ++outcome.hits;
    } else if (found.score < options.score) {
      became = FoundOutcome::not_let_through;
    } else if (lies_in_crowd(found, picture, options.overlap)) {
      became = FoundOutcome::in_crowd;
    } else {
      ++outcome.wrong;
    }
    outcome.found.push_back(became);
  }
  for (std::size_t j = 0; j < picture.truth.size(); ++j) {
    if (picture.truth[j].crowd) outcome.truth_found[j] = true;
    if (!outcome.truth_found[j]) ++outcome.missed;
  }
  return outcome;
}

ConfusionMatrix box_confusion(std::span<const JudgedPicture> pictures, std::int64_t num_classes,
                              const OutcomeOptions& options) {
  const std::int64_t background = num_classes;
  ConfusionMatrix matrix(num_classes + 1);
  for (const JudgedPicture& picture : pictures) {
    const auto taken = take_objects(picture, options, true);
    std::vector<bool> found_at_all(picture.truth.size());
    for (std::size_t i = 0; i < picture.found.size(); ++i) {
      const ScoredBox& found = picture.found[i];
      if (taken[i]) {
        found_at_all[*taken[i]] = true;
        matrix.add(picture.truth[*taken[i]].class_id, found.class_id);
      } else if (found.score >= options.score && !lies_in_crowd(found, picture, options.overlap)) {
        matrix.add(background, found.class_id);
      }
    }
    for (std::size_t j = 0; j < picture.truth.size(); ++j) {
      if (!found_at_all[j] && !picture.truth[j].crowd) {
        matrix.add(picture.truth[j].class_id, background);
      }
    }
  }
  return matrix;
}

}  // namespace attune
