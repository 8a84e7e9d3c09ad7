#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <tuple>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cosine_similarity.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/flip.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/kernels/linear.h"
#include "attune/models/architectures.h"
#include "attune/models/densenet/densenet.h"
#include "attune/models/densenet/densenet_load.h"
#include "attune/models/mobilenet_v2/mobilenet_v2.h"
#include "attune/models/mobilenet_v2/mobilenet_v2_load.h"
#include "attune/models/registry.h"
#include "attune/models/resnet/resnet.h"
#include "attune/models/resnet/resnet_load.h"
#include "attune/nn/noise.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

class ImageModels : public ::testing::Test {
 protected:
  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

// A network small enough for a unit test, saved into `folder`.
const char* const kTinyResNet = R"({"model_type": "resnet", "embedding_size": 8,
    "hidden_sizes": [8, 16], "depths": [1, 1], "layer_type": "basic",
    "id2label": {"0": "ant", "1": "bee", "2": "wasp"}})";
const char* const kTinyDenseNet = R"({"model_type": "densenet", "growth_rate": 4,
    "block_config": [2, 2], "num_init_features": 8, "id2label": {"0": "ant", "1": "bee"}})";
const char* const kTinyMobileNet = R"({"model_type": "mobilenet_v2", "depth_multiplier": 0.1,
    "finegrained_output": false, "id2label": {"0": "ant", "1": "bee"}})";

std::shared_ptr<ImageClassifier> drawn(const Json& config, const HeadOptions& head = {}) {
  const ImageCheckpoint checkpoint{.config = config, .source = "c.json"};
  const auto type = config.at("model_type").get<std::string>();
  if (type == "resnet") return open_resnet(checkpoint, head).model;
  if (type == "densenet") return open_densenet(checkpoint, head).model;
  return open_mobilenet_v2(checkpoint, head).model;
}

std::shared_ptr<ImageClassifier> tiny(const char* config, const HeadOptions& head = {}) {
  return drawn(parse_json(config, "tiny"), head);
}

at::Tensor some_pixels(std::int64_t channels, std::int64_t side = 32, std::int64_t n = 2) {
  return at::arange(n * channels * side * side, at::kFloat).sin().view({n, channels, side, side});
}

TEST_F(ImageModels, DepthGroupsHoldEveryParameterOnceAndRunAsAChain) {
  for (const char* config : {kTinyResNet, kTinyDenseNet, kTinyMobileNet}) {
    const auto model = tiny(config);
    const auto groups = model->depth_groups();
    for (const auto& item : model->named_parameters()) {
      int owners = 0;
      for (const DepthGroup& group : groups) {
        for (const std::string& prefix : group.prefixes) owners += item.name.starts_with(prefix);
      }
      EXPECT_EQ(owners, 1) << item.name;
    }
    EXPECT_EQ(groups.back().name, "head");
    model->eval();
    const at::NoGradGuard no_grad;
    at::Tensor x = some_pixels(3);
    const auto depth = static_cast<std::int64_t>(groups.size());
    for (std::int64_t group = 0; group < depth; ++group) {
      x = model->run(x, group, group + 1).only();
      EXPECT_EQ(x.dim(), model->pooled_after(group) ? 2 : 4) << group;
    }
    EXPECT_TRUE(at::equal(x, model->forward(some_pixels(3))));
    EXPECT_THROW(model->run(x, 1, 1), Error);
  }
}

TEST_F(ImageModels, WhatIsSavedIsLoadedBitForBit) {
  for (const char* config : {kTinyResNet, kTinyDenseNet, kTinyMobileNet}) {
    const auto model =
        tiny(config, {.problem_type = ProblemType::multi_label_classification, .seed = 3});
    save_pretrained(*model, folder_);
    const LoadedImageClassifier loaded = make_image_classifier(folder_);
    EXPECT_TRUE(loaded.report.initialized.empty()) << loaded.report.text();
    EXPECT_TRUE(loaded.report.unexpected.empty()) << loaded.report.text();
    EXPECT_EQ(loaded.model->info().labels, model->info().labels);
    EXPECT_EQ(loaded.model->info().problem_type, ProblemType::multi_label_classification);
    model->eval(), loaded.model->eval();
    const at::NoGradGuard no_grad;
    EXPECT_TRUE(at::equal(model->forward(some_pixels(3)), loaded.model->forward(some_pixels(3))));
    const auto other = tiny(config, {.seed = 4});
    load_pretrained(*other, folder_);
    other->eval();
    EXPECT_TRUE(at::equal(model->forward(some_pixels(3)), other->forward(some_pixels(3))));
  }
}

