#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/base/json.h"

namespace attune {

/// How a recording becomes what a speech model takes: at its sample rate, and normalised where it
/// was trained on such (transformers' Wav2Vec2FeatureExtractor).
class AudioProcessor {
 public:
  /// 16 kHz, normalised: what wav2vec 2.0, HuBERT and XLS-R were trained with.
  AudioProcessor() : AudioProcessor(Json::object(), "") {}
  /// `json`: preprocessor_config.json. Throws `data`, naming `source` and the field, where a value
  /// is impossible or asks for another kind of input (spectrograms).
  AudioProcessor(Json json, const std::string& source);

  /// What lies beside a model: preprocessor_config.json, or the feature extractor of
  /// processor_config.json; the defaults where neither is there.
  static AudioProcessor from_folder(const fs::path& folder);
  /// Whether `from_folder` finds one.
  static bool is_in(const fs::path& folder);

  std::int64_t sampling_rate() const { return sampling_rate_; }
  bool normalizes() const { return do_normalize_; }

  /// What the model takes, of samples at its rate.
  void normalize(std::vector<float>& samples) const;

  /// All that was read, with defaults put in: transformers opens it.
  Json to_json() const { return json_; }

 private:
  Json json_;
  std::int64_t sampling_rate_ = 16000;
  bool do_normalize_ = true;
};

}  // namespace attune
