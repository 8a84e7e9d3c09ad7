#include "attune/models/detection/detector_load.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <ATen/core/grad_mode.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/models/head_rows.h"
#include "attune/nn/init.h"

namespace attune {

namespace {

constexpr std::string_view kBatchCounter = "num_batches_tracked";

void draw_value(const std::string& name, const at::Tensor& target, const DetectorWeights& how,
                std::uint64_t seed) {
  if (target.dim() == 4) {
    const auto inputs = static_cast<double>(target.size(1) * target.size(2) * target.size(3));
    // Keyed by name: a head is the same whatever else was missing.
    nn::fill_uniform(target, how.gain / std::sqrt(inputs), Rng(seed, "initialize " + name));
  } else if (name.ends_with(".bias") && !name.ends_with("bn.bias")) {
    target.zero_();
    if (how.set_bias) how.set_bias(name, target);
  }  // else batch normalisation, which begins as the identity
}

void draw_absent(Detector& model, const DetectorWeights& how, std::uint64_t seed,
                 LoadReport& report) {
  const at::NoGradGuard no_grad;
  const std::set<std::string> loaded(report.loaded.begin(), report.loaded.end());
  for (const auto& item : model.named_parameters()) {
    if (loaded.contains(item.name)) continue;
    draw_value(item.name, item.tensor, how, seed);
    report.initialized.push_back(item.name);
  }
}

// All of a tensor's rows are either the checkpoint's or drawn already.
void keep_classes(Detector& model, const CheckpointFile& file, const DetectorWeights& how,
                  const ClassRows& classes, LoadReport& report) {
  for (const ClassTensor& tensor : how.class_tensors) {
    const auto rows = output_rows(classes, tensor.places, tensor.fixed, how.known_classes);
    const TensorView* view = file.find(tensor.name);
    check(view != nullptr, ErrorKind::data, "{}: tensor {} is missing", file.source(), tensor.name);
    const std::int64_t wanted = tensor.places * (tensor.fixed + how.known_classes);
    check(!view->shape.empty() && view->shape.front() == wanted, ErrorKind::data,
          "{}: tensor {} has the shape {}, but {} places of {} classes have {} rows", file.source(),
          tensor.name, shape_text(view->shape), tensor.places, how.known_classes, wanted);
    keep_head_rows(rows, std::array{tensor.name}, file, model, report);
  }
  const auto kept = std::count_if(classes.rows.begin(), classes.rows.end(),
                                  [](std::int64_t row) { return row >= 0; });
  report.kept_rows = LoadReport::KeptRows{kept, std::ssize(classes.rows)};
  log_info("{}: {}", file.source(), classes.told);
}

}  // namespace

LoadReport fill_detector(Detector& model, const std::optional<CheckpointFile>& weights,
                         const std::string& source, const DetectorWeights& how,
                         const ClassRows& rows, std::uint64_t seed) {
  LoadReport report{.source = source};
  if (weights) {
    std::set<std::string, std::less<>> by_class;
    if (!rows.rows.empty()) {
      for (const ClassTensor& tensor : how.class_tensors) by_class.insert(tensor.name);
    }
    LoadOptions options;
    options.rename = [&](std::string_view name) -> StateName {
      return {.name = std::string(name), .ignored = by_class.contains(name)};
    };
    options.may_be_missing = [&](std::string_view name) {
      return by_class.contains(name) || name.ends_with(kBatchCounter);
    };
    report = load_state(model, *weights, options);
    std::erase_if(report.missing, [&](const std::string& name) {
      return name.ends_with(kBatchCounter) || by_class.contains(name);
    });
  }
  draw_absent(model, how, seed, report);
  if (!weights) return report;
  if (!rows.rows.empty()) {
    keep_classes(model, *weights, how, rows, report);
  } else if (!rows.told.empty()) {
    log_info("{}: {}", weights->source(), rows.told);
  }
  return report;
}

void check_detector_size(double parameters, const std::optional<CheckpointFile>& weights,
                         const std::string& source) {
  constexpr double kLargest = 2e9;  // ten times the largest that is published
  check(parameters <= kLargest, ErrorKind::data,
        "{}: the detector that it describes has {:.0f} parameters, expected at most {:.0f}", source,
        parameters, kLargest);
  if (!weights) return;
  double got = 0;
  for (const TensorView& tensor : weights->tensors()) got += static_cast<double>(tensor.numel());
  // Generous, since `parameters` may be rough: what is missing in detail, load_state tells by name.
  check(parameters <= 4 * got + 1e6, ErrorKind::data,
        "{}: the detector that {} describes has {:.0f} parameters, the checkpoint only {:.0f} "
        "values; they do not belong together, or tensors are missing",
        weights->source(), source, parameters, got);
}

std::int64_t first_size(const CheckpointFile& weights, const std::string& name) {
  const TensorView* view = weights.find(name);
  return view == nullptr || view->shape.empty() ? 0 : view->shape.front();
}

std::vector<std::string> asked_classes(const std::vector<std::string>& known,
                                       const DetectorHeadOptions& head) {
  if (head.labels.empty()) return known;
  std::set<std::string_view> seen;
  for (const std::string& label : head.labels) {
    check(seen.insert(label).second, ErrorKind::user, "two classes have the name \"{}\"", label);
  }
  return head.labels;
}

}  // namespace attune
