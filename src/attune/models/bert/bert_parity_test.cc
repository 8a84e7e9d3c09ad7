#include <cmath>
#include <cstdlib>
#include <map>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/mse_loss.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "attune/base/json.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/models/bert/bert_load.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"

namespace attune {
namespace {

// Goldens: tests/parity/bert/make_golden.py.
class BertParity : public ::testing::TestWithParam<const char*> {
 protected:
  BertParity()
      : folder_(fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/bert"),
        settings_(read_json(folder_ / (std::string(GetParam()) + ".json"))),
        golden_(read_safetensors(folder_ / (std::string(GetParam()) + ".safetensors"))) {}

  at::Tensor golden(const std::string& name) const {
    const TensorView* view = golden_.find(name);
    if (view == nullptr) throw std::runtime_error("the golden lacks " + name);
    return to_tensor(*view);
  }

  std::shared_ptr<SequenceClassifier> model() const {
    std::vector<TensorView> weights;
    for (TensorView view : golden_.tensors()) {
      if (!view.name.starts_with("model.")) continue;
      view.name = view.name.substr(6);
      weights.push_back(view);
    }
    const auto config = BertConfig::from_json(settings_.at("config"), GetParam());
    auto loaded = load_bert_classifier(
        config, CheckpointFile("golden", weights, {}, golden_.storage()), /*seed=*/0);
    EXPECT_TRUE(loaded.report.missing.empty() && loaded.report.unexpected.empty());
    loaded.model->eval();
    return loaded.model;
  }

  PackedTokens batch() const {
    return pack_padded(golden("batch.input_ids"), golden("batch.attention_mask"),
                       golden("batch.token_type_ids"));
  }

  at::Tensor loss(const at::Tensor& logits) const {
    const at::Tensor labels = golden("batch.labels");
    const auto type = settings_.at("config").at("problem_type").get<std::string>();
    if (type == "regression") return at::mse_loss(logits.squeeze(1), labels);
    if (type == "multi_label_classification") {
      return at::binary_cross_entropy_with_logits(logits, labels);
    }
    return at::cross_entropy_loss(logits, labels);
  }

  fs::path folder_;
  Json settings_;
  CheckpointFile golden_;
};

double deviation(const at::Tensor& got, const at::Tensor& want) {
  return (got - want).abs().max().item<double>();
}

TEST_P(BertParity, LogitsAndLoss) {
  const at::NoGradGuard no_grad;
  const at::Tensor logits = model()->forward(batch());
  const double scale = golden("logits").abs().max().item<double>();
  EXPECT_LT(deviation(logits, golden("logits")), 1e-5 * scale);
  EXPECT_LT(deviation(loss(logits), golden("loss")), 1e-5 * golden("loss").item<double>());
}

TEST_P(BertParity, EveryGradient) {
  const auto bert = model();
  loss(bert->forward(batch())).backward();
  // The gradient of the key's bias is zero but for rounding: it is measured by the others' scale.
  double largest = 0;
  for (const auto& item : bert->named_parameters()) {
    largest = std::max(largest, golden("grad." + item.name).abs().max().item<double>());
  }
  double worst = 0;
  std::string worst_name;
  for (const auto& item : bert->named_parameters()) {
    ASSERT_TRUE(item.tensor.grad().defined()) << item.name;
    const at::Tensor want = golden("grad." + item.name);
    const double scale = std::max(want.abs().max().item<double>(), 1e-2 * largest);
    const double relative = deviation(item.tensor.grad(), want) / scale;
    EXPECT_LT(relative, 1e-5) << item.name;
    if (relative > worst) worst = relative, worst_name = item.name;
  }
  RecordProperty("largest_deviation", std::to_string(worst));
  std::printf("largest deviation: %.2e (%s)\n", worst, worst_name.c_str());
}

TEST_P(BertParity, TenStepsOfAdamW) {
  const auto bert = model();
  const Json& settings = settings_.at("adamw");
  const double lr = settings.at("lr"), eps = settings.at("eps"),
               decay = settings.at("weight_decay"), beta1 = settings.at("betas")[0],
               beta2 = settings.at("betas")[1];
  std::map<std::string, std::pair<at::Tensor, at::Tensor>> moments;
  const at::Tensor losses = golden("losses");
  double worst = 0;
  for (int step = 0; step < losses.size(0); ++step) {
    bert->zero_grad();
    const at::Tensor value = loss(bert->forward(batch()));
    value.backward();
    const double want = losses[step].item<double>();
    EXPECT_NEAR(value.item<double>(), want, 1e-4 * std::abs(want)) << "step " << step;
    worst = std::max(worst, std::abs(value.item<double>() - want) / std::abs(want));
    const at::NoGradGuard no_grad;
    for (const auto& item : bert->named_parameters()) {
      auto& [m, v] = moments[item.name];
      at::Tensor p = item.tensor;
      const at::Tensor g = p.grad();
      m = m.defined() ? m * beta1 + g * (1 - beta1) : g * (1 - beta1);
      v = v.defined() ? v * beta2 + g * g * (1 - beta2) : g * g * (1 - beta2);
      p.mul_(1 - lr * decay);
      p.sub_(lr * (m / (1 - std::pow(beta1, step + 1))) /
             ((v / (1 - std::pow(beta2, step + 1))).sqrt() + eps));
    }
  }
  std::printf("largest deviation of a loss: %.2e\n", worst);
}

TEST_P(BertParity, TransformersOpensWhatIsSaved) {
  const char* python = std::getenv("ATTUNE_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "ATTUNE_PEERS_PYTHON does not name a Python with peers";
  const TemporaryFolder temporary;
  const std::string folder = temporary.path().string();
  save_pretrained(*model(), folder);
  const int status = std::system(
      fmt::format("{} {}/check_saved.py {} {}", python, folder_.string(), folder, golden_.source())
          .c_str());
  EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(Goldens, BertParity,
                         ::testing::Values("gelu_single_label", "gelu_new_pairs", "relu_regression",
                                           "silu_multi_label"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace attune
