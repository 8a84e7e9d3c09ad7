#pragma once

#include <span>

#include "attune/eval/metrics/calibration/calibration.h"
#include "attune/eval/metrics/decisions/labelled_logits.h"

namespace attune {

/// How well probabilities fit what is true: mean negative log-likelihood, and the calibration.
struct CalibrationScores {
  double nll = 0.0;
  Calibration calibration;
};
/// Of softmax or sigmoid(logits / temperature).
CalibrationScores calibration_scores(const LabelledLogits& data, double temperature);

/// Temperature scaling: logits are divided by one number, found by maximum likelihood on validation
/// data. Decisions between classes stay as they are, only confidence changes. Guo et al. 2017,
/// https://arxiv.org/abs/1706.04599, section 4.2.
struct TemperatureFit {
  double temperature = 1.0;
  /// No temperature in [0.05, 20] is best: the likelihood still grows at this end, e.g. because
  /// every validation sample is right. Such a temperature is better not used.
  bool at_bound = false;
  CalibrationScores before, after;  ///< on the data of the fit
};
/// Throws `data` without labelled samples.
TemperatureFit fit_temperature(const LabelledLogits& validation);

}  // namespace attune
