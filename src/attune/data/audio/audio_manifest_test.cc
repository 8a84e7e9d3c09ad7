#include "attune/data/audio/audio_manifest.h"

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
using ::testing::IsEmpty;

class AudioManifest : public ::testing::Test {
 protected:
  AudioManifest() {
    write_sound(root() / "clips/one.wav", tone(1));
    write_sound(root() / "clips/two.wav", tone(2, 1));
    before_ = set_log_sink([this](LogLevel, std::string_view text) { log_ += text; });
  }
  ~AudioManifest() override { set_log_sink(before_); }
  fs::path root() const { return folder_.path(); }
  std::string write(const std::string& name, const std::string& text) {
    write_file_atomically(root() / name, text);
    return (root() / name).string();
  }
  AudioDataset read(const std::string& name, const std::string& text,
                    const ReadAudioOptions& options = {}) {
    return read_audio_data({.manifest = write(name, text)}, options);
  }
  std::string error(const std::string& name, const std::string& text,
                    const ReadAudioOptions& options = {}) {
    return error_of([&] { read(name, text, options); });
  }

  TemporaryFolder folder_;
  LogSink before_;
  std::string log_;
};

TEST_F(AudioManifest, common_voice) {
  const AudioDataset data = read("train.tsv",
                                 "client_id\tpath\tsentence\tup_votes\n"
                                 "s1\tone.wav\tMerhaba, dünya\t2\n"
                                 "s2\ttwo\tİyi \u00a0günler\t2\n");
  ASSERT_EQ(data.size(), 2);
  EXPECT_EQ(data.examples[0].text, "merhaba, dünya");
  EXPECT_EQ(data.examples[0].group, "s1");
  EXPECT_EQ(data.examples[0].path, (root() / "clips/one.wav").string());
  EXPECT_DOUBLE_EQ(data.examples[1].seconds, 2);
  EXPECT_EQ(data.examples[1].line, 3);
  EXPECT_DOUBLE_EQ(data.seconds(), 3);
  EXPECT_EQ(data.source_name(0),
            (root() / "train.tsv").string() + ":2 (" + (root() / "clips/one.wav").string() + ")");
  EXPECT_THAT(log_, HasSubstr("recordings from \"path\", transcripts from \"sentence\", speakers "
                              "from \"client_id\""));
}

TEST_F(AudioManifest, pieces_of_recordings_as_nemo_writes_them) {
  const AudioDataset data =
      read("m.jsonl",
           "{\"audio_filepath\": \"clips/two.wav\", \"offset\": 0.5, \"duration\": 1, "
           "\"text\": \"b\", \"speaker\": 7}\n"
           "{\"audio_filepath\": \"clips/two.wav\", \"duration\": 0.25, \"text\": \"a\"}\n"
           "{\"audio_filepath\": \"clips/two.wav\", \"offset\": null, \"text\": \"c\"}\n");
  ASSERT_EQ(data.size(), 3);
  EXPECT_DOUBLE_EQ(data.examples[0].begin, 0.5);
  EXPECT_DOUBLE_EQ(data.examples[0].end.value(), 1.5);
  EXPECT_DOUBLE_EQ(data.examples[0].seconds, 1);
  EXPECT_EQ(data.examples[0].group, "7");
  EXPECT_DOUBLE_EQ(data.examples[1].seconds, 0.25);
  EXPECT_DOUBLE_EQ(data.examples[2].seconds, 2);
  EXPECT_THAT(data.source_name(0), HasSubstr("two.wav, 0.50-1.50 s)"));
}

TEST_F(AudioManifest, half_a_piece_is_a_slip) {
  const std::string text = error("m.csv",
                                 "path,text,start,end\nclips/two.wav,a,0.5,1\n"
                                 "clips/two.wav,b,1,\nclips/two.wav,c,,2\n");
  EXPECT_THAT(text, HasSubstr("m.csv:3: \"end\" is empty, and \"start\" is 1"));
  EXPECT_THAT(text, HasSubstr("m.csv:4: \"start\" is empty, and \"end\" is 2"));
  const AudioDataset data =
      read("m.csv", "path,text,start,end\nclips/two.wav,a,0.5,1\nclips/one.wav,b,,\n");
  EXPECT_DOUBLE_EQ(data.seconds(), 1.5);
  EXPECT_THAT(log_, HasSubstr("1 of 2 rows say no begin and no end, and are whole recordings"));
  log_.clear();
  read("m.csv", "path,text,start,end\nclips/two.wav,a,0.5,1\n");
  EXPECT_THAT(log_, ::testing::Not(HasSubstr("whole recordings")));
}

