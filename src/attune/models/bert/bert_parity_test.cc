#include <cstdlib>

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
#include "attune/models/testing/parity.h"
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
  expect_gradients(
      *bert, [&](const std::string& name) { return golden(name); }, 1e-5);
}

TEST_P(BertParity, TenStepsOfAdamW) {
  const auto bert = model();
  expect_adamw_losses(*bert, settings_.at("adamw"), golden("losses"),
                      [&] { return loss(bert->forward(batch())); });
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
