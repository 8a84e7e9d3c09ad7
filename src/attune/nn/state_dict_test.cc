#include "attune/nn/state_dict.h"

#include <cmath>
#include <limits>
#include <map>

#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/select.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Small : nn::Module {
  Small() {
    weight = register_parameter("weight", at::zeros({2, 3}));
    bias = register_parameter("bias", at::zeros({2}));
    count = register_buffer("count", at::zeros({}, at::kLong));
  }
  at::Tensor weight, bias, count;
};

// A language model's: one table as shared.weight and head.weight.
struct Shared : nn::Module {
  Shared() {
    table = register_module("shared", std::make_shared<nn::Module>())
                ->register_parameter("weight", at::zeros({2}));
    register_module("head", std::make_shared<nn::Module>())->register_parameter("weight", table);
  }
  at::Tensor table;
};

// A checkpoint of these tensors.
class Checkpoint {
 public:
  Checkpoint& add(const std::string& name, DType dtype, const at::Tensor& values) {
    kept_.push_back(values);
    views_.push_back({name,
                      dtype,
                      values.sizes().vec(),
                      {static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()}});
    return *this;
  }
  Checkpoint& add(const std::string& name, at::IntArrayRef sizes, double value) {
    return add(name, DType::f32, at::full(sizes, value));
  }
  CheckpointFile file() const { return {"x.safetensors", views_, {}, nullptr}; }

 private:
  std::vector<at::Tensor> kept_;
  std::vector<TensorView> views_;
};

Checkpoint whole() {
  Checkpoint checkpoint;
  checkpoint.add("weight", {2, 3}, 1).add("bias", {2}, 2);
  return checkpoint.add("count", DType::i64, at::full({}, 3, at::kLong));
}

bool is_untouched(const Small& model) {
  return at::equal(model.weight, at::zeros({2, 3})) && at::equal(model.bias, at::zeros({2})) &&
         model.count.item<std::int64_t>() == 0;
}

std::string refusal(nn::Module& model, const Checkpoint& checkpoint,
                    const LoadOptions& options = {}) {
  return error_of(ErrorKind::data, [&] { load_state(model, checkpoint.file(), options); });
}

TEST(LoadState, CopiesEveryTensor) {
  Small model;
  const LoadReport report = load_state(model, whole().file());
  EXPECT_THAT(report.loaded, ElementsAre("weight", "bias", "count"));
  EXPECT_TRUE(at::equal(model.weight, at::full({2, 3}, 1.0)));
  EXPECT_TRUE(at::equal(model.bias, at::full({2}, 2.0)));
  EXPECT_EQ(model.count.item<std::int64_t>(), 3);
  EXPECT_TRUE(model.weight.requires_grad());
  EXPECT_EQ(report.text(), "x.safetensors: 3 tensors loaded");
}

TEST(LoadState, TellsMissingAndUnexpectedTensors) {
  Small model;
  Checkpoint checkpoint;
  checkpoint.add("weight", {2, 3}, 1).add("stranger", {1}, 0);
  const std::string message = refusal(model, checkpoint);
  EXPECT_THAT(message, AllOf(HasSubstr("x.safetensors: 2 tensors of the model are missing"),
                             HasSubstr("bias, count"), HasSubstr("stranger")));
  EXPECT_TRUE(is_untouched(model));
  const LoadReport report = load_state(
      model, checkpoint.file(), {.may_be_missing = [](auto name) { return name != "weight"; }});
  EXPECT_THAT(report.loaded, ElementsAre("weight"));
  EXPECT_THAT(report.missing, ElementsAre("bias", "count"));
  EXPECT_THAT(report.unexpected, ElementsAre("stranger"));
  EXPECT_TRUE(at::equal(model.bias, at::zeros({2})));
}

TEST(LoadState, TellsWhichWeightsWereTaken) {
  const Checkpoint checkpoint = whole();  // the file's tensors lie in it
  const CheckpointFile plain = checkpoint.file();
  const CheckpointFile file("x.pt", plain.tensors(),
                            {{"state_dict_key", "model_ema"},
                             {"other_weights", "model"},
                             {"stripped_prefix", "module."},
                             {"outside_prefix", "loss.weight"}},
                            nullptr);
  Small model;
  EXPECT_EQ(load_state(model, file).choice(),
            "the weights are those under \"model_ema\", others in the file are not loaded: model "
            "(--weights-key chooses); names are taken without \"module.\"; tensors named otherwise "
            "are left out: loss.weight");
  EXPECT_EQ(load_state(model, plain).choice(), "");
}

TEST(LoadState, TellsOtherShapes) {
  Small model;
  Checkpoint other;
  other.add("weight", {3, 2}, 1).add("bias", {2}, 2);
  other.add("count", DType::i64, at::full({}, 3, at::kLong));
  EXPECT_THAT(refusal(model, other), HasSubstr("weight is [3, 2], expected [2, 3]"));
  EXPECT_TRUE(is_untouched(model));
  const LoadReport report =
      load_state(model, other.file(), {.may_differ = [](auto name) { return name == "weight"; }});
  ASSERT_EQ(report.mismatched.size(), 1U);
  EXPECT_EQ(report.mismatched[0].name, "weight");
  EXPECT_THAT(report.loaded, ElementsAre("bias", "count"));
  EXPECT_TRUE(at::equal(model.weight, at::zeros({2, 3})));
}

