#include "attune/tasks/speech_recognition/apply/recognizer.h"

#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/feed/audio/waveforms.h"
#include "attune/tasks/speech_recognition/apply/predictor.h"
#include "attune/tasks/speech_recognition/testing/tiny_speech.h"
#include "attune/tasks/speech_recognition/training.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::vector<std::string_view> kTexts = {"ab", "b a", "aab"};

TEST(Recognizer, GivesEachClipWhatItHasAlone) {
  const TemporaryFolder folder;
  const OpenedSpeechModel opened = tiny_speech_model(kTexts);
  const AudioDataset data = tone_clips(folder.path(), kTexts, {0.5, 0.001, 1.5});
  // Two batches, one too short for a frame.
  const Recognizer recognizer(opened, {.batch_seconds = 1, .threads = 1});
  const auto scores = recognizer.scores(data.examples, nullptr);
  ASSERT_EQ(scores.size(), 3U);
  for (std::size_t n = 0; n < 3; ++n) {
    const auto alone = recognizer.scores({&data.examples[n], 1}, nullptr);
    EXPECT_TRUE(scores[n].logits.allclose(alone[0].logits, 1e-4, 1e-5)) << n;
    EXPECT_NEAR(scores[n].seconds, data.examples[n].seconds, 1e-3);
  }
  EXPECT_EQ(scores[1].logits.size(0), 1);
  EXPECT_NEAR(recognizer.seconds_per_frame(), 0.01, 1e-9);
}

TEST(Recognizer, CutsLongRecordingsIntoChunksWithAllTheirFrames) {
  const TemporaryFolder folder;
  const OpenedSpeechModel opened = tiny_speech_model(kTexts);
  const AudioDataset data = tone_clips(folder.path(), {"a"}, {5});
  const auto whole = Recognizer(opened, {.threads = 1}).scores(data.examples, nullptr);
  const Recognizer recognizer(opened, {.chunk_seconds = 2, .stride_seconds = 0.5, .threads = 1});
  const auto cut = recognizer.scores(data.examples, nullptr);
  EXPECT_EQ(cut[0].logits.sizes(), whole[0].logits.sizes());
  EXPECT_NEAR(cut[0].seconds, 5, 1e-9);
  // A steady tone: a chunk in the middle is like the whole, but for what attention sees.
  EXPECT_LT((cut[0].logits - whole[0].logits).abs().max().item<double>(), 0.5);
  EXPECT_THAT(error_of(ErrorKind::user,
                       [&] { Recognizer(opened, {.chunk_seconds = 2, .stride_seconds = 1}); }),
              HasSubstr("stride"));
}

TEST(SpeechPredictor, SaysWhatIsWrongWithARecordingOnItsLine) {
  const TemporaryFolder folder;
  AudioDataset data = tone_clips(folder.path(), kTexts, {0.5, 0.3, 1});
  write_file_atomically(data.examples[1].path, "no sound");
  std::vector<Json> inputs;
  for (const AudioExample& clip : data.examples) inputs.push_back({{"file", clip.path}});
  inputs.push_back({{"file", data.examples[2].path}, {"begin", 0.5}, {"end", 0.75}});
  SpeechPredictor strict(tiny_speech_model(kTexts), {});
  EXPECT_THAT(error_of(ErrorKind::data, [&] { strict.answer(inputs); }), HasSubstr("1.wav"));
  SpeechPredictor lenient(tiny_speech_model(kTexts), {.timestamps = Timestamps::character,
                                                      .on_bad_recording = OnBadRow::skip});
  const std::vector<Json> answers = lenient.answer(inputs);
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_THAT(answers[1].at("error").get<std::string>(), HasSubstr("1.wav"));
  EXPECT_FALSE(answers[1].contains("text"));
  EXPECT_EQ(answers[0].at("seconds"), 0.5);
  EXPECT_TRUE(answers[0].contains("words"));
  EXPECT_EQ(answers[3].at("seconds"), 0.25);
}

TEST(LeaveOutShortClips, TellsWhatNoAlignmentFits) {
  const TemporaryFolder folder;
  const OpenedSpeechModel opened = tiny_speech_model(kTexts);
  // 0.03 s are two frames: two symbols fit, three do not, nor two that are alike.
  AudioDataset data = tone_clips(folder.path(), {"ab", "aab", "bb", "ab"}, {0.03, 0.03, 0.03, 1});
  leave_out_short_clips(data, opened);
  EXPECT_EQ(data.size(), 2);
  ASSERT_EQ(data.bad_rows.size(), 2U);
  EXPECT_THAT(data.bad_rows[0].text(), AllOf(HasSubstr("2 frames"), HasSubstr("needs 4")));
  EXPECT_THAT(data.bad_rows[1].text(), HasSubstr("needs 3"));
  AudioDataset none = tone_clips(folder.path(), {"aab"}, {0.03});
  EXPECT_THAT(error_of(ErrorKind::data, [&] { leave_out_short_clips(none, opened); }),
              HasSubstr("no clip is long enough"));
}

}  // namespace
}  // namespace attune
