#include "attune/tasks/run/saved/saved_model.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/nn/layers/linear.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

struct LoadedLine {
  std::shared_ptr<nn::Linear> model = std::make_shared<nn::Linear>(1, 1);
  LoadReport report;
};

TEST(OpenSavedModel, GivesAModelInEvaluationMode) {
  const LoadedLine line =
      open_saved_model({.model = "line"}, DeviceName::cpu, [] { return LoadedLine(); });
  EXPECT_FALSE(line.model->is_training());
}

TEST(OpenSavedModel, RefusesAHeadWithoutWeightsByName) {
  const auto open = [] {
    LoadedLine line;
    line.report.initialized = {"head.weight", "head.bias"};
    return line;
  };
  EXPECT_THAT(error_of(ErrorKind::user,
                       [&] { open_saved_model({.model = "line"}, DeviceName::cpu, open); }),
              HasSubstr("line: the model has no trained head (head.weight, head.bias would be"));
}

TEST(OpenSavedModel, OpensNothingWhereNoModelIsNamed) {
  bool opened = false;
  const auto open = [&] {
    opened = true;
    return LoadedLine();
  };
  EXPECT_THAT(error_of(ErrorKind::user, [&] { open_saved_model({}, DeviceName::cpu, open); }),
              HasSubstr("--model is missing"));
  EXPECT_FALSE(opened);
}

}  // namespace
}  // namespace attune
