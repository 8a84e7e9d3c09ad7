#include "attune/media/audio/chunks.h"

#include <gmock/gmock.h>

#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

TEST(AudioChunks, keep_every_frame_of_the_recording_once) {
  for (const std::int64_t chunk : {9, 10, 20}) {
    for (const std::int64_t stride : {1, 2, 4}) {
      const ChunkOptions options{chunk * 32 + 5, stride * 32 - 7, 32, 40};
      for (std::int64_t total = 0; total < 2500; total += total < 800 ? 1 : 37) {
        const std::int64_t frames = frames_of(total, options);
        std::int64_t next = 0, begin = -1;
        for (const AudioChunk& piece : plan_chunks(total, options)) {
          ASSERT_EQ(piece.first_frame, next);
          ASSERT_GT(piece.frames, 0);
          ASSERT_GT(piece.first_sample, begin);
          ASSERT_EQ(piece.first_sample % 32, 0);
          // Frame k of a piece is the recording's frame first_sample / 32 + k.
          ASSERT_EQ(piece.first_sample / 32 + piece.skipped, piece.first_frame);
          ASSERT_LE(piece.skipped + piece.frames, frames_of(piece.samples, options));
          ASSERT_LE(piece.first_sample + piece.samples, total);
          ASSERT_LE(piece.samples, chunk * 32);
          // On both sides of what is kept lies a stride, but at the recording's ends.
          ASSERT_EQ(piece.skipped, piece.first_sample > 0 ? stride : 0);
          next += piece.frames;
          begin = piece.first_sample;
          if (next < frames) {
            ASSERT_EQ(piece.skipped + piece.frames, chunk - stride);
          }
        }
        ASSERT_EQ(next, frames) << total;
      }
    }
  }
}

TEST(AudioChunks, are_those_of_transformers_pipeline) {
  // AutomaticSpeechRecognitionPipeline's chunk_iter with chunks of 10 s and strides of 10/6 s,
  // which it rounds to 160000 and 26560 samples, over 25 s; and rescale_stride, to 500 and 83
  // frames.
  const auto pieces = plan_chunks(400'000, {160'000, 26'667, 320, 400});
  ASSERT_EQ(pieces.size(), 4U);
  const std::int64_t expected[4][4] = {{0, 160'000, 0, 417},
                                       {106'880, 160'000, 83, 334},
                                       {213'760, 160'000, 83, 334},
                                       {320'640, 79'360, 83, 1249 - 417 - 2 * 334}};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(pieces[i].first_sample, expected[i][0]);
    EXPECT_EQ(pieces[i].samples, expected[i][1]);
    EXPECT_EQ(pieces[i].skipped, expected[i][2]);
    EXPECT_EQ(pieces[i].frames, expected[i][3]);
  }
}

TEST(AudioChunks, refuse_strides_that_leave_nothing_or_too_little) {
  EXPECT_THAT(error_of(ErrorKind::user,
                       [] {
                         plan_chunks(9000, {640, 320, 320, 400});
                       }),
              HasSubstr("leave nothing of pieces of 640"));
  EXPECT_THAT(error_of(ErrorKind::user,
                       [] {
                         plan_chunks(9000, {3200, 0, 320, 400});
                       }),
              HasSubstr("expected at least 320"));
  EXPECT_EQ(plan_chunks(3200, {3200, 0, 320, 400}).size(), 1U);  // without an edge
  EXPECT_THAT(error_of(ErrorKind::user,
                       [] {
                         plan_chunks(9000, {0, 0, 320, 400});
                       }),
              HasSubstr("pieces of 0 samples"));
}

}  // namespace
}  // namespace attune
