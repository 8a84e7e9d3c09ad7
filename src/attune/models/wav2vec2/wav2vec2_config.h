#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/base/json.h"
#include "attune/kernels/activation.h"
#include "attune/models/speech/ctc_head.h"
#include "attune/models/speech/ctc_model.h"
#include "attune/nn/speech/conv_features.h"
#include "attune/nn/speech/span_mask.h"

namespace attune {

/// The fields of config.json that change the mathematics of wav2vec 2.0 and HuBERT, under their
/// names and defaults:
/// https://github.com/huggingface/transformers/blob/v5.24.0/src/transformers/models/wav2vec2/configuration_wav2vec2.py
/// https://github.com/huggingface/transformers/blob/v5.24.0/src/transformers/models/hubert/configuration_hubert.py
struct Wav2Vec2Config {
  std::string model_type = "wav2vec2";  ///< or "hubert": also what parameter names begin with
  std::int64_t vocab_size = 32;
  std::int64_t hidden_size = 768;
  std::int64_t num_hidden_layers = 12;
  std::int64_t num_attention_heads = 12;
  std::int64_t intermediate_size = 3072;
  std::string hidden_act = "gelu";
  double hidden_dropout = 0.1;
  double activation_dropout = 0.1;
  double attention_dropout = 0.1;
  double feat_proj_dropout = 0.0;
  double final_dropout = 0.1;
  double layerdrop = 0.1;
  double initializer_range = 0.02;
  double layer_norm_eps = 1e-5;
  std::string feat_extract_norm = "group";
  std::string feat_extract_activation = "gelu";
  std::vector<std::int64_t> conv_dim = {512, 512, 512, 512, 512, 512, 512};
  std::vector<std::int64_t> conv_stride = {5, 2, 2, 2, 2, 2, 2};
  std::vector<std::int64_t> conv_kernel = {10, 3, 3, 3, 3, 2, 2};
  bool conv_bias = false;
  std::int64_t num_conv_pos_embeddings = 128;
  std::int64_t num_conv_pos_embedding_groups = 16;
  bool do_stable_layer_norm = false;
  bool feat_proj_layer_norm = true;  ///< HuBERT alone may leave it out
  bool apply_spec_augment = true;
  nn::SpanMaskOptions time_mask = {0.05, 10, 2};    ///< mask_time_prob, _length, _min_masks
  nn::SpanMaskOptions feature_mask = {0.0, 10, 0};  ///< mask_feature_prob, _length, _min_masks
  CtcReduction ctc_loss_reduction = CtcReduction::sum;
  bool ctc_zero_infinity = false;
  std::int64_t pad_token_id = 0;                      ///< the blank
  std::optional<std::int64_t> adapter_attn_dim = {};  ///< width of language adapters; none: none
  /// Key "attune_padded_statistics", not known upstream: nn::ConvFeatureOptions.
  bool padded_statistics = false;

  /// All that was read, so that keys unknown here are written back.
  Json source = Json::object();

  Activation activation() const;          ///< hidden_act
  Activation feature_activation() const;  ///< feat_extract_activation
  nn::ConvFeatureOptions conv_features() const;
  /// The parameter that takes the place of hidden frames is there only where frames or channels may
  /// be hidden, as upstream.
  bool has_mask_embedding() const {
    return time_mask.probability > 0 || feature_mask.probability > 0;
  }

  /// Throws `data`, naming `source` and the field, where a value is impossible, asks for what is
  /// not implemented or the file is of another family.
  static Wav2Vec2Config from_json(const Json& json, const std::string& source);
  /// `source` with the fields above and the architecture's name put in.
  Json to_json() const;

  /// Puts what the user asked for in place of what was read, and returns what becomes of the
  /// checkpoint's head. Throws `user` where it is impossible.
  CtcHeadRows apply(const CtcHeadOptions& head);

  /// Throws `user` where one of `asked`, fields that a user has put in place of the file's, has no
  /// effect: masks without a probability, or of more channels than there are.
  void check_asked(const Json& asked, const std::string& where) const;

  /// Throws `data` (`where` begins the message) unless every size is possible.
  void validate(const std::string& where) const;
};

}  // namespace attune
