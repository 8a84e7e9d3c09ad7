#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "attune/models/darknet/darknet_load.h"
#include "attune/models/detection/detector.h"
#include "attune/models/registry.h"
#include "attune/models/testing/golden_values.h"
#include "attune/models/yolov8/yolov8_load.h"
#include "attune/models/yolox/yolox_load.h"

namespace attune {
namespace {

struct Golden {
  const char *family, *name;
};

LoadedDetector open_family(const FolderCheckpoint& checkpoint) {
  const auto type = checkpoint.config.at("model_type").get<std::string>();
  if (type == "yolox") return open_yolox(checkpoint, {});
  return type == "yolov8" ? open_yolov8(checkpoint, {}) : open_darknet(checkpoint, {});
}

// Goldens: tests/parity/<family>/make_golden.py, all in double precision.
class DetectionParity : public ::testing::TestWithParam<Golden> {
 protected:
  void SetUp() override {
    json_ = read_json(fs::path(ATTUNE_SOURCE_DIR) / "tests/parity" / GetParam().family /
                      fmt::format("{}.json", GetParam().name));
    // detection_golden.py: kernels are scaled, so that exponentials stay small.
    const CheckpointFile weights = golden_checkpoint(json_.at("tensors"), 0.6);
    LoadedDetector opened = open_family({json_.at("config"), GetParam().name, weights});
    EXPECT_TRUE(opened.report.missing.empty() && opened.report.unexpected.empty());
    EXPECT_TRUE(opened.report.initialized.empty());
    EXPECT_EQ(opened.report.loaded.size(), json_.at("tensors").size());
    model_ = std::move(opened.model);
    pixels_ = values("pixels", json_.at("pixels").get<std::vector<std::int64_t>>()).to(at::kFloat);
  }

  void use(at::ScalarType type) {
    model_->to(type);
    pixels_ = pixels_.to(type);
  }

  // Raw outputs, boxes and all gradients of one mode.
  void expect_mode(const std::string& mode, double tolerance) {
    model_->train(mode == "train");
    model_->zero_grad();
    const std::vector<at::Tensor> outputs = model_->forward(pixels_);
    const Json& shapes = json_.at("shapes");
    ASSERT_EQ(outputs.size(), shapes.size());
    at::Tensor loss;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      EXPECT_EQ(outputs[i].sizes().vec(), shapes[i].get<std::vector<std::int64_t>>());
      EXPECT_LT(digest_deviation(outputs[i], json_.at("outputs_" + mode)[i]), tolerance);
      const at::Tensor part = (outputs[i] * weights_like(fmt::format("output {}", i), outputs[i]));
      loss = loss.defined() ? loss + part.sum() : part.sum();
    }
    const Predictions found = decode(model_->info().head, outputs);
    EXPECT_LT(digest_deviation(found.boxes, json_.at("boxes_" + mode)), tolerance);
    loss = loss + (found.boxes * weights_like("boxes", found.boxes)).sum() * 1e-3;
    loss.backward();
    expect_gradients(json_.at("gradients_" + mode), tolerance);
  }

  static at::Tensor weights_like(const std::string& name, const at::Tensor& x) {
    return (2 * values(name, x.sizes()) - 1).to(x.scalar_type());
  }

  void expect_gradients(const Json& golden, double tolerance) {
    double greatest = 0, worst = 0;
    for (const auto& [name, digest] : golden.items()) {
      greatest = std::max(greatest, digest[2].get<double>());
    }
    for (const auto& item : model_->named_parameters()) {
      ASSERT_TRUE(item.tensor.grad().defined()) << item.name;
      const double relative =
          digest_deviation(item.tensor.grad(), golden.at(item.name), 1e-3 * greatest);
      EXPECT_LT(relative, tolerance) << item.name;
      worst = std::max(worst, relative);
    }
    std::printf("%s: largest deviation of a gradient %.1e\n", GetParam().name, worst);
  }

  Json json_;
  std::shared_ptr<Detector> model_;
  at::Tensor pixels_;
};

TEST_P(DetectionParity, OutputsBoxesAndEveryGradient) {
  expect_mode("eval", 2e-4);
  use(at::kDouble);
  expect_mode("eval", 1e-6);  // places of boxes are single precision
  expect_mode("train", 1e-6);
  for (const auto& [name, want] : json_.at("after").items()) {
    EXPECT_LT(digest_deviation(model_->tensor(name), want), 1e-7) << name;
  }
}

// In parts, as a cache of frozen features runs it: what flows between groups is all that is needed.
TEST_P(DetectionParity, GroupByGroup) {
  const at::NoGradGuard no_grad;
  model_->eval();
  const std::vector<at::Tensor> whole = model_->forward(pixels_);
  Activations state = pixels_;
  const std::int64_t groups = std::ssize(model_->depth_groups());
  for (std::int64_t g = 0; g < groups; ++g) {
    for (at::Tensor& part : state.parts) part = part.contiguous();  // as it comes from a file
    state = model_->run(state, g, g + 1);
  }
  ASSERT_EQ(state.parts.size(), whole.size());
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_TRUE(state.parts[i].equal(whole[i]));
}

// Checkpoints that peers have just written: tests/parity/detection/check_live.py.
TEST(DetectionLive, AnswersAsPeersDo) {
  const char* jobs = std::getenv("ATTUNE_DETECTOR_JOBS");
  if (jobs == nullptr) GTEST_SKIP() << "set ATTUNE_DETECTOR_JOBS: see check_live.py";
  const at::NoGradGuard no_grad;
  for (const Json& job : read_json(jobs)) {
    const auto path = job.at("model").get<std::string>();
    const LoadedDetector loaded = make_detector(path);
    EXPECT_TRUE(loaded.report.missing.empty() && loaded.report.unexpected.empty()) << path;
    EXPECT_EQ(loaded.model->info().labels.back(), job.at("label").get<std::string>());
    loaded.model->eval();
    loaded.model->to(at::kDouble);
    const auto outputs =
        loaded.model->forward(values("pixels", job.at("pixels").get<std::vector<std::int64_t>>())
                                  .to(at::kFloat)
                                  .to(at::kDouble));
    ASSERT_EQ(outputs.size(), job.at("outputs").size());
    double worst = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      worst = std::max(worst, digest_deviation(outputs[i], job.at("outputs")[i]));
    }
    EXPECT_LT(worst, 1e-9) << path;
    std::printf("%s: largest deviation %.1e\n", path.c_str(), worst);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, DetectionParity,
                         ::testing::Values(Golden{"darknet", "every_kind"},
                                           Golden{"darknet", "new_coords"},
                                           Golden{"yolox", "plain"}, Golden{"yolox", "depthwise"},
                                           Golden{"yolov8", "v8"}, Golden{"yolov8", "v11"},
                                           Golden{"yolov8", "v11_nested"}),
                         [](const auto& golden) {
                           return fmt::format("{}_{}", golden.param.family, golden.param.name);
                         });

}  // namespace
}  // namespace attune
