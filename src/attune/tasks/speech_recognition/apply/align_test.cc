#include "attune/tasks/speech_recognition/apply/align.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/tasks/speech_recognition/testing/tiny_speech.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AlignText : public ::testing::Test {
 protected:
  AlignedText align(std::string_view text) const {
    return align_text(opened_, clips_.examples[0].path, text, {}, {.threads = 1});
  }

  TemporaryFolder folder_;
  OpenedSpeechModel opened_ = tiny_speech_model({"ab", "b a"});
  AudioDataset clips_ = tone_clips(folder_.path(), {"a"}, {1});
};

TEST_F(AlignText, WhatTheModelHasNoSymbolForTakesNoFrames) {
  const AlignedText plain = align("ab ba a");
  const AlignedText marked = align("\u201eab, \u2013 b!a\u201d 1984 a.");
  ASSERT_EQ(marked.words.size(), 5U);
  EXPECT_THAT(marked.left_out,
              ElementsAre("!", ",", ".", "1", "4", "8", "9", "\u2013", "\u201d", "\u201e"));
  const std::array<std::size_t, 3> said = {0, 2, 4};
  for (std::size_t n = 0; n < said.size(); ++n) {
    EXPECT_EQ(marked.words[said[n]].begin, plain.words[n].begin) << n;
    EXPECT_EQ(marked.words[said[n]].end, plain.words[n].end) << n;
    EXPECT_EQ(marked.words[said[n]].confidence, plain.words[n].confidence) << n;
  }
  EXPECT_EQ(marked.words[1].text, "\u2013");
  EXPECT_FALSE(marked.words[1].begin);
  EXPECT_FALSE(marked.words[3].begin);
  EXPECT_EQ(marked.confidence, plain.confidence);
  EXPECT_GT(plain.confidence, 0);
  EXPECT_TRUE(plain.left_out.empty());
}

TEST_F(AlignText, ATextOfNothingElseIsRefused) {
  EXPECT_THAT(error_of(ErrorKind::data, [&] { align("1984!"); }), HasSubstr("none for ! 1 4 8 9"));
}

}  // namespace
}  // namespace attune
