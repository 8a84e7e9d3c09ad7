#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "attune/kernels/activation.h"
#include "attune/nn/layers/conv1d.h"
#include "attune/nn/layers/layer_norm.h"
#include "attune/nn/packed.h"

namespace attune::nn {

/// What is normalised between a convolution and its activation. `group`: each channel of the first
/// layer over all of a clip (a group norm with a group for each channel); `layer`: every frame of
/// every layer over its channels.
enum class FeatureNorm { group, layer };

struct ConvFeatureOptions {
  struct Layer {
    std::int64_t channels = 1, kernel = 1, stride = 1;
  };
  std::vector<Layer> layers;
  bool bias = false;
  FeatureNorm norm = FeatureNorm::group;
  double norm_eps = 1e-5;
  Activation activation = Activation::gelu;
  /// Group norm counts the zeros that fill each clip up to the longest of its batch, as the
  /// original implementations do: what comes out of a clip then depends on its batch.
  bool padded_statistics = false;
};

/// Frames from a waveform by a stack of convolutions (wav2vec 2.0, Baevski et al. 2020, arXiv
/// 2006.11477, section 2). Parameters are `conv_layers.I.conv` and `conv_layers.I.layer_norm`, as
/// fairseq and transformers have them (group norm too goes by that name).
class ConvFeatureEncoder : public Module {
 public:
  explicit ConvFeatureEncoder(const ConvFeatureOptions& options);

  /// Frames made of so many samples: 0 where they do not fill the first one.
  std::int64_t frames(std::int64_t samples) const;
  /// Those of each clip. Throws `user`, naming the clip, where there is none.
  Segments frames(const Segments& clips) const;

  /// samples [S] -> [T, channels]. A clip comes out as it does alone, but for rounding, unless
  /// `padded_statistics`.
  at::Tensor forward(const at::Tensor& samples, const Segments& clips) const;

 private:
  class ChannelNorm;
  struct Layer {
    std::shared_ptr<Conv1d> conv;
    std::shared_ptr<LayerNorm> layer_norm;      ///< null: none
    std::shared_ptr<ChannelNorm> channel_norm;  ///< null: none
  };
  /// Rows of all clips as they go through the layers: clip n begins at `starts[n]`.
  struct Rows {
    at::Tensor x;
    std::vector<std::int64_t> starts;
    std::vector<std::int64_t> counted;  ///< rows that its statistics are of
  };

  Rows lay_out(const at::Tensor& samples, const Segments& clips) const;
  Rows run(std::size_t layer, const Rows& rows) const;

  ConvFeatureOptions options_;
  std::int64_t stride_ = 1;  ///< of all layers together
  std::vector<Layer> layers_;
};

}  // namespace attune::nn
