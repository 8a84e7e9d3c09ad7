#include "attune/adapt/plan.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/text/byte_size.h"

namespace attune {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Leaf : nn::Module {
  explicit Leaf(std::int64_t size) {
    register_parameter("weight", at::zeros({size, 2}));
    register_parameter("bias", at::zeros({size}));
  }
};

/// The shape of BERT's tree: a trunk that holds three groups, a head beside a dropout.
struct Net : nn::Module {
  Net() {
    auto trunk = register_module("bert", std::make_shared<nn::Module>());
    auto embeddings = std::make_shared<nn::Module>();
    trunk->register_module("embeddings", embeddings);
    embeddings->register_module("word", std::make_shared<Leaf>(10));
    embeddings->register_module("LayerNorm", std::make_shared<Leaf>(3));
    auto layers = trunk->register_module("layer", std::make_shared<nn::Module>());
    layers->register_module("0", std::make_shared<Leaf>(4));
    layers->register_module("1", std::make_shared<Leaf>(4));
    register_module("dropout", std::make_shared<nn::Module>());
    register_module("classifier", std::make_shared<Leaf>(2));
  }
};

std::vector<DepthGroup> groups() {
  return {{"embeddings", {"bert.embeddings."}},
          {"layer 0", {"bert.layer.0."}},
          {"layer 1", {"bert.layer.1."}},
          {"head", {"classifier."}}};
}

AdaptPlan make_plan(const AdaptOptions& options, const Net& net) {
  return AdaptPlan(options, groups(), net, 1e-3, 0.1);
}

/// Names of what requires a gradient.
std::string trained(const nn::Module& net) {
  std::string names;
  for (const auto& item : net.named_parameters()) {
    if (item.tensor.requires_grad()) names += item.name + " ";
  }
  return names;
}

/// Paths of the modules in training mode.
std::string in_training_mode(Net& net) {
  std::string names;
  for (const auto& [path, module] : net.named_modules()) {
    if (module->is_training()) names += "/" + path + " ";
  }
  return names;
}

TEST(AdaptOptionsTest, AWrongExpressionIsToldBeforeThereIsAModel) {
  AdaptOptions options;
  options.freeze = {"bert", "layer.[0"};
  EXPECT_THAT(find_problems(options), ::testing::ElementsAre(::testing::HasSubstr(
                                          "freeze: \"layer.[0\" is no regular expression")));
}

TEST(AdaptPlan, FullTrainsEverything) {
  Net net;
  const AdaptPlan plan = make_plan({}, net);
  EXPECT_EQ(plan.first_trained_group(0, 0), 0);
  net.eval();
  plan.apply(net, 0);
  for (const auto& parameter : net.parameters()) EXPECT_TRUE(parameter.requires_grad());
  for (const auto& item : net.named_modules()) EXPECT_TRUE(item.module->is_training());
}

TEST(AdaptPlan, FeatureExtractionFreezesAllButTheHead) {
  Net net;
  const AdaptPlan plan = make_plan({.strategy = Strategy::feature_extraction}, net);
  EXPECT_EQ(plan.first_trained_group(7, 1000), 3);
  plan.apply(net, 3);
  EXPECT_EQ(trained(net), "classifier.weight classifier.bias ");
  EXPECT_EQ(in_training_mode(net), "/ /dropout /classifier ");
}

TEST(AdaptPlan, LayerWiseUnfreezesByEpochsOrSteps) {
  Net net;
  const AdaptPlan by_epoch = make_plan({.strategy = Strategy::layer_wise}, net);
  std::vector<std::int64_t> first;
  for (std::int64_t epoch = 0; epoch < 6; ++epoch) {
    first.push_back(by_epoch.first_trained_group(epoch, 100));
  }
  EXPECT_THAT(first, ElementsAre(3, 2, 1, 0, 0, 0));
  const AdaptPlan by_step = make_plan({.strategy = Strategy::layer_wise,
                                       .unfreeze_every = UnfreezeUnit::steps,
                                       .unfreeze_interval = 10,
                                       .train_last = 2},
                                      net);
  EXPECT_EQ(by_step.first_trained_group(5, 9), 3);
  EXPECT_EQ(by_step.first_trained_group(0, 10), 2);
  EXPECT_EQ(by_step.first_trained_group(0, 500), 2);
  by_step.apply(net, 2);
  EXPECT_EQ(in_training_mode(net), "/ /bert /bert.layer /bert.layer.1 /dropout /classifier ");
  const auto rows = by_step.rows();
  EXPECT_EQ(rows[0].trains, "never");
  EXPECT_EQ(rows[2].trains, "from step 11");
  EXPECT_EQ(rows[3].trains, "now");
  const auto short_run = by_step.rows(by_step.first_trained_group(0, 7));
  EXPECT_EQ(short_run[2].trains, "not reached");
  EXPECT_EQ(short_run[2].trained_parameters, 0);
  EXPECT_GT(short_run[3].trained_parameters, 0);
}

TEST(AdaptPlan, FreezingDropsGradients) {
  Net net;
  at::Tensor weight = net.tensor("bert.layer.0.weight");
  const AdaptPlan plan = make_plan({}, net);
  plan.apply(net, 0);
  weight.mutable_grad() = at::ones_like(weight);
  plan.apply(net, 2);
  EXPECT_FALSE(weight.grad().defined());
}

TEST(AdaptPlan, TheHeadTrainsAloneFirst) {
  Net net;
  const AdaptPlan plan = make_plan({.freeze_encoder_steps = 100, .train_last = 3}, net);
  EXPECT_TRUE(plan.changes());
  EXPECT_EQ(plan.first_trained_group(0, 99), 3);
  EXPECT_EQ(plan.first_trained_group(9, 99), 3);  // updates count, not epochs
  EXPECT_EQ(plan.first_trained_group(0, 100), 1);
  plan.apply(net, 3);
  EXPECT_EQ(trained(net), "classifier.weight classifier.bias ");
  const auto rows = plan.rows();
  EXPECT_EQ(rows[0].trains, "never");
  EXPECT_EQ(rows[1].trains, "from step 101");
  EXPECT_EQ(rows[3].trains, "now");
  EXPECT_EQ(plan.rows(3)[1].trains, "not reached");
  // All that train are in the optimizer from the start, as with gradual unfreezing.
  EXPECT_EQ(plan.parameter_groups().size(), 6U);
  EXPECT_FALSE(make_plan({}, net).changes());
}

TEST(AdaptPlan, TheHeadTrainsAloneBeforeLayersUnfreeze) {
  Net net;
  AdaptOptions options{.strategy = Strategy::layer_wise,
                       .unfreeze_every = UnfreezeUnit::steps,
                       .unfreeze_interval = 10,
                       .freeze_encoder_steps = 15};
  const AdaptPlan by_step = make_plan(options, net);
  EXPECT_EQ(by_step.first_trained_group(0, 14), 3);
  EXPECT_EQ(by_step.first_trained_group(0, 15), 2);
  EXPECT_EQ(by_step.first_trained_group(0, 20), 1);
  EXPECT_EQ(by_step.rows()[2].trains, "from step 16");
  EXPECT_EQ(by_step.rows()[1].trains, "from step 21");
  options.unfreeze_every = UnfreezeUnit::epochs;
  options.unfreeze_interval = 1;
  const AdaptPlan by_epoch = make_plan(options, net);
  EXPECT_EQ(by_epoch.first_trained_group(2, 14), 3);
  EXPECT_EQ(by_epoch.first_trained_group(2, 15), 1);
  EXPECT_EQ(by_epoch.rows()[1].trains, "from epoch 3, not before step 16");
  EXPECT_THAT(by_epoch.to_text(), HasSubstr("from epoch 3, not before step 16  "));
}

TEST(AdaptPlan, RefusesAHeadAloneThatIsNone) {
  Net net;
  const auto refusal = [&](const AdaptOptions& options) {
    return error_of([&] { make_plan(options, net); });
  };
  EXPECT_THAT(refusal({.strategy = Strategy::feature_extraction, .freeze_encoder_steps = 5}),
              HasSubstr("--freeze-encoder-steps has no effect"));
  EXPECT_THAT(refusal({.freeze_encoder_steps = 5, .train_last = 1}), HasSubstr("no effect"));
  EXPECT_THAT(refusal({.freeze_encoder_steps = 5, .freeze = {"^bert"}}), HasSubstr("no effect"));
  EXPECT_THAT(refusal({.freeze_encoder_steps = 5, .freeze = {"^classifier"}}),
              HasSubstr("leaves nothing of the head (\"head\")"));
  EXPECT_THAT(refusal({.strategy = Strategy::layer_wise,
                       .unfreeze_every = UnfreezeUnit::steps,
                       .unfreeze_interval = 5,
                       .freeze_encoder_steps = 5}),
              HasSubstr("unfreeze_interval 5 trains the head alone so long anyway"));
}

TEST(AdaptPlan, RegexFreezesWithinGroupsAndWholeGroups) {
  Net net;
  const AdaptPlan inside = make_plan({.freeze = {"word"}}, net);
  EXPECT_EQ(inside.first_trained_group(0, 0), 0);  // LayerNorm below still trains
  inside.apply(net, 0);
  EXPECT_THAT(trained(net), testing::Not(HasSubstr("word")));
  EXPECT_THAT(trained(net), HasSubstr("bert.embeddings.LayerNorm.weight"));
  EXPECT_THAT(in_training_mode(net), HasSubstr("/bert.embeddings.LayerNorm "));
  EXPECT_THAT(in_training_mode(net), testing::Not(HasSubstr("word")));  // all of it is frozen
  const AdaptPlan bottom = make_plan({.freeze = {"^bert\\.embeddings", "layer\\.1\\."}}, net);
  EXPECT_EQ(bottom.first_trained_group(0, 0), 1);
  bottom.apply(net, 1);
  EXPECT_EQ(trained(net),
            "bert.layer.0.weight bert.layer.0.bias classifier.weight classifier.bias ");
  EXPECT_EQ(in_training_mode(net), "/ /bert /bert.layer /bert.layer.0 /dropout /classifier ");
  EXPECT_EQ(bottom.rows()[0].trains, "never");
  EXPECT_EQ(bottom.rows()[2].trained_parameters, 0);
}

TEST(AdaptPlan, LearningRatesAndWeightDecayByGroup) {
  Net net;
  const AdaptPlan plan = make_plan({.layer_lr_decay = 0.5, .head_learning_rate = 0.02}, net);
  std::vector<std::string> names;
  std::vector<double> rates, decays;
  std::int64_t parameters = 0;
  for (const ParameterGroup& group : plan.parameter_groups()) {
    names.push_back(group.name);
    rates.push_back(group.learning_rate);
    decays.push_back(group.weight_decay);
    for (const auto& parameter : group.parameters) parameters += parameter.tensor.numel();
  }
  EXPECT_THAT(names,
              ElementsAre("head", "head, no decay", "layer 1", "layer 1, no decay", "layer 0",
                          "layer 0, no decay", "embeddings", "embeddings, no decay"));
  EXPECT_THAT(rates, ElementsAre(0.02, 0.02, 5e-4, 5e-4, 2.5e-4, 2.5e-4, 1.25e-4, 1.25e-4));
  EXPECT_THAT(decays, ElementsAre(0.1, 0, 0.1, 0, 0.1, 0, 0.1, 0));
  EXPECT_EQ(parameters, 23 * 3);
  const auto& no_decay = plan.parameter_groups().back().parameters;  // LayerNorm's weight as well
  ASSERT_EQ(no_decay.size(), 3u);
}

/// A language model's tree: the head's weight is that of the embeddings. The head is registered
/// first, so that the weight's first name is in the highest group.
struct TiedNet : nn::Module {
  TiedNet() {
    const auto head = register_module("head", std::make_shared<Leaf>(10));
    register_module("layer", std::make_shared<Leaf>(4));
    const auto embeddings = register_module("embeddings", std::make_shared<nn::Module>());
    embeddings->register_parameter("weight", head->tensor("weight"));
    embeddings->register_module("norm", std::make_shared<Leaf>(3));
  }
  std::vector<DepthGroup> groups() const {
    return {{"embeddings", {"embeddings."}}, {"layer", {"layer."}}, {"head", {"head."}}};
  }
};

TEST(AdaptPlan, TiedWeightIsOneParameterOfTheLowestGroup) {
  TiedNet net;
  const AdaptPlan plan({}, net.groups(), net, 1e-3, 0.1);
  const auto rows = plan.rows();
  EXPECT_EQ(rows[0].parameters, 20 + 9);
  EXPECT_EQ(rows[1].parameters, 12);
  EXPECT_EQ(rows[2].parameters, 10);
  int entries = 0;
  for (const ParameterGroup& group : plan.parameter_groups()) {
    for (const auto& parameter : group.parameters) {
      if (!parameter.tensor.is_same(net.tensor("head.weight"))) continue;
      ++entries;
      EXPECT_EQ(group.name, "embeddings");
    }
  }
  EXPECT_EQ(entries, 1);
  plan.apply(net, 2);  // frozen with the embeddings, though the head trains
  EXPECT_EQ(trained(net), "head.bias ");
}

TEST(AdaptPlan, TiedWeightFreezesByEachName) {
  for (const char* name : {"^head.weight", "^embeddings.weight"}) {
    TiedNet net;
    const AdaptPlan plan({.freeze = {name}}, net.groups(), net, 1e-3, 0.1);
    plan.apply(net, 0);
    EXPECT_EQ(trained(net),
              "head.bias layer.weight layer.bias embeddings.norm.weight embeddings.norm.bias ");
  }
}

TEST(AdaptPlan, GroupOfTiedWeightsAloneIsRefused) {
  TiedNet net;
  EXPECT_THAT(error_of([&] {
                AdaptPlan({},
                          {{"rest", {"embeddings.", "layer.", "head.bias"}}, {"out", {"head.w"}}},
                          net, 1, 0);
              }),
              HasSubstr("\"out\" has no parameters of its own"));
}

TEST(AdaptPlan, TableNamesWhatTrains) {
  Net net;
  const std::string text = make_plan({.train_last = 2, .layer_lr_decay = 0.5}, net).to_text();
  EXPECT_THAT(text, HasSubstr("group       trains"));
  EXPECT_THAT(text, HasSubstr("never"));
  EXPECT_THAT(text, HasSubstr("0.0005"));
  EXPECT_THAT(text, HasSubstr("18 of 69 parameters train (26.1 %)"));
}

TEST(AdaptPlan, RefusesWhatDoesNotFit) {
  Net net;
  const auto refusal = [&](const AdaptOptions& options) {
    return error_of([&] { make_plan(options, net); });
  };
  EXPECT_THAT(refusal({.freeze = {"word", "wrod"}}), HasSubstr("\"wrod\" matches no parameter"));
  EXPECT_THAT(refusal({.freeze = {"("}}), HasSubstr("no regular expression"));
  EXPECT_THAT(refusal({.train_last = 5}), HasSubstr("got 5, but the model has 4"));
  EXPECT_THAT(refusal({.freeze = {"."}}), HasSubstr("nothing is left to train"));
  EXPECT_THAT(refusal({.unfreeze_interval = 2}), HasSubstr("layer-wise"));
  EXPECT_THAT(refusal({.strategy = Strategy::feature_extraction, .train_last = 2}),
              HasSubstr("train_last"));
  EXPECT_THAT(refusal({.cache_limit = "2 bananas"}), HasSubstr("2 bananas"));
  const auto with = [&](std::vector<DepthGroup> list) {
    return error_of([&] { AdaptPlan({}, std::move(list), net, 1, 0); });
  };
  EXPECT_THAT(with({{"trunk", {"bert."}}}), HasSubstr("classifier.weight belongs to 0"));
  EXPECT_THAT(with({{"all", {""}}, {"head", {"classifier."}}}), HasSubstr("belongs to 2"));
}

TEST(ByteSize, ReadsUnits) {
  EXPECT_EQ(parse_byte_size("2GiB"), std::int64_t{2} << 30);
  EXPECT_EQ(parse_byte_size(" 1.5 kb "), 1500);
  EXPECT_EQ(parse_byte_size("0"), 0);
  EXPECT_EQ(parse_byte_size("512MiB"), 512 << 20);
  // The unit's letter alone, for every unit that there is.
  EXPECT_EQ(parse_byte_size("512k"), 512'000);
  EXPECT_EQ(parse_byte_size("3M"), 3'000'000);
  EXPECT_EQ(parse_byte_size("2g"), 2'000'000'000);
  EXPECT_EQ(parse_byte_size("1T"), 1'000'000'000'000);
  for (const char* wrong : {"", "GiB", "-1", "1e30", "5 XB", "nan"}) {
    EXPECT_THROW(parse_byte_size(wrong), Error) << wrong;
  }
}

}  // namespace
}  // namespace attune
