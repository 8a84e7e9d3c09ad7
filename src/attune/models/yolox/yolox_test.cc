#include "attune/models/yolox/yolox.h"

#include <map>
#include <string>
#include <vector>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/models/config_fields.h"
#include "attune/models/detection/coco_labels.h"
#include "attune/models/registry.h"
#include "attune/pretrained/formats/pytorch/pytorch.h"

namespace attune {
namespace {

YoloxConfig tiny(std::vector<std::string> labels = {"cat", "dog"}) {
  return {.base_channels = 4, .depth = 1, .image_size = 64, .labels = std::move(labels)};
}

std::map<std::string, std::vector<std::int64_t>> shapes_of(const Detector& model) {
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (const auto& item : model.named_parameters()) shapes[item.name] = item.tensor.sizes().vec();
  for (const auto& item : model.named_buffers()) shapes[item.name] = item.tensor.sizes().vec();
  return shapes;
}

// The published networks by names and shapes of all their tensors:
// tests/parity/yolox/published.json
TEST(Yolox, HasTheTensorsOfAllPublishedSizes) {
  const Json published =
      read_json(fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/yolox/published.json");
  const std::map<std::string, YoloxConfig> sizes = {
      {"nano", {.base_channels = 16, .depth = 1, .depthwise = true}},
      {"tiny", {.base_channels = 24, .depth = 1}},
      {"s", {.base_channels = 32, .depth = 1}},
      {"m", {.base_channels = 48, .depth = 2}},
      {"l", {.base_channels = 64, .depth = 3}},
      {"x", {.base_channels = 80, .depth = 4}}};
  for (const auto& [name, size] : sizes) {
    YoloxConfig config = size;
    config.labels = coco_labels();
    const Yolox model(config);
    std::int64_t parameters = 0;
    for (const auto& item : model.named_parameters()) parameters += item.tensor.numel();
    const Json& want = published.at(name);
    EXPECT_EQ(parameters, want.at("parameters").get<std::int64_t>()) << name;
    const auto shapes = shapes_of(model);
    EXPECT_EQ(shapes.size(), want.at("count").get<std::size_t>()) << name;
    std::string lines;
    for (const auto& [tensor, shape] : shapes) {
      lines += fmt::format("{} {}\n", tensor, fmt::join(shape, " "));
      if (want.contains("tensors")) {
        ASSERT_TRUE(want.at("tensors").contains(tensor)) << name << ": " << tensor;
        EXPECT_EQ(want.at("tensors").at(tensor).get<std::vector<std::int64_t>>(), shape) << tensor;
      }
    }
    EXPECT_EQ(sha256_hex(lines), want.at("sha256").get<std::string>()) << name;
    EXPECT_GT(config.parameters(), 0.4 * static_cast<double>(parameters)) << name;
    EXPECT_LT(config.parameters(), 2.5 * static_cast<double>(parameters)) << name;
  }
}

LoadedDetector made(const YoloxConfig& config) {
  return make_detector_from_config(config.to_json(), "test");
}

// As upstream saves it, but for the dict around it, which every reader of .pth files knows.
TEST(Yolox, IsToldByItsTensorsAlone) {
  const TemporaryFolder folder;
  for (const bool depthwise : {false, true}) {
    YoloxConfig config = tiny(coco_labels());
    config.depth = 2;
    config.depthwise = depthwise;
    const LoadedDetector model = made(config);
    const fs::path path = folder.path() / "yolox.pth";
    write_pytorch(path, module_state(*model.model).views);
    const LoadedDetector opened = make_detector(path);
    EXPECT_TRUE(opened.report.missing.empty() && opened.report.unexpected.empty());
    EXPECT_EQ(shapes_of(*opened.model), shapes_of(*model.model));
    const DetectorInfo info = opened.model->info();
    EXPECT_EQ(info.labels, coco_labels());
    EXPECT_EQ(opened.input.framing, Framing::letterbox_corner);
    EXPECT_TRUE(opened.input.bgr);
    EXPECT_EQ(opened.input.scale, 1);
    EXPECT_EQ(opened.input.size, (Size{416, 416}));
    const at::NoGradGuard no_grad;
    model.model->eval();
    opened.model->eval();
    const at::Tensor x = at::rand({1, 3, 64, 96});
    EXPECT_TRUE(model.model->forward(x)[0].equal(opened.model->forward(x)[0]));
  }
}

TEST(Yolox, KeepsClassesByName) {
  const TemporaryFolder folder;
  const LoadedDetector model = made(tiny({"cat", "dog", "cow"}));
  save_pretrained(*model.model, folder.path());
  const LoadedDetector other =
      make_detector(folder.path(), {.labels = {"cow", "hen", "cat", "pig"}, .seed = 7});
  EXPECT_EQ(other.report.kept_rows->kept, 2);
  const at::Tensor before = model.model->tensor("head.cls_preds.1.weight");
  const at::Tensor after = other.model->tensor("head.cls_preds.1.weight");
  EXPECT_EQ(after.size(0), 4);
  EXPECT_TRUE(after.select(0, 0).equal(before.select(0, 2)));
  EXPECT_TRUE(after.select(0, 2).equal(before.select(0, 0)));
  EXPECT_FALSE(after.select(0, 1).equal(before.select(0, 1)));
  EXPECT_TRUE(other.model->tensor("head.reg_preds.0.weight")
                  .equal(model.model->tensor("head.reg_preds.0.weight")));
  EXPECT_NEAR(other.model->tensor("head.cls_preds.0.bias").select(0, 1).item<double>(), -4.595,
              1e-3);
  EXPECT_EQ(other.model->config_json().at("id2label").at("3"), "pig");
  EXPECT_EQ(make_detector(folder.path()).model->info().labels,
            (std::vector<std::string>{"cat", "dog", "cow"}));
}

TEST(Yolox, GroupsHoldEachParameterOnce) {
  const LoadedDetector model = made(tiny());
  for (const auto& item : model.model->named_parameters()) {
    int groups = 0;
    for (const DepthGroup& group : model.model->depth_groups()) {
      for (const std::string& prefix : group.prefixes) groups += item.name.starts_with(prefix);
    }
    EXPECT_EQ(groups, 1) << item.name;
  }
}

TEST(Yolox, RefusesImpossibleSettings) {
  Json json = tiny().to_json();
  json["image_size"] = 100;
  EXPECT_THROW(YoloxConfig::from_json(json, "x"), Error);
  json["image_size"] = 64;
  json["base_channels"] = 0;
  EXPECT_THROW(YoloxConfig::from_json(json, "x"), Error);
  json["base_channels"] = 1024;
  json["depth"] = 64;
  EXPECT_THROW(make_detector_from_config(json, "x"), Error);  // before memory is taken
  EXPECT_THROW(make_detector_from_config(tiny().to_json(), "x", {.labels = {"a", "a"}}), Error);
  const LoadedDetector model = made(tiny());
  EXPECT_THROW(model.model->forward(at::zeros({1, 3, 64, 70})), Error);
  EXPECT_THROW(model.model->forward(at::zeros({1, 1, 64, 64})), Error);
}

}  // namespace
}  // namespace attune
