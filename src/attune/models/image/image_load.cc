#include "attune/models/image/image_load.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/nn/name_prefix.h"

namespace attune {

namespace {

constexpr std::string_view kCounter = "num_batches_tracked";

// The checkpoint's tensor that is the model's `name`, or nullptr.
const TensorView* find_spelled(const CheckpointFile& file, const ImageWeights& weights,
                               const std::string& name) {
  std::vector<std::string> names = weights.spellings(name);
  names.push_back(name);
  for (const std::string& spelling : names) {
    if (const TensorView* view = file.find(spelling)) return view;
  }
  return nullptr;
}

// `file` with `values` in place of the tensor `name`.
CheckpointFile with_tensor(const CheckpointFile& file, const std::string& name, at::Tensor values) {
  struct Storage {
    std::shared_ptr<const void> file;
    at::Tensor values;
  };
  // The other tensors stay where they are mapped; one alone is in memory.
  auto storage = std::make_shared<Storage>(file.storage(), values.to(at::kFloat).contiguous());
  std::vector<TensorView> views = file.tensors();
  for (TensorView& view : views) {
    if (view.name != name) continue;
    view.dtype = DType::f32;
    view.shape = storage->values.sizes().vec();
    view.bytes = {static_cast<const std::byte*>(storage->values.const_data_ptr()),
                  storage->values.nbytes()};
  }
  return {file.source(), std::move(views), file.metadata(), storage};
}

// The scale keeps the size of what comes out.
CheckpointFile adapt_input(const CheckpointFile& file, const ImageWeights& weights,
                           std::int64_t channels) {
  const TensorView* view = find_spelled(file, weights, weights.first_convolution);
  if (view == nullptr || view->shape.size() != 4) return file;  // load_state says what is wrong
  const std::int64_t had = view->shape[1];
  if (had == channels || had == 0) return file;
  const at::Tensor kernel = to_tensor(*view).to(at::kFloat);
  if (channels == 1) {
    log_info("{}: {} is summed over its {} channels for input of one channel", file.source(),
             view->name, had);
    // A grey picture as three equal channels would give just this.
    return with_tensor(file, view->name, kernel.sum(1, /*keepdim=*/true));
  }
  log_info("{}: {} is repeated from {} to {} channels and scaled by {}/{}", file.source(),
           view->name, had, channels, had, channels);
  const at::Tensor cycle = at::arange(channels, at::kLong).remainder(had);
  const double scale = static_cast<double>(had) / static_cast<double>(channels);
  return with_tensor(file, view->name, kernel.index_select(1, cycle) * scale);
}

std::map<std::string, std::string, std::less<>> own_names(const ImageClassifier& model,
                                                          const ImageWeights& weights) {
  std::map<std::string, std::string, std::less<>> names;
  const auto add = [&](const std::string& name) {
    names.emplace(name, name);
    for (std::string& spelling : weights.spellings(name)) names.emplace(std::move(spelling), name);
  };
  for (const auto& item : model.named_parameters()) add(item.name);
  for (const auto& item : model.named_buffers()) add(item.name);
  return names;
}

void draw(const std::string& name, const at::Tensor& target, const ImageWeights& weights,
          const Rng& rng, double head_features) {
  // torch.nn.Linear's own draw, kaiming_uniform_ with a = sqrt(5), for weight and bias alike.
  const double bound = 1 / std::sqrt(head_features);
  if (target.dim() == 4) {
    nn::fill_kaiming_normal(target, weights.fan, rng);
  } else if (name == weights.head + "weight") {
    if (weights.head_deviation > 0) return nn::fill_normal(target, weights.head_deviation, rng);
    nn::fill_uniform(target, bound, rng);
  } else if (name == weights.head + "bias") {
    if (weights.head_bias_zero) return nn::fill_uniform(target, 0, rng);
    nn::fill_uniform(target, bound, rng);
  }  // else batch normalisation, which begins as the identity
}

// Draws what `report` does not list as loaded.
void draw_missing(ImageClassifier& model, const ImageWeights& weights, std::uint64_t seed,
                  LoadReport& report) {
  const std::set<std::string> loaded(report.loaded.begin(), report.loaded.end());
  const auto features = static_cast<double>(model.tensor(weights.head + "weight").size(1));
  for (const auto& item : model.named_parameters()) {
    if (loaded.contains(item.name)) continue;
    // Keyed by name: a head is the same whatever else was missing.
    draw(item.name, item.tensor, weights, Rng(seed, "initialize " + item.name), features);
    report.initialized.push_back(item.name);
  }
}

// What must be in a checkpoint: all but the head and counters.
std::vector<Spellings> required_names(const ImageClassifier& model, const ImageWeights& weights) {
  std::vector<Spellings> required;
  const auto add = [&](const std::string& name) {
    if (name.starts_with(weights.head) || name.ends_with(kCounter)) return;
    Spellings& names = required.emplace_back(Spellings{name});
    for (std::string& spelling : weights.spellings(name)) names.push_back(std::move(spelling));
  };
  for (const auto& item : model.named_parameters()) add(item.name);
  for (const auto& item : model.named_buffers()) add(item.name);
  return required;
}

// "classifier.0." where that alone of "classifier.N." has a matrix; "" where none or several have.
std::string only_linear(const CheckpointFile& file, const std::string& head) {
  std::string found;
  for (const TensorView& tensor : file.tensors()) {
    const std::string_view name = tensor.name;
    if (!name.starts_with(head) || !name.ends_with(".weight") || tensor.shape.size() != 2) continue;
    const std::string_view place = name.substr(head.size(), name.size() - head.size() - 7);
    const bool is_number = !place.empty() && std::all_of(place.begin(), place.end(), [](char c) {
      return c >= '0' && c <= '9';
    });
    if (!is_number) continue;
    if (!found.empty()) return "";
    found = fmt::format("{}{}.", head, place);
  }
  return found;
}

CheckpointFile with_plain_head(const CheckpointFile& file, const ImageWeights& weights) {
  const std::string name = weights.head + "weight";
  if (find_spelled(file, weights, name) != nullptr) return file;
  Spellings names = weights.spellings(name);
  names.push_back(name);
  for (const std::string& spelling : names) {
    const std::string head = spelling.substr(0, spelling.size() - 6);
    const std::string nested = only_linear(file, head);
    if (nested.empty()) continue;
    std::vector<TensorView> tensors = file.tensors();
    for (TensorView& tensor : tensors) {
      if (tensor.name.starts_with(nested)) tensor.name.replace(0, nested.size(), weights.head);
    }
    log_info("{}: {}weight and bias, the only linear map there, are taken for the head",
             file.source(), nested);
    return {file.source(), std::move(tensors), file.metadata(), file.storage(), file.format()};
  }
  return file;
}

}  // namespace

ImageCheckpoint with_own_names(const ImageCheckpoint& given, const ImageWeights& weights,
                               double parameters,
                               const std::function<std::shared_ptr<ImageClassifier>()>& make) {
  if (!given.weights) return given;
  ImageCheckpoint checkpoint = given;
  const auto& tensors = given.weights->tensors();
  const bool is_compiled = std::any_of(
      tensors.begin(), tensors.end(),
      [](const TensorView& tensor) { return tensor.name.find("_orig_mod.") != std::string::npos; });
  if (is_compiled || find_spelled(*given.weights, weights, weights.first_convolution) == nullptr) {
    check_plausible_size(parameters, given);
    checkpoint.weights = without_prefix(*given.weights, required_names(*make(), weights));
  }
  checkpoint.weights = with_plain_head(*checkpoint.weights, weights);
  return checkpoint;
}

HeadRows settle_config(ImageClassifierConfig& config, const ImageCheckpoint& checkpoint,
                       const ImageWeights& weights, const HeadOptions& head) {
  if (checkpoint.weights) {
    // A misfit is told by load_state, with both shapes.
    settle_labels(config.labels, checkpoint.config,
                  find_spelled(*checkpoint.weights, weights, weights.head + "weight"));
  }
  if (checkpoint.bare && checkpoint.weights) {
    const TensorView* rows = find_spelled(*checkpoint.weights, weights, weights.head + "weight");
    // The tensors know better than a preset of ImageNet how many labels and channels there are.
    if (rows != nullptr && rows->shape.size() == 2 && rows->shape[0] != config.num_labels() &&
        rows->shape[0] >= 1 && rows->shape[0] <= kMaxLabels) {
      config.labels = default_labels(rows->shape[0]);
    }
    const TensorView* stem = find_spelled(*checkpoint.weights, weights, weights.first_convolution);
    if (stem != nullptr && stem->shape.size() == 4 && stem->shape[1] >= 1) {
      config.num_channels = stem->shape[1];
    }
  }
  return config.apply(head);
}

void check_plausible_size(double parameters, const ImageCheckpoint& checkpoint) {
  if (!checkpoint.weights) return;
  double got = 0;
  for (const TensorView& tensor : checkpoint.weights->tensors()) {
    got += static_cast<double>(tensor.numel());
  }
  // Generous, since `parameters` is rough: what is missing in detail, load_state tells by name.
  check(parameters <= 4 * got + 1e6, ErrorKind::data,
        "{}: the model that {} describes has {:.0f} parameters, the checkpoint only {:.0f} values; "
        "they do not belong together, or tensors are missing",
        checkpoint.weights->source(), checkpoint.source, parameters, got);
}

LoadReport fill_image_classifier(ImageClassifier& model, const ImageCheckpoint& checkpoint,
                                 const ImageWeights& weights, const HeadRows& rows,
                                 std::uint64_t seed) {
  LoadReport report{.source = checkpoint.source};
  if (checkpoint.weights) {
    const auto names = own_names(model, weights);
    const auto is_head = [&](std::string_view name) { return name.starts_with(weights.head); };
    LoadOptions options;
    options.rename = [&](std::string_view name) -> StateName {
      const auto known = names.find(name);
      if (known == names.end()) return {.name = std::string(name)};
      return {.name = known->second, .ignored = rows.fresh && is_head(known->second)};
    };
    options.may_be_missing = [&](std::string_view name) {
      return is_head(name) || name.ends_with(kCounter);
    };
    const CheckpointFile input = adapt_input(*checkpoint.weights, weights, model.info().channels);
    // Under any of the names that the head has in checkpoints.
    const auto is_stored_head = [&](std::string_view name) {
      const auto known = names.find(name);
      return known != names.end() && is_head(known->second);
    };
    report = load_state(model, with_head_rows(input, rows, is_stored_head), options);
    // A head that is begun anew was told as such, and is neither missing nor not needed.
    if (std::erase_if(report.ignored, is_stored_head) > 0) std::erase_if(report.missing, is_head);
    // Checkpoints older than PyTorch 0.4.1 do not count batches, and nothing depends on it.
    std::erase_if(report.missing, [](const std::string& name) { return name.ends_with(kCounter); });
  }
  draw_missing(model, weights, seed, report);
  return report;
}

}  // namespace attune
