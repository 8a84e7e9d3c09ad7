// Goldens: tests/parity/optim/make_golden.py (torch.optim, transformers' Adafactor).
#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "attune/base/json.h"
#include "attune/train/optim/optimizer.h"

namespace attune {
namespace {

const Json& golden() {
  static const Json json = read_json(fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/optim/optim.json");
  return json;
}

at::Tensor tensor_of(const Json& values, const Json& shape) {
  const auto data = values.get<std::vector<float>>();
  return at::tensor(data).view(shape.get<std::vector<std::int64_t>>()).clone();
}

TrainingArguments arguments_of(const Json& test) {
  TrainingArguments args;
  args.optim = *config::enum_value<OptimizerName>(test.at("optim").get<std::string>());
  const Json& options = test.at("options");
  args.adam_beta1 = options.value("adam_beta1", args.adam_beta1);
  args.adam_beta2 = options.value("adam_beta2", args.adam_beta2);
  args.adam_epsilon = options.value("adam_epsilon", args.adam_epsilon);
  args.momentum = options.value("momentum", args.momentum);
  return args;
}

std::vector<ParameterGroup> make_groups(double weight_decay) {
  ParameterGroup group{.name = "all", .learning_rate = 1, .weight_decay = weight_decay};
  for (const auto& [name, shape] : golden().at("shapes").items()) {
    at::Tensor tensor = tensor_of(golden().at("start").at(name), shape).requires_grad_();
    group.parameters.push_back({name, tensor});
  }
  return {group};
}

void set_gradients(const ParameterGroup& group, const Json& gradients, double factor = 1) {
  for (const NamedParameter& parameter : group.parameters) {
    at::Tensor tensor = parameter.tensor;
    tensor.mutable_grad() =
        tensor_of(gradients.at(parameter.name), golden().at("shapes").at(parameter.name)) * factor;
  }
}

double deviation(const ParameterGroup& group, const Json& expected) {
  double worst = 0;
  for (const NamedParameter& parameter : group.parameters) {
    const at::Tensor want =
        tensor_of(expected.at(parameter.name), golden().at("shapes").at(parameter.name));
    worst = std::max(worst, (parameter.tensor.detach() - want).abs().max().item<double>());
  }
  return worst;
}

TEST(OptimizerParity, TenUpdatesEqualThePeers) {
  for (const Json& test : golden().at("optimizers")) {
    SCOPED_TRACE(test.at("optim").get<std::string>());
    const double rate = test.at("learning_rate").get<double>();
    auto optimizer =
        make_optimizer(arguments_of(test), make_groups(test.at("weight_decay").get<double>()));
    const Json& gradients = golden().at("gradients");
    const auto steps = static_cast<double>(gradients.size());
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      // Half of the scale is left to the optimizer, as clipping does it.
      set_gradients(optimizer->groups()[0], gradients[i], 2);
      const double now = rate * (steps - static_cast<double>(i)) / steps;
      optimizer->step(std::vector<double>{now}, 0.5);
      if (i == 0) {
        EXPECT_LT(deviation(optimizer->groups()[0], test.at("first")), 1e-6);
      }
    }
    const double worst = deviation(optimizer->groups()[0], test.at("last"));
    EXPECT_LT(worst, 1e-6);
    std::printf("%-9s lr %g: largest deviation %.1e\n", test.at("optim").get<std::string>().c_str(),
                rate, worst);
  }
}

TEST(OptimizerParity, GradientNorm) {
  const auto groups = make_groups(0);
  EXPECT_EQ(global_grad_norm(groups), 0);
  set_gradients(groups[0], golden().at("gradients")[1]);
  const double expected = golden().at("clip").at("norm").get<double>();
  EXPECT_NEAR(global_grad_norm(groups), expected, 1e-5 * expected);
  EXPECT_DOUBLE_EQ(clip_factor(expected, 1), 1 / (expected + 1e-6));
  EXPECT_EQ(clip_factor(0.5, 1), 1);
  EXPECT_EQ(clip_factor(expected, 0), 1);
}

}  // namespace
}  // namespace attune
