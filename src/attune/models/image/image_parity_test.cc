#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <span>
#include <sstream>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "attune/base/testing/temporary_folder.h"
#include "attune/media/image/decode.h"
#include "attune/media/image/processor.h"
#include "attune/models/densenet/densenet_load.h"
#include "attune/models/mobilenet_v2/mobilenet_v2_load.h"
#include "attune/models/registry.h"
#include "attune/models/resnet/resnet_load.h"
#include "attune/models/testing/golden_values.h"

namespace attune {
namespace {

const fs::path kParity = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity";

fs::path shared_data() {
  const char* shared = std::getenv("ATTUNE_SHARED");
  return (shared ? fs::path(shared) : fs::path(ATTUNE_SOURCE_DIR) / "../shared") / "data";
}

double deviation(const at::Tensor& got, const Json& want) {
  const auto peers = want.get<std::vector<double>>();
  const at::Tensor expected = at::tensor(peers, at::kDouble).view(got.sizes());
  return (got.to(at::kDouble) - expected).abs().max().item<double>() /
         expected.abs().max().item<double>();
}

struct Golden {
  const char *family, *name;
};

OpenedImageClassifier open_family(const ImageCheckpoint& checkpoint) {
  const auto type = checkpoint.config.at("model_type").get<std::string>();
  if (type == "resnet") return open_resnet(checkpoint, {});
  if (type == "densenet") return open_densenet(checkpoint, {});
  return open_mobilenet_v2(checkpoint, {});
}

// Goldens: tests/parity/<family>/make_golden.py.
class ImageParity : public ::testing::TestWithParam<Golden> {
 protected:
  ImageParity()
      : json_(read_json(kParity / GetParam().family / fmt::format("{}.json", GetParam().name))) {
    OpenedImageClassifier opened = open_family(
        {json_.at("config"), GetParam().name, golden_checkpoint(json_.at("tensors")), false});
    EXPECT_TRUE(opened.report.missing.empty() && opened.report.unexpected.empty());
    EXPECT_TRUE(opened.report.initialized.empty());
    model_ = std::move(opened.model);
    const auto shape = json_.at("pixels").get<std::vector<std::int64_t>>();
    pixels_ = (3 * values("pixels", shape) - 1.5).to(at::kFloat);
  }

  const Json& of_tensor(const char* key, const std::string& name) const {
    const Json& table = json_.at(key);
    return table.contains(name) ? table.at(name) : table.at(model_->saved_name(name));
  }

  at::Tensor loss(const at::Tensor& logits) const {
    return at::cross_entropy_loss(logits,
                                  at::arange(logits.size(0), at::kLong).remainder(logits.size(1)));
  }

  // The golden is in double precision: so is what is held to it closely.
  void use(at::ScalarType type) {
    model_->to(type);
    pixels_ = pixels_.to(type);
  }

  bool has_relu6() const { return std::string_view(GetParam().family) == "mobilenet_v2"; }

  void expect_gradients(const char* key, double tolerance) {
    model_->zero_grad();
    loss(model_->forward(pixels_)).backward();
    double greatest = 0, worst = 0;
    std::string worst_name;
    for (const auto& item : model_->named_parameters()) {
      greatest = std::max(greatest, of_tensor(key, item.name)[2].get<double>());
    }
    for (const auto& item : model_->named_parameters()) {
      ASSERT_TRUE(item.tensor.grad().defined()) << item.name;
      const double relative =
          digest_deviation(item.tensor.grad(), of_tensor(key, item.name), 1e-2 * greatest);
      EXPECT_LT(relative, tolerance) << item.name;
      if (relative > worst) worst = relative, worst_name = item.name;
    }
    std::printf("largest deviation: %.2e (%s)\n", worst, worst_name.c_str());
  }

