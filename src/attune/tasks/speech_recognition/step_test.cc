#include "attune/tasks/speech_recognition/step.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/ctc_loss.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/temporary_folder.h"
#include "attune/media/audio/files/audio_reader.h"
#include "attune/tasks/speech_recognition/testing/tiny_speech.h"

namespace attune {
namespace {

using ::testing::ElementsAre;

const std::vector<std::string_view> kTexts = {"ab", "b a", "aab", "c"};

class SpeechStep : public ::testing::Test {
 protected:
  std::unique_ptr<SpeechRecognitionStep> step(const SpeechRecognitionStep::Options& options) {
    source_.emplace(data_, 16000);
    return std::make_unique<SpeechRecognitionStep>(
        *opened_.model, data_, opened_.processor, *source_, targets_of(data_, opened_.vocabulary),
        options,
        SpeechFeed::Options{.threads = 1,
                            .cache_folder = folder_.path(),
                            .keeps_features = options.join_clips == 1});
  }

  /// A clip's loss by LibTorch's own function on its own logits.
  double reference(std::int64_t n) {
    std::vector<std::vector<float>> clip = {
        read_audio(data_.examples[static_cast<std::size_t>(n)].path).samples};
    opened_.processor.normalize(clip[0]);
    const at::Tensor scores = at::log_softmax(opened_.model->forward(pack_waveforms(clip)), -1);
    const auto labels = opened_.vocabulary.encode(data_.examples[static_cast<std::size_t>(n)].text);
    return at::ctc_loss(scores.unsqueeze(1), at::tensor(labels, at::kLong).unsqueeze(0),
                        {scores.size(0)}, {std::ssize(labels)}, opened_.vocabulary.blank(),
                        at::Reduction::Sum)
        .item<double>();
  }

  TemporaryFolder folder_;
  OpenedSpeechModel opened_ = tiny_speech_model(kTexts);
  AudioDataset data_ = tone_clips(folder_.path(), kTexts, {0.5, 0.3, 0.8, 0.2});
  std::optional<WaveformSource> source_;
};

TEST_F(SpeechStep, SumsTheLossesOfClips) {
  const std::vector<std::int64_t> batch = {2, 0, 3};
  const at::NoGradGuard no_grad;
  const Loss sum = step({.loss = ClipLoss::sum})->loss(batch, {});
  EXPECT_NEAR(sum.sum.item<double>(), reference(2) + reference(0) + reference(3), 1e-3);
  EXPECT_EQ(sum.weight, 3);
  const Loss mean = step({})->loss(batch, {});
  EXPECT_NEAR(mean.sum.item<double>(), reference(2) / 3 + reference(0) / 2 + reference(3) / 1,
              1e-3);
  EXPECT_THAT(step({})->example_lengths(), ElementsAre(8000, 4800, 12800, 3200));
}

TEST_F(SpeechStep, KeepsFeaturesOfWhatIsFrozen) {
  const at::NoGradGuard no_grad;
  const auto trained = step({});
  const std::vector<std::int64_t> batch = {3, 1}, other = {1, 0};
  const double whole = trained->loss(batch, {}).sum.item<double>();
  for (const std::int64_t first : {1, 2}) {
    const StepContext context{.first_trained_group = first};
    EXPECT_NEAR(trained->loss(batch, context).sum.item<double>(), whole, 1e-4) << first;
    trained->loss(other, context);
    EXPECT_NEAR(trained->loss(batch, context).sum.item<double>(), whole, 1e-4) << first;
  }
}

TEST_F(SpeechStep, JoinsClipsOfOneSpeaker) {
  const at::NoGradGuard no_grad;
  const auto joined = step({.join_clips = 4});
  const std::vector<std::int64_t> batch = {0, 1, 2, 3};
  const auto loss = [&](std::int64_t step_number) {
    return joined->loss(batch, {.global_step = step_number}).sum.item<double>();
  };
  // The same strings for the same update, others for the next.
  EXPECT_EQ(loss(3), loss(3));
  std::set<double> seen;
  for (int n = 0; n < 8; ++n) seen.insert(loss(n));
  EXPECT_GT(seen.size(), 2U);
  EXPECT_EQ(joined->loss(batch, {}).weight, 4);
  // Frozen groups run without being kept.
  EXPECT_NEAR(joined->loss(batch, {.first_trained_group = 1}).sum.item<double>(), loss(0), 1e-4);
}

}  // namespace
}  // namespace attune