TEST_F(AudioManifest, tables_of_datasets) {
  // Hugging Face's audio objects, and what pandas users call their columns.
  const AudioDataset data =
      read("m.jsonl",
           "{\"audio\": {\"path\": \"clips/two.wav\", \"bytes\": null}, \"text\": \"b\"}\n"
           "{\"audio\": \"clips/one.wav\", \"text\": \"a\"}\n");
  EXPECT_DOUBLE_EQ(data.seconds(), 3);
  EXPECT_THAT(error("m.jsonl", "{\"audio\": {\"array\": 1}, \"text\": \"b\"}\n"),
              HasSubstr("\"audio\" holds an object without \"path\""));
  EXPECT_EQ(read("m.csv", "Path, Sentence\nclips/one.wav, Ja\n").examples[0].text, "ja");
  EXPECT_THAT(error("m.csv", "path;sentence\nclips/one.wav;ja\n"),
              HasSubstr("separated by \";\": set --delimiter \";\""));
}

TEST_F(AudioManifest, names_in_either_normal_form) {
  write_sound(root() / "clips/cafe\u0301.wav", tone(1));  // as macOS writes it
  write_sound(root() / "clips/\u00fcber.wav", tone(1));
  const AudioDataset data = read("m.csv",
                                 "path,text\nclips/caf\u00e9.wav,a\nclips/u\u0308ber.wav,b\n"
                                 "caf\u00e9,c\nu\u0308ber.wav,d\n");
  EXPECT_EQ(data.size(), 4);
  EXPECT_EQ(data.examples[2].path, data.examples[0].path);
}

TEST_F(AudioManifest, the_table_of_the_current_folder) {
  write("m.csv", "path,text\nclips/one.wav,a\n");
  const fs::path before = fs::current_path();
  fs::current_path(root());
  const AudioDataset data = read_audio_data({.manifest = "m.csv"}, {});
  fs::current_path(before);
  EXPECT_EQ(data.examples[0].path, "clips/one.wav");
}

TEST_F(AudioManifest, duration_alone_describes_the_recording) {
  const AudioDataset data = read("m.csv", "path,text,duration\nclips/two.wav,a,1.99\n");
  EXPECT_FALSE(data.examples[0].end);
  EXPECT_DOUBLE_EQ(data.examples[0].seconds, 2);
  ReadAudioOptions named;
  named.columns.duration_column = "duration";
  EXPECT_DOUBLE_EQ(read("m.csv", "path,text,duration\nclips/two.wav,a,1\n", named).seconds(), 1);
}

TEST_F(AudioManifest, names_of_columns) {
  ReadAudioOptions options;
  options.columns = {.audio_column = "f", .text_column = "t", .speaker_column = "none"};
  const AudioDataset data = read("m.csv", "f,t,path,speaker\nclips/one.wav,x,y,s\n", options);
  EXPECT_EQ(data.examples[0].text, "x");
  EXPECT_FALSE(data.has_groups());
  EXPECT_THAT(error("m.csv", "a,b\n1,2\n"),
              AllOf(HasSubstr("none of path, audio, audio_filepath, file, file_name, wav"),
                    HasSubstr("its columns are: a, b"), HasSubstr("--audio-column")));
  EXPECT_THAT(error("m.csv", "path,b\n1,2\n"), HasSubstr("--text-column"));
  options.columns.text_column = "f";
  EXPECT_THAT(error("m.csv", "f,t\n1,2\n", options), HasSubstr("both are \"f\""));
  options.columns = {.end_column = "e", .duration_column = "d"};
  EXPECT_THAT(error("m.csv", "path,text\n1,2\n", options), HasSubstr("--duration-column"));
  options.columns = {};
  options.columns.table.columns = {"path", "text"};
  EXPECT_EQ(read("m.csv", "clips/one.wav,x\n", options).size(), 1);
}

