#include "attune/data/audio/folders/audio_folder.h"

#include <cstdlib>

#include <gmock/gmock.h>

#include "attune/base/log.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/data/audio/audio_parts.h"
#include "attune/data/audio/testing/sound_file.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AudioFolder : public ::testing::Test {
 protected:
  AudioFolder() {
    before_ = set_log_sink([this](LogLevel, std::string_view text) { log_ += text; });
  }
  ~AudioFolder() override { set_log_sink(before_); }
  fs::path root() const { return folder_.path(); }
  void sound(const std::string& name, double seconds = 1) {
    write_sound(root() / name, tone(seconds));
  }
  void write(const std::string& name, const std::string& text) {
    make_directories((root() / name).parent_path());
    write_file_atomically(root() / name, text);
  }
  AudioDataset read(const ReadAudioOptions& options = {}) {
    return read_audio_data({.folder = root().string()}, options);
  }
  AudioParts parts() {
    AudioDataOptions data;
    data.train_dir = root().string();
    return load_audio_parts(data, {}, {}, 1);
  }
  static std::vector<std::string> texts(const AudioDataset& data) {
    std::vector<std::string> all;
    for (const AudioExample& example : data.examples) all.push_back(example.text);
    return all;
  }

  TemporaryFolder folder_;
  LogSink before_;
  std::string log_;
};

TEST_F(AudioFolder, common_voice) {
  for (const char* name : {"clips/a.wav", "clips/b.wav", "clips/c.wav"}) sound(name);
  const std::string header = "client_id\tpath\tsentence\n";
  write("train.tsv", header + "s1\ta.wav\t\"Quote unclosed\ns1\tb.wav\tIt's \"so\"\n");
  write("dev.tsv", header + "s2\tb.wav\tdev\n");
  write("test.tsv", header + "s3\tc.wav\ttest\n");
  write("validated.tsv", header + "s3\tmissing.wav\tx\n");
  const AudioParts all = parts();
  EXPECT_THAT(texts(all.train), ElementsAre("\"quote unclosed", "it's \"so\""));
  EXPECT_THAT(texts(*all.validation), ElementsAre("dev"));
  EXPECT_THAT(texts(*all.test), ElementsAre("test"));
  EXPECT_EQ(all.train.examples[0].group, "s1");
  EXPECT_THAT(log_, HasSubstr("its layout is Common Voice's, 4 clips"));
  // The table alone is read alike.
  AudioDataOptions one;
  one.manifest = (root() / "train.tsv").string();
  EXPECT_THAT(texts(load_audio_parts(one, {}, {}, 1).train),
              ElementsAre("\"quote unclosed", "it's \"so\""));
}

TEST_F(AudioFolder, common_voice_as_its_archive_holds_it) {
  sound("tr/clips/a.wav");
  write("tr/train.tsv", "client_id\tpath\tsentence\ns1\ta.wav\tein\n");
  EXPECT_THAT(texts(parts().train), ElementsAre("ein"));
  EXPECT_THAT(log_, HasSubstr("its folder " + (root() / "tr").string() + " is read"));
  sound("de/clips/a.wav");
  write("de/train.tsv", "client_id\tpath\tsentence\ns1\ta.wav\tein\n");
  EXPECT_THAT(error_of([&] { read(); }), HasSubstr("Common Voice of 2 languages: "));
}

TEST_F(AudioFolder, librispeech_with_its_parts) {
  sound("train-clean-100/19/198/19-198-0000.flac");
  sound("train-clean-100/19/198/19-198-0001.wav");
  sound("dev-clean/84/1/84-1-0000.wav");
  write("train-clean-100/19/198/19-198.trans.txt",
        "19-198-0000 NORTHANGER ABBEY\n19-198-0001 THIS\n");
  write("dev-clean/84/1/84-1.trans.txt", "84-1-0000 DEV\n");
  const AudioParts all = parts();
  EXPECT_THAT(texts(all.train), ElementsAre("northanger abbey", "this"));
  EXPECT_EQ(all.train.examples[0].group, "19");
  EXPECT_EQ(all.validation->examples[0].group, "84");
  EXPECT_FALSE(all.test);
  write("dev-clean/84/1/84-1.trans.txt", "84-1-0000 DEV\n84-1-0007 GONE\n../x y\n");
  EXPECT_THAT(error_of([&] { read(); }),
              AllOf(HasSubstr("84-1.trans.txt:2: there is no recording 84-1-0007"),
                    HasSubstr("84-1.trans.txt:3:")));
}