TEST_F(ImageModels, TheHeadIsNewWhereLabelsDiffer) {
  save_pretrained(*tiny(kTinyResNet), folder_);
  EXPECT_TRUE(make_image_classifier(folder_, "", {.num_labels = 3}).report.initialized.empty());
  EXPECT_TRUE(make_image_classifier(folder_, "", {.labels = {"ant", "bee", "wasp"}})
                  .report.initialized.empty());
  for (const HeadOptions& head :
       {HeadOptions{.num_labels = 5}, HeadOptions{.labels = {"cat", "dog", "cow"}}}) {
    const auto loaded = make_image_classifier(folder_, "", head);
    EXPECT_THAT(loaded.report.initialized, ::testing::ElementsAre("fc.weight", "fc.bias"));
    // Told as begun anew, and not as missing and not needed too.
    EXPECT_THAT(loaded.report.ignored, ::testing::IsEmpty());
    EXPECT_THAT(loaded.report.missing, ::testing::IsEmpty());
  }
  EXPECT_THAT(
      error_of([&] { make_image_classifier(folder_, "", {.num_labels = 2, .labels = {"a"}}); }),
      HasSubstr("num_labels is 2, but 1 labels are named"));
}

TEST_F(ImageModels, HeadRowsFollowTheirLabels) {
  for (const char* config : {kTinyResNet, kTinyDenseNet, kTinyMobileNet}) {
    const auto model = tiny(config);
    save_pretrained(*model, folder_);
    const std::vector<std::string> labels = model->info().labels;
    const HeadOptions turned{.labels = {labels.rbegin(), labels.rend()}};
    const auto loaded = make_image_classifier(folder_, "", turned);
    EXPECT_TRUE(loaded.report.initialized.empty());
    model->eval();
    loaded.model->eval();
    EXPECT_TRUE(at::allclose(loaded.model->forward(some_pixels(3)).flip(1),
                             model->forward(some_pixels(3))));
  }
}

TEST_F(ImageModels, RefuseWhatOnlyTextsHave) {
  EXPECT_THAT(error_of([] { tiny(kTinyResNet, {.pooling = Pooling::mean}); }),
              HasSubstr("pooling"));
}

TEST_F(ImageModels, TheFirstConvolutionIsAdaptedToTheInput) {
  const auto model = tiny(kTinyResNet);
  save_pretrained(*model, folder_);
  model->eval();
  const at::NoGradGuard no_grad;
  const at::Tensor grey = some_pixels(1);
  const at::Tensor before = model->forward(grey.expand({-1, 3, -1, -1}));
  for (const std::int64_t channels : {1, 6}) {
    const auto adapted = make_image_classifier(folder_, "", {.input_channels = channels}).model;
    EXPECT_EQ(adapted->info().channels, channels);
    adapted->eval();
    const at::Tensor after = adapted->forward(grey.expand({-1, channels, -1, -1}));
    EXPECT_TRUE(at::allclose(before, after, 1e-4, 1e-5)) << channels;
  }
  const auto two = make_image_classifier(folder_, "", {.input_channels = 2}).model;
  EXPECT_TRUE(at::allclose(two->tensor("conv1.weight"),
                           1.5 * model->tensor("conv1.weight").slice(1, 0, 2)));
  EXPECT_THAT(error_of([&] { model->forward(grey); }), HasSubstr("expected [N, 3, H, W]"));
}

TEST_F(ImageModels, ABareStateDictNeedsAnArchitecture) {
  const auto model = make_image_classifier("", "resnet20_cifar", {.num_labels = 7}).model;
  const ModuleState state = module_state(*model);
  const fs::path file = folder_ / "weights.safetensors";
  write_safetensors(file, state.views);
  const std::string message = error_of([&] { make_image_classifier(file); });
  EXPECT_THAT(message,
              AllOf(HasSubstr("its tensors fit resnet20_cifar)"), HasSubstr("densenet121")));
  EXPECT_THAT(error_of([&] { make_image_classifier(file, "resnet20_cifer"); }),
              HasSubstr("did you mean \"resnet20_cifar\""));
  EXPECT_THAT(error_of([&] { make_image_classifier(file, "resnet32_cifar"); }),
              HasSubstr("missing from the checkpoint"));
  const auto loaded = make_image_classifier(file, "resnet20_cifar");
  EXPECT_EQ(loaded.model->info().labels.size(), 7u);  // the file's, not the preset's 10
  EXPECT_TRUE(loaded.report.initialized.empty());
  EXPECT_EQ(loaded.preprocessing.at("size").at("height"), 32);

  save_pretrained(*loaded.model, folder_);
  EXPECT_THAT(error_of([&] { make_image_classifier(folder_, "resnet20_cifar"); }),
              HasSubstr("leave the architecture out"));
  EXPECT_EQ(make_image_classifier(folder_).model->config_json().at("architecture"),
            "resnet20_cifar");
}

