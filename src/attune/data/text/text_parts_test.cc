#include "attune/data/text/text_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/log.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/data/text/text_statistics.h"

namespace attune {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kTable =
    "text,label,author,part\n"
    "good,1,ann,train\nfine,1,ann,train\nbad,0,ben,train\nawful,0,cat,train\n"
    "nice,1,dan,val\npoor,0,eve,test\n";

class TextFiles : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& content) const {
    const fs::path path = folder_.path() / name;
    write_file_atomically(path, content);
    return path.string();
  }
  static TextParts load(const TextDataOptions& options, const TextColumns& columns) {
    return load_text_parts(options, columns, LabelKind::single_label, 7);
  }

  TemporaryFolder folder_;
};

TEST_F(TextFiles, ASplitColumnGivesTheParts) {
  const TextColumns columns{.division = {.split_column = "part", .group_column = "author"}};
  const TextParts parts = load({.train_file = write("all.csv", kTable)}, columns);
  EXPECT_EQ(parts.train.size(), 4);
  EXPECT_EQ(parts.train.examples[2].group, "ben");
  EXPECT_EQ(parts.validation->examples[0].text, "nice");
  EXPECT_EQ(parts.test->examples[0].text, "poor");
  const std::vector<SplitView> views = {{"train", &parts.train, {}}};
  EXPECT_EQ(compute_statistics(views, 0).splits[0].groups, 3);
  EXPECT_THAT(compute_statistics(views, 0).to_text(), HasSubstr("groups"));
}

TEST_F(TextFiles, APartOfItsOwnMayLackTheColumns) {
  const TextColumns columns{.division = {.split_column = "part", .group_column = "author"}};
  const std::string all = write("all.csv", kTable);
  const std::string other = write("other.csv", "text,label\nso so,1\nawful,0\n");
  std::vector<std::string> warnings;
  set_log_sink([&](LogLevel, std::string_view text) { warnings.emplace_back(text); });
  EXPECT_EQ(load({.train_file = all, .test_file = other}, columns).test->size(), 2);
  set_log_sink({});
  EXPECT_THAT(warnings,
              testing::ElementsAre(HasSubstr("its own test part (1 texts) is left out, for "),
                                   HasSubstr("other.csv: there is no column \"author\"")));
  EXPECT_EQ(load({.train_file = all, .test_file = all}, columns).test->size(), 1);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { load({.train_file = other}, columns); }),
              HasSubstr("no column \"author\""));
}

TEST_F(TextFiles, RefusesTwoValidationParts) {
  const TextColumns columns{.division = {.split_column = "part"}};
  const std::string all = write("all.csv", kTable);
  for (const TextDataOptions& options :
       {TextDataOptions{.train_file = all, .split = {.validation_split = 0.5}},
        TextDataOptions{.train_file = all, .validation_file = all}}) {
    EXPECT_THAT(error_of(ErrorKind::user, [&] { load(options, columns); }),
                HasSubstr("the data has a validation part already (1 texts)"));
  }
}

TEST_F(TextFiles, HoldsOutWholeGroups) {
  std::string table = "text,label,author\n";
  for (int n = 0; n < 40; ++n) table += fmt::format("text {},{},a{}\n", n, n % 2, n % 10);
  const TextParts parts =
      load({.train_file = write("all.csv", table), .split = {.validation_split = 0.2}},
           {.division = {.group_column = "author"}});
  EXPECT_EQ(parts.validation->size(), 8);
  for (const TextExample& held : parts.validation->examples) {
    for (const TextExample& example : parts.train.examples) EXPECT_NE(held.group, example.group);
  }
}

TEST_F(TextFiles, RefusesAGroupOnBothSides) {
  const std::string train = write("train.csv", "text,label,author\ngood,1,ann\nbad,0,ben\n");
  const std::string test = write("test.csv", "text,label,author\nfine,1,cat\nawful,0,ben\n");
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] {
                         load({.train_file = train, .test_file = test},
                              {.division = {.group_column = "author"}});
                       }),
              AllOf(HasSubstr("\"ben\": "), HasSubstr("train.csv:3 is in train"),
                    HasSubstr("test.csv:3 is in test")));
  const std::string divided =
      write("all.csv", "text,label,author,part\ngood,1,ann,train\nbad,0,ben,train\nx,1,ann,test\n");
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] {
                         load({.train_file = divided},
                              {.division = {.split_column = "part", .group_column = "author"}});
                       }),
              HasSubstr("\"ann\": "));
}

TEST_F(TextFiles, NamesRowsWithoutGroupOrSplit) {
  const std::string path =
      write("all.csv", "text,label,author,part\ngood,1,,train\nbad,0,ben,later\nfine,1,c,train\n");
  const TextColumns columns{.division = {.split_column = "part", .group_column = "author"}};
  EXPECT_THAT(error_of(ErrorKind::data, [&] { load({.train_file = path}, columns); }),
              AllOf(HasSubstr("all.csv:2: the group is empty"),
                    HasSubstr("all.csv:3: the split is \"later\"")));
}

TEST_F(TextFiles, SeparatorsAreOneCharacter) {
  EXPECT_EQ(dataset_options({.table = {.delimiter = "tab"}}, {}, LabelKind::none).reader.delimiter,
            '\t');
  EXPECT_THAT(
      error_of(ErrorKind::user,
               [] { dataset_options({.table = {.delimiter = ", "}}, {}, LabelKind::none); }),
      HasSubstr("--delimiter: got \", \""));
}

}  // namespace
}  // namespace attune
