#include "attune/models/wav2vec2/wav2vec2_load.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/linalg_vector_norm.h>

#include "attune/base/error.h"
#include "attune/base/rng.h"
#include "attune/models/head_rows.h"
#include "attune/models/wav2vec2/wav2vec2_fairseq.h"
#include "attune/nn/init.h"
#include "attune/nn/name_prefix.h"

namespace attune {

namespace {

constexpr std::string_view kMaskEmbedding = "masked_spec_embed";

const std::array<std::string, 2> kHeadTensors = {"lm_head.weight", "lm_head.bias"};

bool is_lm_head(std::string_view name) {
  return name.starts_with("lm_head.");
}

// What torch calls a normalised weight's parts since 2.0, and what it called them before. Files are
// written with the old names, which every version of transformers reads.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kNormedWeight = {
    {{"conv.parametrizations.weight.original0", "conv.weight_g"},
     {"conv.parametrizations.weight.original1", "conv.weight_v"}}};

std::string own_weight_name(std::string_view name) {
  for (const auto& [renamed, own] : kNormedWeight) {
    if (name.ends_with(renamed)) {
      return std::string(name.substr(0, name.size() - renamed.size())).append(own);
    }
  }
  return std::string(name);
}

// Heads that checkpoints of the encoder come with: of pre-training (transformers' and fairseq's),
// of classifiers of clips, frames and speakers.
constexpr std::array<std::string_view, 12> kOtherHeads = {
    "quantizer.",        "project_q.", "project_hid.", "projector.",         "classifier.",
    "layer_weights",     "tdnn.",      "objective.",   "feature_projector.", "final_proj.",
    "label_embs_concat", "target_glu."};

std::vector<Spellings> required_tensors(const Wav2Vec2ForCTC& model) {
  const std::string prefix = model.config().model_type + ".";
  std::vector<Spellings> required;
  for (const auto& item : model.named_parameters()) {
    if (is_lm_head(item.name) || item.name.ends_with(kMaskEmbedding)) continue;
    Spellings& names = required.emplace_back();
    for (const std::string& name : {item.name, item.name.substr(prefix.size())}) {
      names.push_back(name);
      for (const auto& [renamed, own] : kNormedWeight) {
        if (!name.ends_with(own)) continue;
        names.push_back(name.substr(0, name.size() - own.size()).append(renamed));
      }
    }
  }
  return required;
}

StateName own_name(std::string_view name, const Wav2Vec2Config& config) {
  if (is_lm_head(name)) return {.name = std::string(name)};
  const std::string prefix = config.model_type + ".";
  std::string_view inner = name;
  if (inner.starts_with(prefix)) inner.remove_prefix(prefix.size());
  const bool other_head =
      std::any_of(kOtherHeads.begin(), kOtherHeads.end(),
                  [&](std::string_view head) { return inner.starts_with(head); });
  // Saved whether or not frames are hidden in training; see Wav2Vec2Config::has_mask_embedding.
  if (other_head || (inner == kMaskEmbedding && !config.has_mask_embedding())) {
    return {.name = "", .ignored = true};
  }
  const bool known = inner == kMaskEmbedding || inner.starts_with("feature_extractor.") ||
                     inner.starts_with("feature_projection.") || inner.starts_with("encoder.");
  return {.name = known ? prefix + own_weight_name(inner) : std::string(name)};
}

// Of the encoder. Sizes were bounded by validate(): no overflow.
double parameter_count(const Wav2Vec2Config& c) {
  const auto real = [](std::int64_t size) { return static_cast<double>(size); };
  const double h = real(c.hidden_size), inner = real(c.intermediate_size);
  double expected =
      real(c.num_hidden_layers) * (4 * h * h + 2 * h * inner) +
      real(c.num_conv_pos_embeddings) * h * (h / real(c.num_conv_pos_embedding_groups)) +
      real(c.conv_dim.back()) * h;
  double in = 1;
  for (std::size_t i = 0; i < c.conv_dim.size(); ++i) {
    expected += in * real(c.conv_dim[i]) * real(c.conv_kernel[i]);
    in = real(c.conv_dim[i]);
  }
  return expected;
}

// Before memory is taken for a model, since config.json may be hostile: the encoder it describes
// must not be several times the checkpoint. What is missing in detail, load_state tells by name.
void check_fits_checkpoint(const Wav2Vec2Config& c, const CheckpointFile& weights) {
  const double expected = parameter_count(c);
  double got = 0;
  for (const TensorView& tensor : weights.tensors()) got += static_cast<double>(tensor.numel());
  check(expected <= 4 * got + 1e6, ErrorKind::data,
        "{}: the encoder that config.json describes has {:.0f} parameters, the checkpoint only "
        "{:.0f} values; they do not belong together, or tensors are missing",
        weights.source(), expected, got);
}

// Upstream's HuBERT draws every convolution alike; its own are drawn so only for pre-training,
// which nobody does here, so one rule serves both.
void draw(const at::Tensor& target, const std::string& name, const Wav2Vec2Config& c,
          const Rng& rng) {
  if (name.ends_with(kMaskEmbedding)) {
    nn::fill_uniform(target, 0.5, rng);
    target.add_(0.5);
  } else if (name.find("norm.") != std::string::npos) {
    target.fill_(name.ends_with(".weight") ? 1.0 : 0.0);
  } else if (name.ends_with("conv.weight_v")) {
    const double fan = static_cast<double>(c.num_conv_pos_embeddings * c.hidden_size);
    nn::fill_normal(target, 2 * std::sqrt(1 / fan), rng);
  } else if (name.find("feature_projection.projection.") != std::string::npos) {
    nn::fill_uniform(target, 1 / std::sqrt(static_cast<double>(c.conv_dim.back())), rng);
  } else if (name.find("feature_extractor.") != std::string::npos && target.dim() == 3) {
    const auto fan = static_cast<double>(target.size(1) * target.size(2));
    nn::fill_normal(target, std::sqrt(2 / fan), rng);
  } else if (name.ends_with(".bias")) {
    target.zero_();
  } else {
    nn::fill_normal(target, c.initializer_range, rng);
  }
}

}  // namespace