TEST_F(ImageModels, OtherSpellingsAreKnown) {
  const auto saved = [&](const char* config, std::string_view from, std::string_view to) {
    const auto model = tiny(config);
    ModuleState state = module_state(*model);
    for (TensorView& view : state.views) {
      if (const auto at = view.name.find(from); at != std::string::npos) {
        view.name.replace(at, from.size(), to);
      }
    }
    // Nothing depends on counters, and old files have none.
    std::erase_if(state.views, [](const TensorView& view) {
      return view.name.ends_with("num_batches_tracked");
    });
    write_safetensors(folder_ / "model.safetensors", state.views);
    write_file_atomically(folder_ / "config.json", config);
    return make_image_classifier(folder_).report;
  };
  for (const LoadReport& report :
       {saved(kTinyDenseNet, ".norm1.", ".norm.1."),
        saved(kTinyResNet, ".downsample.", ".shortcut."), saved(kTinyResNet, "fc.", "linear.")}) {
    EXPECT_TRUE(report.initialized.empty() && report.missing.empty() && report.unexpected.empty())
        << report.text();
  }
}

TEST_F(ImageModels, NamesOfWhatTheyWereSavedInAreLeftOut) {
  const auto opened = [&](const char* config, const std::string& prefix, const char* head,
                          const char* renamed) {
    const auto model = tiny(config);
    ModuleState state = module_state(*model);
    for (TensorView& view : state.views) {
      if (view.name.starts_with(head)) view.name.replace(0, std::strlen(head), renamed);
      view.name.insert(0, prefix);
    }
    write_safetensors(folder_ / "model.safetensors", state.views);
    write_file_atomically(folder_ / "config.json", config);
    const auto loaded = make_image_classifier(folder_);
    loaded.model->eval();
    model->eval();
    EXPECT_TRUE(at::equal(loaded.model->forward(some_pixels(3)), model->forward(some_pixels(3))))
        << prefix;
    return loaded.report;
  };
  const std::tuple<const char*, std::string, const char*, const char*> cases[] = {
      {kTinyResNet, "model.", "", ""},
      {kTinyResNet, "backbone.", "fc.", "fc.1."},  // behind a dropout of a Sequential
      {kTinyResNet, "model._orig_mod.net.", "", ""},
      {kTinyMobileNet, "net.", "", ""},
      {kTinyDenseNet, "module.densenet121.", "classifier.", "classifier.0."}};  // CheXNet
  for (const auto& [config, prefix, head, renamed] : cases) {
    const LoadReport report = opened(config, prefix, head, renamed);
    EXPECT_TRUE(report.initialized.empty() && report.unexpected.empty()) << report.text();
    EXPECT_THAT(report.text(), HasSubstr("names are taken without"));
  }
}

TEST_F(ImageModels, WeightsThatAreThereTwiceMustBeChosen) {
  const auto model = tiny(kTinyResNet);
  ModuleState state = module_state(*model);
  std::vector<TensorView> views;
  for (const char* prefix : {"student.", "teacher."}) {
    for (TensorView view : state.views) {
      view.name.insert(0, prefix);
      views.push_back(std::move(view));
    }
  }
  write_safetensors(folder_ / "model.safetensors", views);
  write_file_atomically(folder_ / "config.json", kTinyResNet);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { make_image_classifier(folder_); }),
              HasSubstr("under the names student., teacher."));
  EXPECT_TRUE(make_image_classifier(folder_, "", {}, "teacher").report.unexpected.empty());
  EXPECT_THAT(error_of(ErrorKind::user, [&] { make_image_classifier(folder_, "", {}, "x"); }),
              HasSubstr("no tensor's name begins with \"x.\""));
}