TEST_F(AudioFolder, kaldi) {
  sound("wav/r1.wav", 3);
  write("wav.scp", "r1 " + (root() / "wav/r1.wav").string() + "\nr2 wav/none.wav\n");
  write("segments", "u1 r1 0.5 1.5\nu2 r1 2 -1\nu3 r1 1 1\nu4 r2 0 1\n");
  write("utt2spk", "u1 ann\nu2 bob\n");
  write("text", "u1 hello  there\nu2 you\n");
  const AudioDataset data = read();
  EXPECT_THAT(texts(data), ElementsAre("hello there", "you"));
  EXPECT_EQ(data.examples[0].begin, 0.5);
  EXPECT_DOUBLE_EQ(data.examples[0].seconds, 1);
  EXPECT_DOUBLE_EQ(data.examples[1].seconds, 1);
  EXPECT_EQ(data.examples[1].group, "bob");
  EXPECT_THAT(log_, HasSubstr("2 of 4 utterances have no transcript"));
  write("text", "u1 a\nu1 b\nu3 c\nu4 d\nu5 e\nu2\n");
  EXPECT_THAT(error_of([&] { read(); }), AllOf(HasSubstr("text:2: the ID u1 is on line 1 already"),
                                               HasSubstr("text:3: segments:3: from second 1 to 1"),
                                               HasSubstr("text:4: there is no recording"),
                                               HasSubstr("text:5: the ID u5 is not in segments"),
                                               HasSubstr("text:6: the transcript is empty")));
  write("wav.scp", "r1 sph2pipe -f wav x.sph |\n");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read(); }),
              AllOf(HasSubstr("wav.scp:1:"), HasSubstr("is a command"), HasSubstr("not run")));
}

TEST_F(AudioFolder, kaldi_paths_begin_at_the_root) {
  sound("data/wav/a.wav");
  write("data/kaldi/wav.scp", "a wav/a.wav\n");
  write("data/kaldi/text", "a x\n");
  const std::string folder = (root() / "data/kaldi").string();
  EXPECT_EQ(read_audio_data({.folder = folder, .root = (root() / "data").string()}, {}).size(), 1);
  EXPECT_THAT(error_of([&] { read_audio_data({.folder = folder}, {}); }), HasSubstr("--root"));
  // The list itself may be given.
  EXPECT_EQ(
      read_audio_data({.manifest = folder + "/wav.scp", .root = (root() / "data").string()}, {})
          .size(),
      1);
}

TEST_F(AudioFolder, ljspeech) {
  sound("wavs/L1.wav");
  sound("wavs/L2.wav");
  write("metadata.csv", "L1|Mr. 3 \"|Mister three\nL2|only raw\n");
  EXPECT_THAT(texts(read()), ElementsAre("mister three", "only raw"));
  write("metadata.csv", "L1|a|b\nL9|c\n../L1|d\nnothing\n");
  EXPECT_THAT(error_of([&] { read(); }),
              AllOf(HasSubstr("metadata.csv:2: there is no recording of \"L9\""),
                    HasSubstr("metadata.csv:3:"), HasSubstr("metadata.csv:4: expected id|text")));
}

TEST_F(AudioFolder, audiofolder_with_parts) {
  sound("train/a.wav");
  sound("test/sub/b.wav");
  write("train/metadata.csv", "file_name,transcription\na.wav,\"Hello, you\"\n");
  write("test/metadata.jsonl", "{\"file_name\": \"sub/b.wav\", \"transcription\": \"b\"}\n");
  write("notes/x.txt", "x");
  const AudioParts all = parts();
  EXPECT_THAT(texts(all.train), ElementsAre("hello, you"));
  EXPECT_THAT(texts(*all.test), ElementsAre("b"));
  EXPECT_THAT(log_, HasSubstr("not so: notes"));
}

constexpr const char* kCues =
    "1\n00:00:00,500 --> 00:00:01,000\nOne\n\n2\n00:00:01,000 --> 00:00:01,750\nTwo\n";