std::vector<std::string> initialize_wav2vec2(Wav2Vec2ForCTC& model, std::uint64_t seed,
                                             const std::function<bool(std::string_view)>& chosen) {
  const at::NoGradGuard no_grad;
  std::vector<std::string> names;
  const std::string direction = model.config().model_type + ".encoder.pos_conv_embed.conv.weight_v";
  for (const auto& item : model.named_parameters()) {
    if (!chosen(item.name)) continue;
    names.push_back(item.name);
    if (item.name.ends_with("conv.weight_g")) continue;
    // Keyed by name, so that a new head is the same whatever else is missing.
    draw(item.tensor, item.name, model.config(), Rng(seed, "initialize " + item.name));
  }
  for (const auto& item : model.named_parameters()) {
    if (!item.name.ends_with("conv.weight_g") || !chosen(item.name)) continue;
    // The weight is then the direction itself.
    item.tensor.copy_(at::linalg_vector_norm(model.tensor(direction), 2, {0, 1}, true));
  }
  return names;
}

LoadedWav2Vec2 load_wav2vec2_ctc(const Wav2Vec2Config& config, const CheckpointFile& file,
                                 std::uint64_t seed, const CtcHeadRows& head) {
  const CheckpointFile weights = with_huggingface_wav2vec2_names(file);
  check_fits_checkpoint(config, weights);
  auto model = std::make_shared<Wav2Vec2ForCTC>(config);
  LoadOptions options;
  options.rename = [=](std::string_view name) -> StateName {
    if (head.fresh && is_lm_head(name)) return {.name = "", .ignored = true};
    return own_name(name, config);
  };
  // Pre-trained checkpoints have no head, and a mask embedding only where they were trained with
  // masks.
  options.may_be_missing = [](std::string_view name) {
    return is_lm_head(name) || name.ends_with(kMaskEmbedding);
  };
  options.may_differ = is_lm_head;
  const CheckpointFile named = without_prefix(weights, required_tensors(*model));
  LoadReport report = load_state(*model, named, options);
  report.initialized = initialize_wav2vec2(*model, seed, [&](std::string_view name) {
    return std::find(report.loaded.begin(), report.loaded.end(), name) == report.loaded.end();
  });
  keep_head_rows(head.rows, kHeadTensors, named, *model, report);
  return {std::move(model), std::move(report)};
}

LoadedWav2Vec2 make_wav2vec2_ctc(const Wav2Vec2Config& config, const std::string& source,
                                 std::uint64_t seed) {
  // Five times the largest of the family, XLS-R 2B.
  constexpr double kLargest = 1e10;
  const double count = parameter_count(config);
  check(count <= kLargest, ErrorKind::data,
        "{}: the encoder that it describes has {:.0f} parameters, expected at most {:.0f}", source,
        count, kLargest);
  auto model = std::make_shared<Wav2Vec2ForCTC>(config);
  LoadReport report{.source = source};
  report.initialized = initialize_wav2vec2(*model, seed, [](std::string_view) { return true; });
  return {std::move(model), std::move(report)};
}

}  // namespace attune