TEST_F(ImageModels, AConfigFarLargerThanTheWeightsIsRefused) {
  for (const auto& [name, key, value] :
       {std::tuple<const char*, const char*, Json>{"resnet20_cifar", "depths", {900, 900, 900}},
        {"densenet121", "growth_rate", 500},
        {"mobilenet_v2", "depth_multiplier", 8}}) {
    Json config = find_architecture(name).config;
    const auto& open = std::string_view(name).starts_with("resnet")     ? open_resnet
                       : std::string_view(name).starts_with("densenet") ? open_densenet
                                                                        : open_mobilenet_v2;
    const auto model = tiny(kTinyMobileNet);
    const ModuleState state = module_state(*model);
    config[key] = value;
    const ImageCheckpoint checkpoint{
        .config = config, .source = "c.json", .weights = CheckpointFile("w", state.views, {}, {})};
    EXPECT_THAT(error_of(ErrorKind::data, [&] { open(checkpoint, {}); }),
                HasSubstr("do not belong together"))
        << name;
  }
}

TEST_F(ImageModels, ImpossibleConfigsAreRefused) {
  const auto message = [](const char* family, const char* key, const char* value) {
    Json json = parse_json(family, "tiny");
    json[key] = parse_json(value, "value");
    return error_of([&] { drawn(json); });
  };
  EXPECT_THAT(message(kTinyResNet, "depths", "[1]"),
              HasSubstr("c.json: \"depths\" is [1], expected"));
  EXPECT_THAT(message(kTinyResNet, "hidden_sizes", "[8, -16]"), HasSubstr("multiples of 4"));
  EXPECT_THAT(message(kTinyResNet, "layer_type", "\"dense\""), HasSubstr("basic or bottleneck"));
  EXPECT_THAT(message(kTinyResNet, "hidden_act", "\"gelu\""), HasSubstr("\"relu\""));
  EXPECT_THAT(message(kTinyResNet, "groups", "2"), HasSubstr("1 with layer_type basic"));
  EXPECT_THAT(message(kTinyResNet, "num_channels", "0"), HasSubstr("expected 1 to 1024"));
  EXPECT_THAT(message(kTinyMobileNet, "output_stride", "16"), HasSubstr("dilated"));
  EXPECT_THAT(message(kTinyMobileNet, "depth_multiplier", "1e9"), HasSubstr("up to 8"));
  EXPECT_THAT(message(kTinyDenseNet, "block_config", "[1000]"), HasSubstr("1 to 256"));
  EXPECT_THAT(message(kTinyDenseNet, "id2label", R"({"0": "a", "2": "b"})"), HasSubstr("id2label"));

  save_pretrained(*tiny(kTinyResNet), folder_);
  Json hostile = read_json(folder_ / "config.json");
  hostile["hidden_sizes"] = {65536, 65536};
  write_file_atomically(folder_ / "config.json", dump_json(hostile));
  EXPECT_THAT(error_of([&] { make_image_classifier(folder_); }),
              HasSubstr("do not belong together"));
  hostile["model_type"] = "resnt";
  write_file_atomically(folder_ / "config.json", dump_json(hostile));
  EXPECT_THAT(error_of([&] { make_image_classifier(folder_); }),
              AllOf(HasSubstr("classify pictures"), HasSubstr("did you mean \"resnet\"")));
}

TEST_F(ImageModels, ATrainingBatchNeedsMoreThanOneValuePerChannel) {
  const auto model = tiny(kTinyResNet);
  EXPECT_THAT(error_of([&] { model->forward(some_pixels(3, 8, 1)); }),
              HasSubstr("at least 2 pictures"));
  model->eval();
  EXPECT_EQ(model->forward(some_pixels(3, 8, 1)).sizes(), (std::vector<std::int64_t>{1, 3}));
}

// Gradients of all parameters, and the states between the groups, which are fp32 all the same.
TEST_F(ImageModels, ProductsInBfloat16StayNear) {
  for (const char* config : {kTinyResNet, kTinyDenseNet, kTinyMobileNet}) {
    const auto model = tiny(config);
    // The statistics of a small batch make MobileNet's 52 layers chaotic: fixed ones there.
    model->train(config != kTinyMobileNet);
    const auto gradients = [&](bool bf16) {
      const NoiseScope noise(1, 0, 0, 0);
      const Bf16Scope scope(bf16);
      model->zero_grad();
      const auto depth = static_cast<std::int64_t>(model->depth_groups().size());
      const at::Tensor state = model->run(some_pixels(3, 64, 8), 0, 2).only();
      EXPECT_EQ(state.scalar_type(), at::kFloat);
      const at::Tensor logits = model->run(state, 2, depth).only();
      EXPECT_EQ(logits.scalar_type(), at::kFloat);
      logits.select(1, 0).square().sum().backward();
      std::vector<at::Tensor> all = {logits.detach().flatten()};
      for (const at::Tensor& parameter : model->parameters()) {
        EXPECT_EQ(parameter.grad().scalar_type(), at::kFloat);
        all.push_back(parameter.grad().flatten().clone());
      }
      return at::cat(all);
    };
    const at::Tensor fp32 = gradients(false), bf16 = gradients(true);
    EXPECT_FALSE(at::equal(fp32, bf16)) << config;
    EXPECT_GT(at::cosine_similarity(fp32, bf16, 0).item<float>(), 0.98F) << config;
  }
}

