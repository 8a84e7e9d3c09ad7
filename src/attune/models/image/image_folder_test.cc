#include "attune/models/image/image_folder.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/media/image/processor.h"
#include "attune/models/image/image_origin.h"
#include "attune/models/registry.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ImageFolder : public ::testing::Test {
 protected:
  /// model.json of TensorFlow.js with one tensor, of a network for pictures of 96 x 96.
  void write_keras(const std::string& tensor) {
    write_file_atomically(folder_ / "w.bin", std::string(4, '\0'));
    const Json weight = {{"name", tensor}, {"shape", {1}}, {"dtype", "float32"}};
    const Json layer = {{"batch_input_shape", {nullptr, 96, 96, 3}}};
    const Json topology = {{"class_name", "Model"}, {"config", layer}};
    const Json manifest = {{"paths", {"w.bin"}}, {"weights", Json::array({weight})}};
    write_file_atomically(folder_ / "model.json",
                          dump_json({{"format", "layers-model"},
                                     {"modelTopology", topology},
                                     {"weightsManifest", Json::array({manifest})}}));
  }

  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(ImageFolder, AsksTheFamiliesForWhatTheFilesDoNotSay) {
  ImageFamilies families;
  families.keras_names = {"Toy", "Game"};
  families.from_keras = [](const CheckpointFile& file,
                           std::int64_t side) -> std::optional<ImageSettings> {
    if (file.find("toy/kernel") == nullptr) return std::nullopt;
    return ImageSettings{{{"side", side}}, {{"toy", true}}};
  };
  families.usual_preprocessing = [](const Json& config) -> Json { return {{"of", config}}; };

  write_keras("toy/kernel");
  const ImageModelSource keras = find_image_source(folder_, "", families);
  EXPECT_EQ(keras.checkpoint.config, (Json{{"side", 96}}));
  EXPECT_EQ(keras.preprocessing, (Json{{"toy", true}}));
  write_keras("other/kernel");
  EXPECT_THAT(
      error_of(ErrorKind::user, [&] { find_image_source(folder_, "", families); }),
      HasSubstr("model.json: of Keras' models only Toy, Game is known as an image classifier"));

  save_pretrained(*make_image_classifier("", "resnet20_cifar", {.num_labels = 2}).model, folder_);
  const ImageModelSource source = find_image_source(folder_, "", families);
  EXPECT_EQ(source.preprocessing, (Json{{"of", source.checkpoint.config}}));
}

TEST_F(ImageFolder, EachFamilyHasItsUsualPreprocessing) {
  const auto mean_of = [&](const Json& changes) {
    const char* const name = changes.empty() ? "resnet20_cifar" : "mobilenet_v2";
    save_pretrained(*make_image_classifier("", name, {.num_labels = 2}).model, folder_);
    Json config = read_json(folder_ / "config.json");
    config.update(changes);
    write_file_atomically(folder_ / "config.json", dump_json(config));
    return make_image_classifier(folder_).preprocessing.at("image_mean").at(0).get<double>();
  };
  EXPECT_EQ(mean_of(Json::object()), 0.485);
  EXPECT_EQ(mean_of({{"tf_padding", false}}), 0.485);
  EXPECT_EQ(mean_of({{"tf_padding", true}}), 0.5);
  write_keras("other/kernel");
  fs::remove(folder_ / "config.json");
  EXPECT_THAT(error_of([&] { make_image_classifier(folder_); }), HasSubstr("only MobileNetV2 is"));
}

TEST_F(ImageFolder, AssumedPreprocessingIsTold) {
  const auto model = make_image_classifier("", "resnet20_cifar", {.num_labels = 2});
  EXPECT_EQ(model.assumed_preprocessing, "");  // from scratch: nobody's pictures
  save_pretrained(*model.model, folder_);
  EXPECT_THAT(make_image_classifier(folder_).assumed_preprocessing,
              HasSubstr("no preprocessor_config.json: the usual preprocessing of "));
  write_file_atomically(folder_ / "preprocessor_config.json",
                        R"({"image_processor_type": "BitImageProcessor"})");
  EXPECT_EQ(make_image_classifier(folder_).assumed_preprocessing, "");
  EXPECT_THAT(
      make_image_classifier(folder_ / "model.safetensors", "resnet20_cifar").assumed_preprocessing,
      HasSubstr("a bare state dict does not say how its pictures were prepared"));
}

