#include "attune/models/yolov8/yolov8.h"

#include <map>
#include <string>
#include <vector>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/models/registry.h"
#include "attune/pretrained/formats/model_folder.h"
#include "attune/pretrained/formats/pytorch/pytorch.h"

namespace attune {
namespace {

using ::testing::ElementsAre;

const fs::path kGoldens = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/yolov8";

// Names and shapes of all tensors of the ten published networks, as a hash of the sorted list.
TEST(Yolov8, HasTheTensorsOfAllPublishedSizes) {
  const Json published = read_json(kGoldens / "published.json");
  EXPECT_EQ(published.size(), 10U);
  for (const auto& [name, want] : published.items()) {
    const Yolov8Config config = Yolov8Config::from_json(want.at("config"), name);
    const Yolov8 model(config);
    std::int64_t parameters = kYolov8Bins;  // upstream counts its constants among them
    std::map<std::string, std::vector<std::int64_t>> shapes;
    for (const auto& item : model.named_parameters()) {
      parameters += item.tensor.numel();
      shapes[item.name] = item.tensor.sizes().vec();
    }
    for (const auto& item : model.named_buffers()) shapes[item.name] = item.tensor.sizes().vec();
    EXPECT_EQ(parameters, want.at("parameters").get<std::int64_t>()) << name;
    EXPECT_EQ(shapes.size(), want.at("count").get<std::size_t>()) << name;
    std::string lines;
    for (const auto& [tensor, shape] : shapes) {
      lines += fmt::format("{} {}\n", tensor, fmt::join(shape, " "));
    }
    EXPECT_EQ(sha256_hex(lines), want.at("sha256").get<std::string>()) << name;
    EXPECT_GT(config.parameters(), 0.3 * static_cast<double>(parameters)) << name;
    EXPECT_LT(config.parameters(), 3.0 * static_cast<double>(parameters)) << name;
  }
}

TEST(Yolov8, ReadsAPickledModule) {
  const LoadedDetector loaded = make_detector(kGoldens / "detection_model.pt");
  EXPECT_TRUE(loaded.report.missing.empty() && loaded.report.unexpected.empty());
  EXPECT_FALSE(loaded.report.converted.empty());  // half precision
  EXPECT_THAT(loaded.model->info().labels, ElementsAre("cat", "dog", "hen"));
  EXPECT_EQ(loaded.input.framing, Framing::letterbox);
  EXPECT_FALSE(loaded.input.bgr);
  EXPECT_EQ(loaded.model->config_json().at("license"),
            "AGPL-3.0 (https://ultralytics.com/license)");
  // What is saved keeps the licence and opens again.
  const TemporaryFolder folder;
  save_pretrained(*loaded.model, folder.path());
  const LoadedDetector again = make_detector(folder.path(), {.labels = {"dog", "cow"}});
  EXPECT_EQ(again.model->config_json().at("license"), loaded.model->config_json().at("license"));
  EXPECT_EQ(again.report.kept_rows->kept, 1);
  EXPECT_TRUE(again.model->tensor("model.22.cv3.1.2.weight")
                  .select(0, 0)
                  .equal(loaded.model->tensor("model.22.cv3.1.2.weight").select(0, 1)));
}

// By tensors alone, under the names of the module and of the class around it.
TEST(Yolov8, IsToldByItsTensorsAlone) {
  const TemporaryFolder folder;
  for (const char* name : {"v8", "v11", "v11_nested"}) {
    const Json config = read_json(kGoldens / fmt::format("{}.json", name)).at("config");
    const LoadedDetector made = make_detector_from_config(config, name);
    const fs::path path = folder.path() / "some.pt";
    write_pytorch(path, module_state(*made.model).views);
    const auto settings = yolov8_settings(open_weights(path));
    ASSERT_TRUE(settings.has_value()) << name;
    for (const char* key :
         {"version", "channels", "repeats", "inner_repeats", "box_channels", "class_channels"}) {
      EXPECT_EQ(settings->at(key), config.at(key)) << name << " " << key;
    }
    const LoadedDetector opened = make_detector(path);
    EXPECT_TRUE(opened.report.missing.empty() && opened.report.unexpected.empty());
    const at::NoGradGuard no_grad;
    made.model->eval();
    opened.model->eval();
    const at::Tensor x = at::rand({1, 3, 64, 32});
    EXPECT_TRUE(made.model->forward(x)[2].equal(opened.model->forward(x)[2])) << name;
  }
}

TEST(Yolov8, GroupsHoldEachParameterOnce) {
  for (const char* name : {"v8", "v11"}) {
    const Json config = read_json(kGoldens / fmt::format("{}.json", name)).at("config");
    const LoadedDetector made = make_detector_from_config(config, name);
    for (const auto& item : made.model->named_parameters()) {
      int groups = 0;
      for (const DepthGroup& group : made.model->depth_groups()) {
        for (const std::string& prefix : group.prefixes) groups += item.name.starts_with(prefix);
      }
      EXPECT_EQ(groups, 1) << item.name;
    }
  }
}

TEST(Yolov8, RefusesImpossibleSettings) {
  Json json = Yolov8Config{.labels = {"a"}}.to_json();
  for (const auto& [key, value] : std::map<std::string, Json>{
           {"version", 9}, {"channels", {4, 8, 12}}, {"repeats", 0}, {"image_size", 100}}) {
    Json wrong = json;
    wrong[key] = value;
    EXPECT_THROW(Yolov8Config::from_json(wrong, "x"), Error) << key;
  }
  json["channels"] = std::vector<int>(5, 4096);
  json["repeats"] = 64;
  EXPECT_THROW(make_detector_from_config(json, "x"), Error);  // before memory is taken
}

}  // namespace
}  // namespace attune