TEST_F(AudioFolder, recordings_with_annotations_and_transcripts_beside_them) {
  sound("a/talk.wav", 2);
  sound("b.mp3.wav");
  sound("lonely.wav");
  write("a/talk.srt", kCues);
  write("b.mp3.txt", "A whole\ntext\n");
  write("readme.txt", "not of a recording");
  sound("timit/sa1.wav");
  write("timit/sa1.txt", "0 63488 She had\n");
  sound("timit/sa2.wav");
  write("timit/sa2.txt", "0 5 apples\n");
  const AudioDataset data = read();
  EXPECT_THAT(texts(data), ElementsAre("a whole text", "one", "two", "she had", "0 5 apples"));
  EXPECT_DOUBLE_EQ(data.examples[2].seconds, 0.75);
  EXPECT_THAT(data.source_name(2), HasSubstr("talk.srt:6 ("));
  EXPECT_THAT(log_, HasSubstr("1 recordings have no annotation"));
  write("a/talk.txt", "twice");
  EXPECT_THAT(error_of([&] { read(); }), HasSubstr("keep one"));
}

TEST_F(AudioFolder, annotation_of_one_recording) {
  sound("talk.wav", 2);
  sound("other.wav", 2);
  write("talk.srt", kCues);
  AudioSource source{.manifest = (root() / "talk.srt").string()};
  EXPECT_EQ(read_audio_data(source, {}).examples[0].path, (root() / "talk.wav").string());
  source.recording = (root() / "other.wav").string();
  EXPECT_EQ(read_audio_data(source, {}).examples[0].path, source.recording);
  write("alone.srt", kCues);
  EXPECT_THAT(error_of([&] { read_audio_data({.manifest = (root() / "alone.srt").string()}, {}); }),
              HasSubstr("--recording"));
}

TEST_F(AudioFolder, tiers) {
  sound("t.wav", 3);
  const auto tier = [](const std::string& name, const std::string& text) {
    return "\"IntervalTier\" \"" + name + "\" 0 3 2  0 1 \"" + text + "\"  1 3 \"\"\n";
  };
  const std::string head = "\"ooTextFile\" \"TextGrid\" 0 3 <exists> ";
  AudioSource source{.manifest = (root() / "t.TextGrid").string()};
  write("t.TextGrid", head + "2 " + tier("ann", "hello") + tier("notes", ""));
  EXPECT_EQ(read_audio_data(source, {}).size(), 1);
  write("t.TextGrid", head + "2 " + tier("ann", "hello") + tier("bob", "you"));
  EXPECT_THAT(
      error_of(ErrorKind::user, [&] { read_audio_data(source, {}); }),
      AllOf(HasSubstr("\"ann\" (1 texts), \"bob\" (1 texts)"), HasSubstr("--annotation-tier")));
  ReadAudioOptions options;
  options.columns.annotation_tier = {"bob"};
  EXPECT_THAT(texts(read_audio_data(source, options)), ElementsAre("you"));
  options.columns.annotation_tier = {"ann", "bob"};
  EXPECT_EQ(read_audio_data(source, options).examples[1].group, "bob");
  options.columns.annotation_tier = {"anne"};
  EXPECT_THAT(error_of([&] { read_audio_data(source, options); }),
              HasSubstr("did you mean \"ann\"?"));
}

TEST_F(AudioFolder, unknown_layout) {
  sound("x.wav");
  write("y.docx", "x");
  EXPECT_THAT(error_of(ErrorKind::user, [&] { read(); }),
              AllOf(HasSubstr("1 .docx, 1 .wav"), HasSubstr("Common Voice"), HasSubstr("Kaldi"),
                    HasSubstr("LibriSpeech"), HasSubstr("LJSpeech"), HasSubstr("--manifest")));
  EXPECT_THAT(error_of([&] { read_audio_data({.folder = (root() / "none").string()}, {}); }),
              HasSubstr("there is no such folder"));
  ReadAudioOptions options;
  options.has_transcripts = false;
  EXPECT_EQ(read(options).size(), 1);
}

TEST(RealSpeech, ljspeech_and_digits) {
  const char* const shared = std::getenv("ATTUNE_SHARED");
  if (shared == nullptr) GTEST_SKIP() << "ATTUNE_SHARED is not set: no real recordings";
  const fs::path folder = fs::path(shared) / "data/speech-ljspeech16";
  const AudioDataset data = read_audio_data({.folder = folder.string()}, {});
  ASSERT_EQ(data.size(), 16);
  EXPECT_EQ(data.examples[1].text, "in being comparatively modern.");
  EXPECT_NEAR(data.examples[1].seconds, 1.9, 0.05);
  ReadAudioOptions recordings;
  recordings.has_transcripts = false;
  const fs::path digits = fs::path(shared) / "data/speech-fsdd/recordings";
  EXPECT_GT(read_audio_data({.folder = digits.string()}, recordings).size(), 1000);
}

}  // namespace
}  // namespace attune
