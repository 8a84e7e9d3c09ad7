#include "attune/media/audio/audio_processor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(AudioProcessor, IsReadFromEitherFileOfTransformers) {
  const TemporaryFolder folder;
  EXPECT_FALSE(AudioProcessor::is_in(folder.path()));
  EXPECT_EQ(AudioProcessor::from_folder(folder.path()).sampling_rate(), 16000);
  write_file_atomically(
      folder.path() / "processor_config.json",
      R"({"feature_extractor": {"sampling_rate": 8000}, "processor_class": "P"})");
  EXPECT_TRUE(AudioProcessor::is_in(folder.path()));
  EXPECT_EQ(AudioProcessor::from_folder(folder.path()).sampling_rate(), 8000);
  write_file_atomically(folder.path() / "preprocessor_config.json",
                        R"({"do_normalize": false, "return_attention_mask": false})");
  const AudioProcessor own = AudioProcessor::from_folder(folder.path());
  EXPECT_EQ(own.sampling_rate(), 16000);
  EXPECT_FALSE(own.normalizes());
  EXPECT_EQ(own.to_json().at("return_attention_mask"), false);
  EXPECT_EQ(own.to_json().at("feature_extractor_type"), "Wav2Vec2FeatureExtractor");
}

TEST(AudioProcessor, Normalises) {
  std::vector<float> samples = {0.1F, 0.3F, -0.2F, 0.4F};
  AudioProcessor().normalize(samples);
  double sum = 0, squares = 0;
  for (const float x : samples) sum += x, squares += x * x;
  EXPECT_NEAR(sum / 4, 0, 1e-6);
  EXPECT_NEAR(squares / 4, 1, 1e-4);
}

TEST(AudioProcessor, RefusesSpectrogramsAndImpossibleRates) {
  const auto refused = [](const char* json) {
    return error_of(ErrorKind::data, [&] { AudioProcessor(Json::parse(json), "p.json"); });
  };
  EXPECT_THAT(refused(R"({"feature_extractor_type": "WhisperFeatureExtractor"})"),
              AllOf(HasSubstr("p.json"), HasSubstr("WhisperFeatureExtractor")));
  EXPECT_THAT(refused(R"({"feature_size": 80})"), HasSubstr("feature_size is 80"));
  EXPECT_THAT(refused(R"({"sampling_rate": 0})"), HasSubstr("sampling_rate is 0"));
  EXPECT_THAT(refused(R"({"do_normalize": "yes"})"), HasSubstr("do_normalize"));
  EXPECT_THAT(refused("[]"), HasSubstr("expected an object"));
}

}  // namespace
}  // namespace attune
