#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "attune/base/json.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// The name in transformers' checkpoints, without "wav2vec2." or "hubert.", of a tensor that
/// fairseq calls `name`: "w2v_encoder.w2v_model.encoder.layers.0.fc1.weight" ->
/// "encoder.layers.0.feed_forward.intermediate_dense.weight". Other names stay as they are.
std::string huggingface_wav2vec2_name(std::string_view name);

/// `file` under transformers' names, where it is a checkpoint of fairseq's; else as it is.
CheckpointFile with_huggingface_wav2vec2_names(const CheckpointFile& file);

/// What config.json would say of a checkpoint that fairseq wrote: the network as its settings
/// (`args` or `cfg` in the file) describe it. Dropout, masks and the loss are transformers'
/// defaults, which are meant for fine-tuning; the blank is fairseq's, <s>. Nothing where the file
/// is no such checkpoint. Throws `data` where its settings are missing or ask for what is not
/// implemented.
std::optional<Json> fairseq_wav2vec2_config(const CheckpointFile& weights);

}  // namespace attune
