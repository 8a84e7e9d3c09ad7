#include "attune/media/audio/audio_processor.h"

#include <utility>

#include "attune/base/error.h"
#include "attune/media/audio/normalize.h"

namespace attune {
namespace {

constexpr const char* kFile = "preprocessor_config.json";
/// Where transformers 5 keeps the same, beside the settings of a tokenizer.
constexpr const char* kProcessorFile = "processor_config.json";
constexpr const char* kProcessorKey = "feature_extractor";
constexpr const char* kType = "Wav2Vec2FeatureExtractor";

}  // namespace

AudioProcessor::AudioProcessor(Json json, const std::string& source) : json_(std::move(json)) {
  check(json_.is_object(), ErrorKind::data, "{}: expected an object", source);
  const auto put = [&](const char* name, Json value) {
    if (!json_.contains(name) || json_.at(name).is_null()) json_[name] = std::move(value);
  };
  put("feature_extractor_type", kType);
  put("feature_size", 1);
  put("sampling_rate", 16000);
  put("padding_value", 0.0);
  put("padding_side", "right");
  put("do_normalize", true);
  put("return_attention_mask", true);
  const Json& type = json_.at("feature_extractor_type");
  check(type == kType, ErrorKind::data,
        "{}: feature_extractor_type is {}, expected {}: other models than those of waveforms are "
        "not known here",
        source, dump_json_line(type), kType);
  const Json& size = json_.at("feature_size");
  check(size == 1, ErrorKind::data, "{}: feature_size is {}, expected 1: one sample at a time",
        source, dump_json_line(size));
  const Json& rate = json_.at("sampling_rate");
  check(rate.is_number_integer() && rate >= 1000 && rate <= 768000, ErrorKind::data,
        "{}: sampling_rate is {}, expected 1000 to 768000 Hz", source, dump_json_line(rate));
  sampling_rate_ = rate.get<std::int64_t>();
  const Json& normalize = json_.at("do_normalize");
  check(normalize.is_boolean(), ErrorKind::data, "{}: do_normalize is {}, expected true or false",
        source, dump_json_line(normalize));
  do_normalize_ = normalize.get<bool>();
}

bool AudioProcessor::is_in(const fs::path& folder) {
  if (fs::exists(folder / kFile)) return true;
  return fs::exists(folder / kProcessorFile) &&
         read_json(folder / kProcessorFile).contains(kProcessorKey);
}

AudioProcessor AudioProcessor::from_folder(const fs::path& folder) {
  // The feature extractor's own file first: transformers 5 still reads it, and so do all before.
  if (fs::exists(folder / kFile)) {
    return {read_json(folder / kFile), (folder / kFile).string()};
  }
  const fs::path file = folder / kProcessorFile;
  if (!fs::exists(file)) return {};
  Json json = read_json(file);
  if (!json.is_object() || !json.contains(kProcessorKey)) return {};
  return {json.at(kProcessorKey), file.string() + ": " + kProcessorKey};
}

void AudioProcessor::normalize(std::vector<float>& samples) const {
  if (do_normalize_) normalize_waveform(samples);
}

}  // namespace attune