// By hand after timm 1.0: resolve_data_config and transforms_imagenet_eval.
TEST_F(ImageFolder, TimmFoldersBringTheirOwn) {
  const auto model = make_image_classifier("", "resnet18", {.num_labels = 3}).model;
  write_safetensors(folder_ / "model.safetensors", module_state(*model).views);
  const auto opened = [&](const Json& config) {
    write_file_atomically(folder_ / "config.json", dump_json(config));
    return make_image_classifier(folder_);
  };
  const Json cfg = {{"input_size", {3, 256, 256}},
                    {"interpolation", "bicubic"},
                    {"crop_pct", 0.95},
                    {"mean", {0.5, 0.4, 0.3}},
                    {"std", {0.2, 0.3, 0.4}}};
  Json config = {{"architecture", "resnet18.a1_in1k"},
                 {"num_classes", 3},
                 {"label_names", {"ant", "bee", "wasp"}},
                 {"pretrained_cfg", cfg}};
  const auto loaded = opened(config);
  EXPECT_EQ(loaded.preprocessing.at("size"), (Json{{"shortest_edge", 269}}));  // floor(256 / 0.95)
  EXPECT_EQ(loaded.preprocessing.at("crop_size"), (Json{{"height", 256}, {"width", 256}}));
  EXPECT_EQ(loaded.preprocessing.at("resample"), 3);
  EXPECT_EQ(loaded.preprocessing.at("image_mean"), cfg.at("mean"));
  EXPECT_EQ(loaded.preprocessing.at("image_std"), cfg.at("std"));
  EXPECT_EQ(loaded.assumed_preprocessing, "");
  EXPECT_EQ(loaded.model->info().labels, (std::vector<std::string>{"ant", "bee", "wasp"}));
  EXPECT_TRUE(loaded.report.initialized.empty());
  // Older files have the keys beside the others; what they leave out is timm's default.
  const auto older =
      opened({{"architecture", "resnet18"}, {"num_classes", 3}, {"mean", {0, 0, 0}}});
  EXPECT_EQ(older.preprocessing.at("image_mean"), (Json{0, 0, 0}));
  EXPECT_EQ(older.preprocessing.at("size"), (Json{{"shortest_edge", 256}}));
  EXPECT_EQ(older.preprocessing.at("resample"), 3);
  EXPECT_EQ(older.model->info().labels.size(), 3u);
  config["pretrained_cfg"]["crop_mode"] = "squash";
  EXPECT_EQ(opened(config).preprocessing.at("size"), (Json{{"height", 269}, {"width", 269}}));
  for (const auto& [key, value] : std::map<std::string, Json>{{"crop_mode", "border"},
                                                              {"interpolation", "random"},
                                                              {"crop_pct", 1.5},
                                                              {"mean", "0.5"},
                                                              {"input_size", {3, 224, 192}}}) {
    Json wrong = config;
    wrong["pretrained_cfg"][key] = value;
    EXPECT_THAT(error_of(ErrorKind::data, [&] { opened(wrong); }),
                AllOf(HasSubstr("config.json: pretrained_cfg"), HasSubstr(key)));
  }
  config["architecture"] = "vit_base_patch16_224";
  EXPECT_THAT(error_of(ErrorKind::user, [&] { opened(config); }),
              AllOf(HasSubstr("timm's"), HasSubstr("vit_base_patch16_224"), HasSubstr("resnet50")));
}

// As save_for_hf's checks allow: numbers and names, with gaps.
TEST(ImageOrigin, TimmNamesLabelsByNumberToo) {
  const Json config = parse_json(
      R"({"num_classes": 3, "label_names": {"0": "ant", "2": "wasp", "7": "far", "x": "no"}})", "");
  EXPECT_EQ(timm_labels(config), (std::vector<std::string>{"ant", "LABEL_1", "wasp"}));
}