TEST(LoadState, ConvertsFloatingPointTypesAlone) {
  Small model;
  Checkpoint half;
  half.add("weight", DType::bf16, at::full({2, 3}, 1.5, at::kBFloat16));
  half.add("bias", DType::f64, at::full({2}, 2.5, at::kDouble));
  half.add("count", DType::i64, at::full({}, 3, at::kLong));
  const LoadReport report = load_state(model, half.file());
  ASSERT_EQ(report.converted.size(), 2U);
  EXPECT_EQ(report.converted[0].name, "weight");
  EXPECT_EQ(report.converted[0].from, DType::bf16);
  EXPECT_EQ(model.weight.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(model.weight, at::full({2, 3}, 1.5)));
  EXPECT_TRUE(at::equal(model.bias, at::full({2}, 2.5)));

  Small fresh;
  Checkpoint whole_numbers;
  whole_numbers.add("bias", {2}, 2).add("count", DType::i64, at::full({}, 3, at::kLong));
  whole_numbers.add("weight", DType::i64, at::ones({2, 3}, at::kLong));
  EXPECT_THAT(refusal(fresh, whole_numbers), HasSubstr("tensor weight holds"));
  EXPECT_TRUE(is_untouched(fresh));
}

TEST(LoadState, RefusesWhatIsNotFiniteByName) {
  for (const at::ScalarType type : {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16}) {
    for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
      Small model;
      at::Tensor bias = at::zeros({2}, type);
      bias[1] = bad;
      Checkpoint checkpoint;
      checkpoint.add("weight", {2, 3}, 1).add("count", DType::i64, at::full({}, 3, at::kLong));
      const std::map<at::ScalarType, DType> stored = {{at::kFloat, DType::f32},
                                                      {at::kDouble, DType::f64},
                                                      {at::kHalf, DType::f16},
                                                      {at::kBFloat16, DType::bf16}};
      checkpoint.add("bias", stored.at(type), bias);
      EXPECT_THAT(refusal(model, checkpoint),
                  HasSubstr("x.safetensors: tensor bias [2] is not finite at element 1"));
      EXPECT_TRUE(is_untouched(model));
    }
  }
}

// The largest numbers of a type are numbers, and a tensor that the model does not take may hold
// anything.
TEST(LoadState, TakesTheLargestNumbers) {
  Small model;
  Checkpoint checkpoint = whole();
  checkpoint.add("mask", {5000}, -HUGE_VAL);
  EXPECT_THAT(load_state(model, checkpoint.file()).unexpected, ElementsAre("mask"));
  Checkpoint large;
  large.add("weight", {2, 3}, std::numeric_limits<float>::max()).add("bias", {2}, -3.4e38);
  large.add("count", DType::i64, at::full({}, -1, at::kLong));
  EXPECT_TRUE(load_state(model, large.file()).missing.empty());
}

TEST(LoadState, Renames) {
  Small model;
  Checkpoint checkpoint;
  checkpoint.add("gamma", {2, 3}, 1).add("bias", {2}, 2).add("optimizer.step", {1}, 0);
  checkpoint.add("count", DType::i64, at::full({}, 3, at::kLong));
  LoadOptions options;
  options.rename = [](std::string_view name) -> StateName {
    if (name.starts_with("optimizer.")) return {.name = "", .ignored = true};
    return {.name = name == "gamma" ? "weight" : std::string(name)};
  };
  const LoadReport report = load_state(model, checkpoint.file(), options);
  EXPECT_THAT(report.loaded, ElementsAre("weight", "bias", "count"));
  EXPECT_THAT(report.ignored, ElementsAre("optimizer.step"));
  EXPECT_THAT(report.unexpected, IsEmpty());
  Small fresh;
  checkpoint.add("weight", {2, 3}, 1);
  EXPECT_THAT(refusal(fresh, checkpoint, options),
              HasSubstr("tensors gamma and weight both mean weight"));
  EXPECT_TRUE(is_untouched(fresh));
}

TEST(LoadState, TakesATiedWeightUnderEachName) {
  for (const std::vector<std::string>& names : {std::vector<std::string>{"shared.weight"},
                                                {"head.weight"},
                                                {"shared.weight", "head.weight"}}) {
    Shared model;
    Checkpoint checkpoint;
    for (const std::string& name : names) checkpoint.add(name, {2}, 4);
    const LoadReport report = load_state(model, checkpoint.file());
    EXPECT_THAT(report.loaded, ElementsAre("shared.weight"));
    EXPECT_THAT(report.missing, IsEmpty());
    EXPECT_THAT(report.unexpected, IsEmpty());
    EXPECT_TRUE(at::equal(model.table, at::full({2}, 4.0)));
  }
}

TEST(LoadState, RefusesTiedWeightsThatDiffer) {
  Shared model;
  for (const DType dtype : {DType::f32, DType::f64}) {
    Checkpoint checkpoint;
    checkpoint.add("shared.weight", {2}, 4);
    checkpoint.add("head.weight", dtype,
                   at::full({2}, 5.0, dtype == DType::f32 ? at::kFloat : at::kDouble));
    EXPECT_THAT(refusal(model, checkpoint),
                AllOf(HasSubstr("shared.weight and head.weight"), HasSubstr("differ")));
    EXPECT_TRUE(at::equal(model.table, at::zeros({2})));
  }
  EXPECT_THAT(
      refusal(model, Checkpoint()),
      AllOf(HasSubstr("1 tensors"), HasSubstr("shared.weight"), Not(HasSubstr("head.weight"))));
}

TEST(ModuleState, HoldsATiedWeightOnce) {
  Shared model;
  const ModuleState state = module_state(model);
  ASSERT_EQ(state.views.size(), 1U);
  EXPECT_EQ(state.views[0].name, "shared.weight");
  Shared again;
  again.table.detach().fill_(7);
  load_state(again, {"saved", state.views, {}, nullptr});
  EXPECT_TRUE(at::equal(again.table, model.table));
}

}  // namespace
}  // namespace attune
