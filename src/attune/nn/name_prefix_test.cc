#include "attune/nn/name_prefix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

CheckpointFile file_of(const std::vector<std::string>& names) {
  std::vector<TensorView> tensors;
  for (const std::string& name : names) tensors.push_back({name, DType::f32, {0}, {}});
  return {"x.pt", std::move(tensors), {}, nullptr};
}

std::vector<std::string> names_of(const CheckpointFile& file) {
  std::vector<std::string> names;
  for (const TensorView& tensor : file.tensors()) names.push_back(tensor.name);
  return names;
}

const std::vector<Spellings> kRequired = {{"net.a.w", "a.w"}, {"net.b.w", "b.w"}, {"net.c.w"}};

TEST(NamePrefix, IsLeftOutWhereAllRequiredNamesFit) {
  for (const std::string prefix : {"model.", "_orig_mod.", "backbone.", "module.densenet121.", "0.",
                                   "model._orig_mod.module."}) {
    const CheckpointFile found = without_prefix(
        file_of({prefix + "a.w", prefix + "net.b.w", prefix + "net.c.w", prefix + "head"}),
        kRequired);
    EXPECT_THAT(names_of(found), ElementsAre("a.w", "net.b.w", "net.c.w", "head"));
    EXPECT_THAT(found.metadata().at("stripped_prefix"), HasSubstr(prefix.substr(0, 5)));
    EXPECT_FALSE(found.metadata().contains("outside_prefix"));
  }
}

TEST(NamePrefix, WhatIsNotUnderItIsTold) {
  const CheckpointFile found = without_prefix(
      file_of({"loss.weight", "model.a.w", "model.b.w", "model.net.c.w", "head.w"}), kRequired);
  EXPECT_THAT(names_of(found), ElementsAre("a.w", "b.w", "net.c.w"));
  EXPECT_EQ(found.metadata().at("outside_prefix"), "loss.weight, head.w");
}

TEST(NamePrefix, NamesThatFitStayAsTheyAre) {
  const auto names = {"a.w", "b.w", "net.c.w", "copy.a.w", "copy.b.w", "copy.net.c.w"};
  EXPECT_THAT(names_of(without_prefix(file_of({names.begin(), names.end()}), kRequired)),
              ::testing::ElementsAreArray(names.begin(), names.end()));
}

TEST(NamePrefix, CompiledPartsInsideAreLeftOut) {
  EXPECT_THAT(names_of(without_prefix(
                  file_of({"a._orig_mod.w", "_orig_mod.b.w", "net._orig_mod.c.w", "my_orig_mod.x"}),
                  kRequired)),
              ElementsAre("a.w", "b.w", "net.c.w", "my_orig_mod.x"));
}

TEST(NamePrefix, TwoThatFitAreRefused) {
  EXPECT_THAT(
      error_of(ErrorKind::data,
               [] {
                 without_prefix(file_of({"student.a.w", "student.b.w", "student.net.c.w",
                                         "teacher.a.w", "teacher.b.w", "teacher.net.c.w"}),
                                kRequired);
               }),
      AllOf(HasSubstr("2 times, under the names student., teacher."), HasSubstr("--weights-key")));
}

TEST(NamePrefix, APartThatFitsIsRefusedByName) {
  EXPECT_THAT(error_of(ErrorKind::data,
                       [] {
                         without_prefix(file_of({"model.a.w", "model.b.w"}), kRequired);
                       }),
              AllOf(HasSubstr("under \"model.\" are 2 of the 3"), HasSubstr("net.c.w")));
  // Nothing near: whoever loads tells what is missing.
  EXPECT_THAT(names_of(without_prefix(file_of({"model.a.w", "x"}), kRequired)),
              ElementsAre("model.a.w", "x"));
}

}  // namespace
}  // namespace attune