TEST_F(AudioManifest, all_bad_rows_at_once_with_their_lines) {
  write_file_atomically(root() / "empty.wav", "");
  write_file_atomically(root() / "noise.wav", std::string(5000, 'x'));
  write_sound(root() / "none.wav", {});
  write_sound(root() / "cut.wav", tone(1));
  const std::string whole = read_file(root() / "cut.wav", 1 << 20);
  write_file_atomically(root() / "cut.wav", whole.substr(0, 20000));
  const std::string text = error("m.csv",
                                 "path,text,begin,end\n"
                                 "clips/one.wav,a,0,1\n"
                                 "nowhere.wav,a,0,1\n"
                                 "../out.wav,a,0,1\n"
                                 "empty.wav,a,,\n"
                                 "noise.wav,a,,\n"
                                 "none.wav,a,,\n"
                                 "cut.wav,a,,\n"
                                 "clips/one.wav,a,0.5,9\n"
                                 "clips/one.wav,a,3,4\n"
                                 "clips/one.wav,a,0.5,0.5\n"
                                 "clips/one.wav,a,x,1\n"
                                 "clips/one.wav,\u200b,0,1\n"
                                 ",a,0,1\n");
  EXPECT_THAT(text, HasSubstr("m.csv:3: there is no recording"));
  EXPECT_THAT(text, HasSubstr("m.csv:4: the path \"../out.wav\" leaves the folder"));
  EXPECT_THAT(text, HasSubstr("the file is empty"));
  EXPECT_THAT(text, HasSubstr("noise.wav: not a recording"));
  EXPECT_THAT(text, HasSubstr("none.wav: the recording holds no sample"));
  EXPECT_THAT(text, HasSubstr("cut.wav: cut off"));
  EXPECT_THAT(text, HasSubstr("m.csv:9: it is from second 0.50 to 9.00, but the recording"));
  EXPECT_THAT(text, HasSubstr("m.csv:10: it is from second 3.00"));
  EXPECT_THAT(text, HasSubstr("m.csv:11: it ends at second 0.50, not behind its begin"));
  EXPECT_THAT(text, HasSubstr("m.csv:12: \"begin\" is \"x\", expected seconds"));
  EXPECT_THAT(text, HasSubstr("m.csv:13: of the transcript"));
  EXPECT_THAT(text, HasSubstr("m.csv:14: the path of the recording is empty"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("m.csv:2:")));
}

TEST_F(AudioManifest, bad_rows_can_be_left_out) {
  ReadAudioOptions skip;
  skip.on_bad_row = OnBadRow::skip;
  const AudioDataset data = read("m.csv", "path,text\nx.wav,a\nclips/one.wav,b\n", skip);
  EXPECT_EQ(data.size(), 1);
  ASSERT_EQ(data.bad_rows.size(), 1U);
  EXPECT_EQ(data.bad_rows[0].line, 2);
  EXPECT_THAT(error("m.csv", "path,text\nx.wav,a\n", skip), HasSubstr("none of its 1 clips"));
}

TEST_F(AudioManifest, end_just_behind_the_recording_is_its_end) {
  const AudioDataset data = read("m.csv", "path,text,begin,end\nclips/one.wav,a,0.25,1.4\n");
  EXPECT_DOUBLE_EQ(data.examples[0].seconds, 0.75);
  EXPECT_DOUBLE_EQ(data.examples[0].end.value(), 1);
}

TEST_F(AudioManifest, limits_are_of_what_is_learnt_from) {
  ReadAudioOptions options;
  options.columns.split_column = "split";
  options.min_seconds = 1.5;
  const AudioDataset data = read("m.csv",
                                 "path,text,split\nclips/one.wav,a,train\nclips/two.wav,b,train\n"
                                 "clips/one.wav,c,test\n",
                                 options);
  ASSERT_EQ(data.size(), 2);
  EXPECT_EQ(data.examples[0].text, "b");
  EXPECT_EQ(data.examples[1].split, GivenSplit::test);
  EXPECT_THAT(data.outside_limits.at(0).text(),
              HasSubstr("m.csv:2: it lasts 1.00 s, less than --min-seconds 1.5"));
  EXPECT_THAT(log_, HasSubstr("1 clips (1.0s) are not learnt from"));
  options.min_seconds = 0;
  options.max_seconds = 1.5;
  EXPECT_EQ(
      read("m.csv", "path,text,split\nclips/one.wav,a,train\nclips/two.wav,b,train\n", options)
          .size(),
      1);
}

TEST_F(AudioManifest, recordings_without_transcripts) {
  ReadAudioOptions options;
  options.has_transcripts = false;
  const AudioDataset data = read("m.csv", "path\nclips/one.wav\n", options);
  EXPECT_EQ(data.size(), 1);
  EXPECT_THAT(data.examples[0].text, IsEmpty());
}

TEST_F(AudioManifest, advises_where_paths_begin) {
  const std::string table = write("clips/m.csv", "path,text\nclips/one.wav,a\n");
  EXPECT_THAT(error_of([&] { read_audio_data({.manifest = table}, {}); }),
              HasSubstr("set --root " + root().string()));
  EXPECT_EQ(read_audio_data({.manifest = table, .root = root().string()}, {}).size(), 1);
  const std::string absolute =
      write("clips/m.csv", "path,text\n" + (root() / "clips/one.wav").string() + ",a\n");
  EXPECT_EQ(read_audio_data({.manifest = absolute}, {}).size(), 1);
}

}  // namespace
}  // namespace attune