TEST_F(ImageModels, NewValuesDependOnTheSeedAlone) {
  const auto first = make_image_classifier("", "resnet18_28", {.seed = 7});
  const auto second = make_image_classifier("", "resnet18_28", {.seed = 7});
  const auto third = make_image_classifier("", "resnet18_28", {.seed = 8});
  const auto weight = [](const LoadedImageClassifier& loaded, const char* name) {
    return loaded.model->tensor(name).detach();
  };
  EXPECT_TRUE(at::equal(weight(first, "conv1.weight"), weight(second, "conv1.weight")));
  EXPECT_FALSE(at::equal(weight(first, "conv1.weight"), weight(third, "conv1.weight")));
  // He et al. 2015: N(0, 2 / (512 * 9)).
  const at::Tensor wide = weight(first, "layer4.1.conv2.weight");
  EXPECT_NEAR(wide.std().item<double>(), std::sqrt(2.0 / (512 * 9)), 1e-4);
  EXPECT_NEAR(wide.mean().item<double>(), 0, 1e-4);
  EXPECT_LE(weight(first, "fc.weight").abs().max().item<double>(), 1 / std::sqrt(512.0));
}

std::shared_ptr<ImageClassifier> undrawn(const Json& config) {
  const auto type = config.at("model_type").get<std::string>();
  if (type == "resnet") return std::make_shared<ResNet>(ResNetConfig::from_json(config, "c.json"));
  if (type == "densenet") {
    return std::make_shared<DenseNet>(DenseNetConfig::from_json(config, "c.json"));
  }
  return std::make_shared<MobileNetV2>(MobileNetV2Config::from_json(config, "c.json"));
}

TEST(Architectures, EachIsTheNetworkOfThatName) {
  // Parameters as torchvision and He et al. (table 6) count them.
  const std::map<std::string, std::int64_t> counts = {
      {"resnet18", 11689512},          {"resnet34", 21797672},
      {"resnet50", 25557032},          {"resnet101", 44549160},
      {"resnet152", 60192808},         {"resnext50_32x4d", 25028904},
      {"resnext101_32x8d", 88791336},  {"wide_resnet50_2", 68883240},
      {"wide_resnet101_2", 126886696}, {"mobilenet_v2", 3504872},
      {"densenet121", 7978856},        {"densenet169", 14149480},
      {"densenet201", 20013928},       {"resnet20_cifar", 269722},
      {"resnet32_cifar", 464154},      {"resnet44_cifar", 658586},
      {"resnet56_cifar", 853018},      {"resnet110_cifar", 1727962},
      {"resnet18_28", 11169858}};
  std::set<std::string> seen;
  for (const Architecture& architecture : architectures()) {
    EXPECT_TRUE(seen.insert(architecture.name).second);
    std::int64_t count = 0;
    for (const auto& p : undrawn(architecture.config)->parameters()) count += p.numel();
    ASSERT_TRUE(counts.contains(architecture.name)) << architecture.name << " " << count;
    EXPECT_EQ(count, counts.at(architecture.name)) << architecture.name;
    EXPECT_TRUE(architecture.preprocessing.at("do_normalize").get<bool>());
  }
  EXPECT_EQ(seen.size(), counts.size());
}

TEST(RealWeights, ResNet20OfCifarIsReadWhole) {
  const char* shared = std::getenv("ATTUNE_SHARED");
  const fs::path file = (shared ? fs::path(shared) : fs::path(ATTUNE_SOURCE_DIR) / "../shared") /
                        "data/weights-resnet-cifar/resnet20-12fca82f.th";
  if (!fs::exists(file)) GTEST_SKIP() << file << " is not there";
  const auto loaded = make_image_classifier(file, "resnet20_cifar");
  EXPECT_TRUE(loaded.report.initialized.empty() && loaded.report.missing.empty() &&
              loaded.report.unexpected.empty())
      << loaded.report.text();
  EXPECT_EQ(loaded.model->info().labels[9], "truck");
}

}  // namespace
}  // namespace attune
