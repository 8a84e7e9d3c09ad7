#include "attune/config/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune::config {
namespace {

using ::testing::HasSubstr;

std::string yaml_error(const std::string& text) {
  return error_of(ErrorKind::data, [&] { parse_yaml(text, "x.yaml"); });
}

TEST(Yaml, ScalarsStayTextAndOnlyAPlainNullIsNone) {
  const Json value = parse_yaml(
                         "a: no\nb: 1e-5\nc: 0x10\nd: null\ne: \"null\"\nf: ~\ng:\nh: ''\n"
                         "i: 'it''s'\nj: \"a\\tb\"\nk: 007\n",
                         "x.yaml")
                         .value;
  EXPECT_EQ(value, (Json{{"a", "no"},
                         {"b", "1e-5"},
                         {"c", "0x10"},
                         {"d", nullptr},
                         {"e", "null"},
                         {"f", nullptr},
                         {"g", nullptr},
                         {"h", ""},
                         {"i", "it's"},
                         {"j", "a\tb"},
                         {"k", "007"}}));
}

TEST(Yaml, TellsTheLineOfEachEntry) {
  const Document document = parse_yaml("# comment\ntrain:\n  seed: 1\n\n  color: red\n", "x.yaml");
  EXPECT_EQ(document.where("train"), "x.yaml:2");
  EXPECT_EQ(document.where("train.color"), "x.yaml:5");
  EXPECT_EQ(document.where("train.other"), "x.yaml");
}

TEST(Yaml, AnEmptyFileSaysNothing) {
  EXPECT_EQ(parse_yaml("", "x.yaml").value, Json::object());
  EXPECT_EQ(parse_yaml("# only this\n", "x.yaml").value, Json::object());
}

TEST(Yaml, HostileFilesAreRefused) {
  EXPECT_THAT(yaml_error("x: 1\na: [1, 2"), HasSubstr("x.yaml:2: not valid YAML"));
  EXPECT_THAT(yaml_error("a: 1\na: 2\n"), HasSubstr("x.yaml:2: \"a\" stands twice"));
  EXPECT_THAT(yaml_error("- 1\n- 2\n"), HasSubstr("expected settings as `name: value` lines"));
  EXPECT_THAT(yaml_error("just words"), HasSubstr("expected settings"));
  EXPECT_THAT(yaml_error("? [a, b]\n: 1\n"), HasSubstr("not valid YAML"));
  EXPECT_THAT(yaml_error("a: *nowhere\n"), HasSubstr("x.yaml:1: not valid YAML"));
  EXPECT_THAT(yaml_error("a: " + std::string(40, '[') + std::string(40, ']')),
              HasSubstr("beyond reason"));
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    laughs +=
        fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i, i - 1);
  }
  EXPECT_THAT(yaml_error(laughs), HasSubstr("beyond reason"));
}

TEST(Yaml, WhatIsWrittenReadsBackTheSame) {
  const Json settings = {
      {"data",
       {{"labels", {"yes", "1e5", "null", "a, b", "#no", "", "- x", "é\U0001F600"}},
        {"separator", "\t"},
        {"lines", "one\ntwo\\n \"three\""},
        {"none", nullptr},
        {"nothing", Json::array()}}}};
  EXPECT_EQ(parse_yaml(dump_yaml(settings), "x.yaml").value, settings);
}

class ReadDocument : public ::testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& text) const {
    const fs::path path = folder_.path() / name;
    write_file_atomically(path, text);
    return path;
  }
  TemporaryFolder folder_;
};

TEST_F(ReadDocument, GoesByTheNamesEnding) {
  EXPECT_EQ(read_document(write("a.YML", "seed: 1")).value.at("seed"), "1");
  EXPECT_EQ(read_document(write("a.json", "{\"seed\": 1}")).value.at("seed"), 1);
  EXPECT_THAT(error_of(ErrorKind::user, [&] { read_document(write("a.toml", "seed = 1")); }),
              HasSubstr("read from .yaml, .yml or .json, got \".toml\""));
}

TEST_F(ReadDocument, RefusesWhatIsNoObjectOrTooLarge) {
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_document(write("a.json", "[1]")); }),
              HasSubstr("expected a JSON object"));
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] { read_document(write("a.yaml", "a: " + std::string(1 << 20, 'x'))); }),
              HasSubstr("at most 1.0 MiB"));
  error_of(ErrorKind::io, [&] { read_document(folder_.path() / "missing.yaml"); });
}

}  // namespace
}  // namespace attune::config
