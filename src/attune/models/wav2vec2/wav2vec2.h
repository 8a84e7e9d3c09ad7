#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/models/speech/ctc_model.h"
#include "attune/models/wav2vec2/wav2vec2_config.h"
#include "attune/nn/layers/dropout.h"
#include "attune/nn/layers/encoder_layer.h"
#include "attune/nn/layers/layer_drop.h"
#include "attune/nn/layers/linear.h"
#include "attune/nn/speech/conv_features.h"
#include "attune/nn/speech/positional_conv.h"
#include "attune/nn/speech/span_mask.h"

namespace attune {

/// LayerNorm, then a linear map to the encoder's width (key "feature_projection"), and what hides
/// its frames in training.
class Wav2Vec2FeatureProjection : public nn::Module {
 public:
  explicit Wav2Vec2FeatureProjection(const Wav2Vec2Config& config);
  /// [T, conv_dim] -> [T, hidden].
  at::Tensor forward(const at::Tensor& features) const;

  std::shared_ptr<nn::SpanMask> time_mask, feature_mask;

 private:
  std::shared_ptr<nn::LayerNorm> layer_norm_;  ///< null: none
  std::shared_ptr<nn::Linear> projection_;
  std::shared_ptr<nn::Dropout> dropout_;
};

/// A bottleneck behind an encoder layer that adapts it to a language (Pratap et al. 2023, arXiv
/// 2305.13516, section 4.2; key "adapter_layer").
class Wav2Vec2LanguageAdapter : public nn::Module {
 public:
  explicit Wav2Vec2LanguageAdapter(const Wav2Vec2Config& config);
  /// What is added to x [T, hidden].
  at::Tensor forward(const at::Tensor& x) const;

 private:
  std::shared_ptr<nn::LayerNorm> norm_;
  std::shared_ptr<nn::Linear> linear_1_, linear_2_;
};

/// The encoder of wav2vec 2.0 (Baevski et al. 2020, arXiv 2006.11477) and HuBERT (Hsu et al. 2021,
/// arXiv 2106.07447), which differ in how they are pre-trained.
class Wav2Vec2Model : public nn::Module {
 public:
  explicit Wav2Vec2Model(const Wav2Vec2Config& config);

  /// [T, conv_dim] -> [T, hidden]: projected, hidden spans put in, positions added.
  at::Tensor embed(const at::Tensor& features, const PackedAudio& audio,
                   const Segments& frames) const;
  /// [T, hidden] -> [T, hidden]. The last layer of the pre-norm form ends in the encoder's norm.
  at::Tensor run_layer(std::int64_t layer, const at::Tensor& x, const Segments& frames) const;

  /// The last hidden state [T, hidden].
  at::Tensor forward(const PackedAudio& audio) const;

  std::shared_ptr<nn::ConvFeatureEncoder> feature_extractor;

 private:
  at::Tensor hide(at::Tensor x, const PackedAudio& audio, const Segments& frames) const;

  Wav2Vec2Config config_;
  at::Tensor masked_spec_embed_;  ///< undefined: nothing is hidden
  std::shared_ptr<Wav2Vec2FeatureProjection> feature_projection_;
  std::shared_ptr<nn::PositionalConv> pos_conv_embed_;
  std::shared_ptr<nn::LayerNorm> layer_norm_;
  std::shared_ptr<nn::Dropout> dropout_;
  std::vector<std::shared_ptr<nn::EncoderLayer>> layers_;
  std::vector<std::shared_ptr<nn::LayerDrop>> layer_drops_;
  std::vector<std::shared_ptr<Wav2Vec2LanguageAdapter>> adapters_;  ///< empty: none
};

/// The encoder with dropout and a linear head (key "lm_head"). Depth groups: the convolutions,
/// whose output may be kept where they are frozen (as usual in fine-tuning); the projection with
/// masks and positions; a group for each layer, adapters in it; the head.
class Wav2Vec2ForCTC : public CtcModel {
 public:
  explicit Wav2Vec2ForCTC(Wav2Vec2Config config);

  /// Opens a model folder or hub id; its log tells which tensors are new. See models/registry.h.
  static std::shared_ptr<Wav2Vec2ForCTC> from_pretrained(const std::string& name_or_folder,
                                                         const CtcHeadOptions& head = {},
                                                         const std::string& weights_key = "");

  std::vector<DepthGroup> depth_groups() const override;
  Json config_json() const override { return config_.to_json(); }
  CtcInfo info() const override;
  std::int64_t frames(std::int64_t samples) const override {
    return encoder_->feature_extractor->frames(samples);
  }
  Segments frames(const Segments& clips) const override {
    return encoder_->feature_extractor->frames(clips);
  }
  Activations run(const PackedAudio& audio, const Activations& state, std::int64_t first,
                  std::int64_t last) override;

  const Wav2Vec2Config& config() const { return config_; }
  const std::shared_ptr<Wav2Vec2Model>& encoder() const { return encoder_; }

 private:
  at::Tensor run_group(std::int64_t group, const PackedAudio& audio, const Segments& frames,
                       const at::Tensor& x);

  Wav2Vec2Config config_;
  std::shared_ptr<Wav2Vec2Model> encoder_;
  std::shared_ptr<nn::Dropout> dropout_;
  std::shared_ptr<nn::Linear> lm_head_;
};

}  // namespace attune