TEST_F(ImageFolder, NamesThatACheckpointHoldsAreItsLabels) {
  const auto model = make_image_classifier("", "resnet20_cifar", {.num_labels = 3}).model;
  const ModuleState state = module_state(*model);
  const auto labels = [&](const std::string& names) {
    write_safetensors(folder_ / "x.safetensors", state.views, {{"label_names", names}});
    return make_image_classifier(folder_ / "x.safetensors", "resnet20_cifar").model->info().labels;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(labels(R"(["ant", "", "wasp"])"), (Names{"ant", "LABEL_1", "wasp"}));
  const Names nameless = {"LABEL_0", "LABEL_1", "LABEL_2"};
  EXPECT_EQ(labels(R"(["ant", "bee"])"), nameless);  // of something else
  EXPECT_EQ(labels(R"(["ant", "ant", "bee"])"), nameless);
  EXPECT_EQ(labels("ant, bee, wasp"), nameless);
}

// xrv.utils.normalize(img, 255): (2 * img / 255 - 1) * 1024, one channel.
TEST_F(ImageFolder, TorchxrayvisionsNetworksSeeItsScale) {
  const auto model =
      make_image_classifier("", "resnet18", {.num_labels = 18, .input_channels = 1}).model;
  const ModuleState state = module_state(*model);
  write_safetensors(folder_ / "x.safetensors", state.views);
  const auto loaded = make_image_classifier(folder_ / "x.safetensors", "resnet18");
  EXPECT_THAT(loaded.assumed_preprocessing,
              AllOf(HasSubstr("torchxrayvision"), HasSubstr("one channel and has 18 outputs")));
  const ImageProcessor processor =
      ImageProcessor(loaded.preprocessing, "x").with_channels(loaded.model->info().channels);
  EXPECT_EQ(processor.output_size().height, 512);
  for (const auto& [level, expected] :
       {std::pair<std::uint8_t, float>{0, -1024.F}, {255, 1024.F}, {51, -614.4F}}) {
    Image grey(1, 1, 1);
    grey.samples = {level};
    float value = 0;
    processor.normalize(grey, {&value, 1});
    EXPECT_NEAR(value, expected, 1e-3F);
  }
  const auto is_several = [](const LoadedImageClassifier& one) {
    return one.model->info().problem_type == ProblemType::multi_label_classification;
  };
  EXPECT_TRUE(is_several(loaded));
  // Operating points are no weights: they hide no architecture, and it is told that they are left.
  std::vector<TensorView> views = state.views;
  const std::vector<float> points(18, 0.1F);
  views.push_back({"op_threshs", DType::f32, {18}, std::as_bytes(std::span(points))});
  write_safetensors(folder_ / "points.safetensors", views);
  const auto with_points = make_image_classifier(folder_ / "points.safetensors", "resnet18");
  EXPECT_TRUE(with_points.report.unexpected.empty() && is_several(with_points));
  EXPECT_THAT(with_points.assumed_preprocessing, HasSubstr("(op_threshs is not applied to its"));
  EXPECT_THAT(
      error_of(ErrorKind::user, [&] { make_image_classifier(folder_ / "points.safetensors", ""); }),
      HasSubstr("its tensors fit resnet18"));
  const auto origin = [&](std::vector<TensorView> tensors, CheckpointFile::Metadata metadata) {
    const auto found = known_origin({"x.pt", std::move(tensors), std::move(metadata), nullptr});
    return found ? found->reason : "none";
  };
  EXPECT_EQ(origin({}, {{"module_class", "torchxrayvision.models.DenseNet"}}),
            "its class is torchxrayvision.models.DenseNet");
  EXPECT_EQ(origin({{"model.op_threshs", DType::f32, {0}, {}}}, {}),
            "it has the buffer op_threshs");
  EXPECT_EQ(origin({{"conv1.weight", DType::f32, {64, 3, 7, 7}, {}},
                    {"fc.weight", DType::f32, {18, 512}, {}}},
                   {}),
            "none");
}

}  // namespace
}  // namespace attune
