#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "attune/base/files.h"
#include "attune/data/audio/testing/sound_file.h"
#include "attune/models/registry.h"
#include "attune/tasks/speech_recognition/speech_model.h"

namespace attune {

/// For tests: a model of 10 ms frames with random weights, that writes what texts have.
inline Json tiny_speech_config() {
  return {{"model_type", "wav2vec2"},
          {"conv_dim", {8, 8}},
          {"conv_kernel", {32, 16}},
          {"conv_stride", {16, 10}},
          {"num_feat_extract_layers", 2},
          {"conv_bias", true},
          {"feat_extract_norm", "layer"},
          {"do_stable_layer_norm", true},
          {"hidden_size", 16},
          {"num_hidden_layers", 1},
          {"num_attention_heads", 2},
          {"intermediate_size", 16},
          {"num_conv_pos_embeddings", 4},
          {"num_conv_pos_embedding_groups", 2},
          {"mask_time_prob", 0.0}};
}

inline OpenedSpeechModel tiny_speech_model(const std::vector<std::string_view>& texts) {
  CtcVocabulary vocabulary = CtcVocabulary::from_texts(texts);
  const CtcHeadOptions head{.vocab_size = vocabulary.size(), .blank = vocabulary.blank()};
  auto loaded = make_ctc_model_from_config(tiny_speech_config(), "config.json", head);
  loaded.model->eval();
  return {.model = std::move(loaded.model),
          .processor = AudioProcessor(),
          .vocabulary = std::move(vocabulary),
          .name = "tiny"};
}

/// A clip of so many seconds for each text.
inline AudioDataset tone_clips(const fs::path& folder, const std::vector<std::string_view>& texts,
                               const std::vector<double>& seconds) {
  AudioDataset data;
  for (std::size_t n = 0; n < texts.size(); ++n) {
    const fs::path path = folder / (std::to_string(n) + ".wav");
    write_sound(path, tone(seconds[n], static_cast<int>(n)));
    data.examples.push_back({.path = path.string(),
                             .seconds = seconds[n],
                             .text = std::string(texts[n]),
                             .group = n % 2 == 0 ? "anna" : "ben"});
  }
  return data;
}

}  // namespace attune