  Json json_;
  std::shared_ptr<ImageClassifier> model_;
  at::Tensor pixels_;
};

TEST_P(ImageParity, Logits) {
  const at::NoGradGuard no_grad;
  const auto expect_logits = [&](const char* key, double tolerance) {
    EXPECT_LT(deviation(model_->forward(pixels_), json_.at(key)), tolerance);
    EXPECT_LT(deviation(model_->classify(model_->feature_map(pixels_)), json_.at(key)), tolerance);
  };
  model_->eval();
  expect_logits("logits_eval", 1e-5);
  use(at::kDouble);
  expect_logits("logits_eval", 1e-9);
  model_->train();
  expect_logits("logits_train", 1e-8);
  use(at::kFloat);
  expect_logits("logits_train", 2e-4);  // statistics of few values amplify rounding
}

// In single precision an activation that rounding moves over a corner changes gradients at once; of
// MobileNetV2's many one does. What must agree closely does so in double precision.
TEST_P(ImageParity, EveryGradientWithFrozenStatistics) {
  model_->eval();
  expect_gradients("gradients_eval", has_relu6() ? 2e-2 : 2e-5);
  use(at::kDouble);
  expect_gradients("gradients_eval", 1e-9);
}

TEST_P(ImageParity, EveryGradient) {
  model_->train();
  expect_gradients("gradients_train", has_relu6() ? 2e-2 : 1e-3);
  use(at::kDouble);
  expect_gradients("gradients_train", 1e-8);
}

TEST_P(ImageParity, TenStepsOfSgd) {
  use(at::kDouble);
  model_->train();
  const Json& sgd = json_.at("sgd");
  const double lr = sgd.at("lr"), momentum = sgd.at("momentum"), decay = sgd.at("weight_decay");
  std::map<std::string, at::Tensor> velocity;
  double worst = 0;
  const Json& losses = json_.at("losses");
  for (std::size_t step = 0; step < losses.size(); ++step) {
    model_->zero_grad();
    const at::Tensor value = loss(model_->forward(pixels_));
    value.backward();
    worst = std::max(worst, std::abs(value.item<double>() - losses[step].get<double>()));
    const at::NoGradGuard no_grad;
    for (const auto& item : model_->named_parameters()) {
      at::Tensor p = item.tensor;
      const at::Tensor g = p.grad() + decay * p;
      at::Tensor& v = velocity[item.name];
      v = v.defined() ? momentum * v + g : g;
      p.sub_(lr * v);
    }
  }
  EXPECT_LT(worst, 1e-6 * losses[0].get<double>());
  double worst_state = 0;
  std::string worst_name;
  const auto expect_state = [&](const std::string& name, const at::Tensor& tensor) {
    const double relative = digest_deviation(tensor, of_tensor("after", name));
    EXPECT_LT(relative, 1e-6) << name;
    if (relative > worst_state) worst_state = relative, worst_name = name;
  };
  for (const auto& item : model_->named_parameters()) expect_state(item.name, item.tensor);
  for (const auto& item : model_->named_buffers()) expect_state(item.name, item.tensor);
  model_->eval();
  const double logits = deviation(model_->forward(pixels_).detach(), json_.at("logits_after"));
  EXPECT_LT(logits, 1e-6);
  std::printf("largest deviation: of a loss %.2e, of %s %.2e, of the logits after %.2e\n", worst,
              worst_name.c_str(), worst_state, logits);
}

INSTANTIATE_TEST_SUITE_P(
    Goldens, ImageParity,
    ::testing::Values(Golden{"resnet", "torchvision_basic"},
                      Golden{"resnet", "torchvision_grouped"}, Golden{"resnet", "cifar"},
                      Golden{"resnet", "huggingface_basic"},
                      Golden{"resnet", "huggingface_bottleneck"},
                      Golden{"resnet", "huggingface_v1"}, Golden{"mobilenet_v2", "torchvision"},
                      Golden{"mobilenet_v2", "huggingface"},
                      Golden{"mobilenet_v2", "huggingface_odd"}, Golden{"densenet", "rgb"},
                      Golden{"densenet", "grey"}),
    [](const auto& test) { return fmt::format("{}_{}", test.param.family, test.param.name); });

TEST(KerasMobileNetV2, RealWeightsGiveTheFeaturesOfKeras) {
  const fs::path folder = shared_data() / "weights-mobilenetv2-035";
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is not there";
  const Json golden = read_json(kParity / "mobilenet_v2/keras_035.json");
  const LoadedImageClassifier loaded = make_image_classifier(folder);
  EXPECT_EQ(loaded.model->info().image_size, 224);
  EXPECT_EQ(loaded.preprocessing.at("crop_size").at("height"), 224);
  EXPECT_TRUE(loaded.report.missing.size() == 2 && loaded.report.initialized.size() == 2)
      << loaded.report.text();  // the head
  loaded.model->eval();
  const at::NoGradGuard no_grad;
  const auto shape = golden.at("pixels").get<std::vector<std::int64_t>>();
  const at::Tensor pixels = (2 * values("pixels", shape) - 1).to(at::kFloat);
  const auto body = static_cast<std::int64_t>(loaded.model->depth_groups().size()) - 1;
  const at::Tensor features = loaded.model->run(pixels, 0, body).only();
  EXPECT_LT(digest_deviation(features, golden.at("features")), 1e-5);
  EXPECT_LT(deviation(features[0].slice(0, 0, 64), golden.at("first")), 1e-5);
}

// tests/parity/images/check_saved.py opens what is saved here with transformers or torchvision.
// For tests/parity/images/check_live_timm.py: ATTUNE_INPUT_JOBS names a file of lines
// "MODEL <tab> ARCHITECTURE or - <tab> PICTURE <tab> OUT"; the model's input, float [C, H, W], goes
// to OUT.
TEST(ImageInputs, LiveJobs) {
  const char* jobs = std::getenv("ATTUNE_INPUT_JOBS");
  if (jobs == nullptr) GTEST_SKIP() << "see tests/parity/images/check_live_timm.py";
  std::ifstream lines(jobs);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string model, architecture, picture, out;
    std::getline(fields, model, '\t');
    std::getline(fields, architecture, '\t');
    std::getline(fields, picture, '\t');
    std::getline(fields, out, '\t');
    const auto loaded = make_image_classifier(model, architecture == "-" ? "" : architecture);
    const std::int64_t channels = loaded.model->info().channels;
    const ImageProcessor processor =
        ImageProcessor(loaded.preprocessing, model).with_channels(channels);
    const std::string bytes = read_file(picture, 1 << 30);
    DecodedImage decoded = decode_image(std::as_bytes(std::span(bytes)), picture);
    Image image =
        channels == 1 ? convert_grey(std::move(decoded)) : convert_rgb(std::move(decoded));
    const Size size = processor.output_size();
    std::vector<float> values(static_cast<std::size_t>(channels * size.height * size.width));
    processor.apply(std::move(image), values);
    write_file_atomically(out, std::string_view(reinterpret_cast<const char*>(values.data()),
                                                values.size() * sizeof(float)));
  }
}

TEST_P(ImageParity, PeersOpenWhatIsSaved) {
  const char* python = std::getenv("ATTUNE_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "ATTUNE_PEERS_PYTHON does not name a Python with peers";
  const TemporaryFolder temporary;
  const std::string folder = temporary.path().string();
  model_->eval();
  save_pretrained(*model_, folder);
  const at::NoGradGuard no_grad;
  const at::Tensor logits = model_->forward(pixels_).contiguous();
  Json expected = {{"pixels", json_.at("pixels")}, {"logits", Json::array()}};
  for (std::int64_t i = 0; i < logits.numel(); ++i) {
    expected["logits"].push_back(logits.flatten()[i].item<double>());
  }
  write_file_atomically(fs::path(folder) / "expected.json", dump_json(expected));
  const int status = std::system(
      fmt::format("{} {}/images/check_saved.py {}", python, kParity.string(), folder).c_str());
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace attune
