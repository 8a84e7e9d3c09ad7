#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "attune/base/files.h"
#include "attune/models/wav2vec2/wav2vec2.h"
#include "attune/nn/state_dict.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

struct LoadedWav2Vec2 {
  std::shared_ptr<Wav2Vec2ForCTC> model;
  LoadReport report;
};

/// Builds the model that `config` describes and loads `weights` into it, strictly: a missing or
/// misshapen encoder tensor is an error (`data`). Accepted are checkpoints of any architecture of
/// the family: with or without the prefix "wav2vec2." or "hubert.", with the positional
/// convolution's weight under torch's old names (weight_g, weight_v) or new ones
/// (parametrizations.weight.original0, original1), inside of a larger module (nn/name_prefix.h),
/// with heads of pre-training and of classifiers (ignored), and those of fairseq
/// (wav2vec2_fairseq.h). A missing `lm_head`, one of another shape, what `head` does not keep of
/// it, and a missing `masked_spec_embed` are drawn with `seed` and listed in the report.
LoadedWav2Vec2 load_wav2vec2_ctc(const Wav2Vec2Config& config, const CheckpointFile& weights,
                                 std::uint64_t seed, const CtcHeadRows& head = {});

/// Builds the model that `config` describes with all values drawn. Throws `data`, naming `source`,
/// where it is larger than any that is known: config.json may be hostile.
LoadedWav2Vec2 make_wav2vec2_ctc(const Wav2Vec2Config& config, const std::string& source,
                                 std::uint64_t seed);

/// Sets every parameter whose name `chosen` accepts as upstream's `_init_weights` does. Returns
/// their names.
std::vector<std::string> initialize_wav2vec2(Wav2Vec2ForCTC& model, std::uint64_t seed,
                                             const std::function<bool(std::string_view)>& chosen);

}  // namespace attune
