#include "attune/nn/module.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"

namespace attune::nn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Leaf : Module {
  Leaf() {
    weight = register_parameter("weight", at::ones({2}));
    mean = register_buffer("mean", at::zeros({2}));
  }
  at::Tensor weight, mean;
};

/// scale, first.weight, list.0.weight
struct Tree : Module {
  Tree() {
    first = register_module("first", std::make_shared<Leaf>());
    auto list = register_module("list", std::make_shared<Module>());
    list->register_module("0", std::make_shared<Leaf>());
    register_parameter("scale", at::ones({1}));
  }
  std::shared_ptr<Leaf> first;
};

template <typename Items>
std::vector<std::string> names_of(const Items& items) {
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(item.name);
  return names;
}

TEST(Module, NamesItsTensorsInTorchsOrder) {
  Tree tree;
  EXPECT_THAT(names_of(tree.named_parameters()),
              ElementsAre("scale", "first.weight", "list.0.weight"));
  EXPECT_THAT(names_of(tree.named_buffers()), ElementsAre("first.mean", "list.0.mean"));
  EXPECT_THAT(names_of(tree.named_modules()), ElementsAre("", "first", "list", "list.0"));
  EXPECT_EQ(tree.parameters().size(), 3U);
  EXPECT_EQ(tree.own_parameters().size(), 1U);
}

TEST(Module, RegistersAtAPath) {
  Tree tree;
  tree.register_at("list.1", std::make_shared<Leaf>());
  tree.register_at("deep.er.leaf", std::make_shared<Leaf>());
  tree.register_at("plain", std::make_shared<Leaf>());
  EXPECT_THAT(names_of(tree.named_parameters()),
              ElementsAre("scale", "first.weight", "list.0.weight", "list.1.weight",
                          "deep.er.leaf.weight", "plain.weight"));
  const auto refusal = [&](const std::string& path) {
    return error_of(ErrorKind::internal, [&] { tree.register_at(path, std::make_shared<Leaf>()); });
  };
  EXPECT_THAT(refusal("list.0"), HasSubstr("\"0\""));
  EXPECT_THAT(refusal("list..a"), HasSubstr("\"\""));
  EXPECT_THAT(refusal("scale.a"), HasSubstr("\"scale\""));
}

TEST(Module, FindsATensorByItsPath) {
  Tree tree;
  EXPECT_TRUE(tree.tensor("first.weight").is_same(tree.first->weight));
  EXPECT_TRUE(tree.tensor("first.mean").is_same(tree.first->mean));
  EXPECT_THAT(error_of(ErrorKind::internal, [&] { tree.tensor("first.bias"); }),
              HasSubstr("first.bias"));
}

// One tensor as shared.weight, encoder.weight and head; a module as first and again.
struct Tied : Module {
  Tied() {
    shared = register_module("shared", std::make_shared<Leaf>());
    register_at("encoder", std::make_shared<Module>())
        ->register_parameter("weight", shared->weight);
    first = register_module("first", std::make_shared<Leaf>());
    register_module("again", first);
    register_parameter("head", shared->weight);
    register_parameter("own", at::ones({1}));
  }
  std::shared_ptr<Leaf> shared, first;
};

TEST(Module, TellsTiedWeightsOnce) {
  Tied tied;
  EXPECT_THAT(names_of(tied.named_parameters()), ElementsAre("head", "own", "first.weight"));
  EXPECT_THAT(names_of(tied.named_buffers()), ElementsAre("shared.mean", "first.mean"));
  EXPECT_THAT(names_of(tied.named_modules()), ElementsAre("", "shared", "encoder", "first"));
  const auto all = tied.tied();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_THAT(all[0].names, ElementsAre("head", "shared.weight", "encoder.weight"));
  EXPECT_THAT(all[1].names, ElementsAre("first.weight", "again.weight"));
  EXPECT_THAT(all[2].names, ElementsAre("first.mean", "again.mean"));
  EXPECT_TRUE(tied.tensor("encoder.weight").is_same(tied.shared->weight));
  tied.to(at::kDouble);
  EXPECT_EQ(tied.tensor("head").scalar_type(), at::kDouble);
  EXPECT_TRUE(Tree().tied().empty());
}

TEST(Module, TakesEachNameOnceAndNoneWithDots) {
  Tree tree;
  for (const char* name : {"first", "scale", "", "a.b"}) {
    error_of(ErrorKind::internal, [&] { tree.register_buffer(name, at::zeros({1})); });
  }
}

TEST(Module, ParametersAloneRequireAGradient) {
  Leaf leaf;
  EXPECT_TRUE(leaf.weight.requires_grad());
  EXPECT_FALSE(leaf.mean.requires_grad());
  leaf.weight.sum().backward();
  EXPECT_TRUE(leaf.weight.grad().defined());
  leaf.zero_grad();
  EXPECT_FALSE(leaf.weight.grad().defined());
}

TEST(Module, HandsItsModeDown) {
  Tree tree;
  tree.eval();
  EXPECT_FALSE(tree.first->is_training());
  tree.train();
  EXPECT_TRUE(tree.first->is_training());
}

TEST(Module, ConvertsTensorsThatOthersHold) {
  Tree tree;
  const at::Tensor held = tree.first->weight;
  tree.to(at::kDouble);
  EXPECT_EQ(held.scalar_type(), at::kDouble);
  EXPECT_TRUE(held.requires_grad());
}

}  // namespace
}  // namespace attune::nn
