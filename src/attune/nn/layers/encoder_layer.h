#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "attune/kernels/activation.h"
#include "attune/nn/layers/attention.h"
#include "attune/nn/layers/layer_norm.h"
#include "attune/nn/packed.h"

namespace attune::nn {

/// Where a sub-layer f is normalised. `post`: norm(x + f(x)), as BERT and wav2vec 2.0 base; `pre`:
/// x + f(norm(x)), as GPT-2, ViT and wav2vec 2.0 large (Xiong et al. 2020, arXiv 2002.04745).
enum class NormOrder { post, pre };

/// What an encoder layer is made of. Families differ in these values alone; a layer of another
/// structure (cross-attention, gated inner layers) is a block of its own.
struct EncoderLayerOptions {
  /// Paths of the parts below the layer, those of the family's checkpoints.
  struct Names {
    Attention::Names attention;
    std::string attention_norm;  ///< of the first sub-layer
    std::string inner, output;   ///< the linear maps around the activation
    std::string output_norm;     ///< of the second sub-layer
  };
  Names names;
  std::int64_t hidden = 0;
  std::int64_t heads = 0;
  std::int64_t inner = 0;  ///< width between the two linear maps of the second sub-layer
  NormOrder norm_order = NormOrder::post;
  double norm_eps = 1e-12;
  Activation activation = Activation::gelu;
  double attention_dropout = 0.0;            ///< of the attention probabilities
  double hidden_dropout = 0.0;               ///< of what each sub-layer adds
  std::optional<double> inner_dropout = {};  ///< behind the activation; none: not even at 0
};

/// A transformer encoder layer on packed batches (Vaswani et al. 2017, section 3.1):
/// self-attention, then two linear maps with an activation between them, each with a residual sum
/// and a layer norm. With a causal mask it is the layer of a decoder-only model.
class EncoderLayer : public Module {
 public:
  explicit EncoderLayer(const EncoderLayerOptions& options);

  /// [T, hidden] -> [T, hidden].
  at::Tensor forward(const at::Tensor& x, const Segments& segments,
                     const AttentionMask& mask = {}) const;
  /// The first token's row of each sequence alone, [N, hidden]: what `forward` without a causal
  /// mask gives there, without computing the other rows. `bias` as in AttentionMask.
  at::Tensor forward_first(const at::Tensor& x, const Segments& segments,
                           const at::Tensor& bias = {}) const;

 private:
  at::Tensor run(const PackedRows& queries, const PackedRows& keys,
                 const AttentionMask& mask) const;
  at::Tensor attend(const PackedRows& queries, const PackedRows& keys,
                    const AttentionMask& mask) const;
  at::Tensor add(const at::Tensor& x, const Linear& map, const Dropout& dropout,
                 const LayerNorm& norm, const at::Tensor& residual) const;

  NormOrder order_;
  Activation activation_;
  Attention attention_;
  std::shared_ptr<Dropout> attention_dropout_, inner_dropout_, output_dropout_;
  std::shared_ptr<LayerNorm> attention_norm_, output_norm_;
  std::shared_ptr<Linear> inner_, output_;
};

}  // namespace attune::nn
