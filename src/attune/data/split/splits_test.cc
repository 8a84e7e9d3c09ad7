#include "attune/data/split/splits.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/data/image/image_dataset.h"
#include "attune/data/text/text_dataset.h"

namespace attune {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// 60 texts of 20 authors and two classes, author a wrote texts a, a + 20, a + 40.
TextDataset by_authors() {
  TextDataset data{
      .label_kind = LabelKind::single_label, .label_names = {"a", "b"}, .files = {"texts.csv"}};
  for (std::int64_t n = 0; n < 60; ++n) {
    data.examples.push_back({.text = "text",
                             .label = n % 2,
                             .source = {.line = n + 2},
                             .group = "author " + std::to_string(n % 20)});
  }
  return data;
}

std::set<std::string> groups_of(const TextDataset& data, std::span<const std::int64_t> chosen) {
  std::set<std::string> groups;
  for (const std::int64_t n : chosen) {
    groups.insert(data.examples[static_cast<std::size_t>(n)].group);
  }
  return groups;
}

bool are_apart(const TextDataset& data, const Split& split) {
  const auto train = groups_of(data, split.train), held_out = groups_of(data, split.validation);
  return std::none_of(train.begin(), train.end(),
                      [&](const auto& group) { return held_out.contains(group); });
}

TEST(Splits, HoldOutKeepsGroupsWhole) {
  TextDataset data = by_authors();
  const Split split = hold_out(split_basis(data), 0.2, 7, "texts.csv");
  EXPECT_EQ(split.validation.size(), 12U);
  EXPECT_TRUE(are_apart(data, split));
  for (TextExample& example : data.examples) example.group.clear();
  const Split single = hold_out(split_basis(data), 0.2, 7, "texts.csv");
  EXPECT_EQ(single.validation, stratified_split(data.class_ids(), 0.2, 7).validation);
  EXPECT_FALSE(are_apart(by_authors(), single));
}

TEST(Splits, HoldOutGoesByWhatTheLabelsAre) {
  TextDataset data = by_authors();
  data.label_kind = LabelKind::regression;
  EXPECT_TRUE(are_apart(data, hold_out(split_basis(data), 0.2, 7, "x")));
  for (TextExample& example : data.examples) example.group.clear();
  EXPECT_EQ(hold_out(split_basis(data), 0.2, 7, "x").validation,
            random_split(60, 0.2, 7).validation);
  data.label_kind = LabelKind::multi_label;
  for (TextExample& example : data.examples) example.label_set = {0};
  data.examples[3].label_set = {1};  // the only one stays for training
  const Split split = hold_out(split_basis(data), 0.2, 7, "x");
  EXPECT_THAT(split.train, testing::Contains(3));
  EXPECT_THAT(error_of([&] {
                hold_out(split_basis(data.subset(std::vector<std::int64_t>{3})), 0.2, 7, "x.csv");
              }),
              AllOf(HasSubstr("--validation-split 0.2 of x.csv: ")));
}

TEST(Splits, FoldsKeepGroupsWhole) {
  const TextDataset data = by_authors();
  std::vector<std::int64_t> held_out;
  for (const Split& fold : fold_splits(split_basis(data), 4, 1, "text")) {
    EXPECT_TRUE(are_apart(data, fold));
    held_out.insert(held_out.end(), fold.validation.begin(), fold.validation.end());
  }
  EXPECT_EQ(held_out.size(), 60U);
  EXPECT_THAT(error_of(ErrorKind::user,
                       [] { fold_splits({.label_kind = LabelKind::regression}, 4, 1, "text"); }),
              HasSubstr("one class for each text"));
}

TEST(Splits, TheDataGivesItsParts) {
  ImageDataset all{.label_names = {"a", "b"}, .bad_rows = {{"x.csv", 3, "broken"}}};
  for (const GivenSplit split :
       {GivenSplit::test, GivenSplit::train, GivenSplit::validation, GivenSplit::train}) {
    all.examples.push_back({.path = std::to_string(all.size()), .split = split});
  }
  const auto parts = given_parts(all, "x.csv");
  EXPECT_EQ(parts.train.size(), 2);
  EXPECT_EQ(parts.validation->examples[0].path, "2");
  EXPECT_EQ(parts.test->examples[0].path, "0");
  EXPECT_EQ(parts.bad_rows().size(), 1U);  // of the whole, once
  std::vector<std::string> names;
  for (const auto& [name, part] : parts.parts()) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("train", "validation", "test"));
  EXPECT_EQ(part_or_all(all, GivenSplit::test, "x.csv").size(), 1);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { given_parts(*parts.test, "x.csv"); }),
              HasSubstr("x.csv: none of its pictures is for training"));
  EXPECT_THAT(
      error_of(ErrorKind::data, [&] { part_or_all(parts.train, GivenSplit::test, "x.csv"); }),
      HasSubstr("none of its pictures is for test"));
}

TEST(Splits, WithoutSplitsAllIsForTraining) {
  const auto parts = given_parts(by_authors(), "texts.csv");
  EXPECT_EQ(parts.train.size(), 60);
  EXPECT_FALSE(parts.validation || parts.test);
  EXPECT_EQ(part_or_all(by_authors(), GivenSplit::test, "texts.csv").size(), 60);
}

TEST(Splits, DividingKeepsWhatWasLeftOut) {
  DataParts<TextDataset> parts{by_authors()};
  parts.train.bad_rows = {{"texts.csv", 99, "the text is empty"}};
  parts.divide({.train = {0, 1, 2}, .validation = {5, 4}});
  EXPECT_EQ(parts.train.size(), 3);
  EXPECT_EQ(parts.validation->source_name(0), "texts.csv:7");
  EXPECT_EQ(parts.train.bad_rows.size(), 1U);
  EXPECT_TRUE(parts.validation->bad_rows.empty());
}

TEST(Splits, RefusesAGroupInTwoParts) {
  DataParts<TextDataset> parts{by_authors()};
  parts.divide({.train = {0, 1}, .validation = {2, 21}});
  EXPECT_THAT(error_of(ErrorKind::data, [&] { check_parts_apart(parts, "texts.csv"); }),
              AllOf(HasSubstr("1 groups"), HasSubstr("\"author 1\": texts.csv:3 is in train"),
                    HasSubstr("texts.csv:23 is in validation")));
  parts.validation->examples.pop_back();
  check_parts_apart(parts, "texts.csv");
}

}  // namespace
}  // namespace attune
