#include "attune/data/audio/audio_parts.h"

#include <set>

#include <gmock/gmock.h>

#include "attune/base/log.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/data/audio/testing/sound_file.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AudioPartsTest : public ::testing::Test {
 protected:
  AudioPartsTest() {
    write_sound(folder_.path() / "a.wav", tone(0.5));
    before_ = set_log_sink([this](LogLevel, std::string_view text) { log_ += text; });
  }
  ~AudioPartsTest() override { set_log_sink(before_); }
  std::string write(const std::string& name, const std::string& text) {
    write_file_atomically(folder_.path() / name, text);
    return (folder_.path() / name).string();
  }
  /// `clips` of each of `speakers`.
  std::string table(int speakers, int clips) {
    std::string text = "path,text,speaker\n";
    for (int s = 0; s < speakers; ++s) {
      for (int c = 0; c < clips; ++c) text += fmt::format("a.wav,t {} {},s{}\n", s, c, s);
    }
    return text;
  }

  TemporaryFolder folder_;
  LogSink before_;
  std::string log_;
};

std::set<std::string> speakers_of(const AudioDataset& data) {
  std::set<std::string> speakers;
  for (const AudioExample& example : data.examples) speakers.insert(example.group);
  return speakers;
}

TEST_F(AudioPartsTest, split_keeps_speakers_whole) {
  AudioDataOptions options{.manifest = write("m.csv", table(10, 5))};
  options.split.validation_split = 0.3;
  const AudioParts parts = load_audio_parts(options, {}, {}, 1);
  ASSERT_TRUE(parts.validation);
  EXPECT_EQ(parts.validation->size(), 15);
  EXPECT_EQ(parts.train.size(), 35);
  for (const std::string& speaker : speakers_of(*parts.validation)) {
    EXPECT_FALSE(speakers_of(parts.train).contains(speaker));
  }
  // The same seed holds out the same clips.
  const AudioParts again = load_audio_parts(options, {}, {}, 1);
  EXPECT_EQ(again.validation->examples[3].text, parts.validation->examples[3].text);
}

TEST_F(AudioPartsTest, split_of_one_speaker_or_none_is_random) {
  AudioDataOptions options{.manifest = write("m.csv", table(1, 10))};
  options.split.validation_split = 0.2;
  EXPECT_EQ(load_audio_parts(options, {}, {}, 1).validation->size(), 2);
  EXPECT_THAT(log_, HasSubstr("of one speaker"));
  EXPECT_EQ(load_audio_parts(options, {.speaker_column = "none"}, {}, 1).validation->size(), 2);
}

TEST_F(AudioPartsTest, tells_what_is_held_out_where_speakers_are_few) {
  AudioDataOptions options{.manifest = write("m.csv", table(4, 5))};
  options.split.validation_split = 0.1;
  EXPECT_EQ(load_audio_parts(options, {}, {}, 1).validation->size(), 5);
  EXPECT_THAT(log_, HasSubstr("--validation-split 0.1 of " + options.manifest +
                              ": 25.0 % is held out (5 of 20), since each speaker is on one side "
                              "alone: 1 of 4"));
  log_.clear();
  options.split.validation_split = 0.25;
  load_audio_parts(options, {}, {}, 1);
  EXPECT_THAT(log_, Not(HasSubstr("held out")));
}

TEST_F(AudioPartsTest, parts_may_be_tables_of_their_own) {
  const AudioDataOptions options{
      .manifest = write("m.csv", table(3, 2)),
      .validation_manifest = write("v.csv", table(2, 1)),
      .test_manifest = write("t.csv", "path,text,speaker\na.wav,x,other\n")};
  const AudioParts parts = load_audio_parts(options, {}, {}, 1);
  EXPECT_EQ(parts.validation->size(), 2);
  EXPECT_EQ(parts.test->size(), 1);
}

TEST_F(AudioPartsTest, given_parts_are_taken) {
  AudioDataOptions options{.manifest = write("m.csv",
                                             "path,text,split\na.wav,a,train\na.wav,b,dev\n"
                                             "a.wav,c,test\n")};
  const AudioColumns columns{.split_column = "split"};
  const AudioParts parts = load_audio_parts(options, columns, {}, 1);
  EXPECT_EQ(parts.train.size(), 1);
  EXPECT_EQ(parts.validation->examples[0].text, "b");
  EXPECT_EQ(parts.test->examples[0].text, "c");
  options.split.validation_split = 0.5;
  EXPECT_THAT(error_of(ErrorKind::user, [&] { load_audio_parts(options, columns, {}, 1); }),
              HasSubstr("leave out --validation-split"));
}

TEST_F(AudioPartsTest, other_tables_may_lack_the_columns_of_parts) {
  const AudioDataOptions options{
      .manifest = write("m.csv", "path,text,split,who\na.wav,a,train,s\na.wav,b,test,t\n"),
      .validation_manifest = write("v.csv", "path,text\na.wav,c\n")};
  const AudioColumns columns{.speaker_column = "who", .split_column = "split"};
  const AudioParts parts = load_audio_parts(options, columns, {}, 1);
  EXPECT_EQ(parts.validation->size(), 1);
  EXPECT_EQ(parts.test->size(), 1);
  EXPECT_THAT(log_, HasSubstr("v.csv: there is no column \"who\": whether its speakers"));
  EXPECT_THAT(error_of([&] {
                read_audio_data({.manifest = options.validation_manifest}, {.columns = columns});
              }),
              HasSubstr("no column \"who\""));
}

TEST_F(AudioPartsTest, limits_of_training_do_not_touch_what_is_measured_on) {
  AudioDataOptions options{.manifest = write("m.csv", "path,text\na.wav,a\nb.wav,b\n"),
                           .validation_manifest = write("v.csv", "path,text\nb.wav,c\n"),
                           .max_seconds = 0.6};
  write_sound(folder_.path() / "b.wav", tone(1));
  const AudioParts parts = load_audio_parts(options, {}, {}, 1);
  EXPECT_EQ(parts.train.size(), 1);
  EXPECT_EQ(parts.train.outside_limits.size(), 1U);
  EXPECT_EQ(parts.validation->size(), 1);
}

TEST(AudioDataOptions, contradictions) {
  const auto problems_of = [](const AudioDataOptions& options) {
    return error_of([&] {
      config::Problems problems;
      options.find_problems(problems);
      problems.throw_if_any();
    });
  };
  EXPECT_THAT(problems_of({}), HasSubstr("one of --train-dir and --manifest is needed"));
  EXPECT_THAT(problems_of({.manifest = "m", .train_dir = "d"}), HasSubstr("got both"));
  EXPECT_THAT(problems_of({.manifest = "m.csv", .recording = "r"}), HasSubstr("--recording"));
  EXPECT_THAT(problems_of({.manifest = "m", .min_seconds = 2, .max_seconds = 1}),
              HasSubstr("--min-seconds 2 is above"));
  EXPECT_EQ(problems_of({.manifest = "m.eaf", .recording = "r"}), "no error");
}

}  // namespace
}  // namespace attune
