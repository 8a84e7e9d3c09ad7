#include "attune/models/image_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/models/registry.h"

namespace attune {
namespace {

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

}  // namespace
}  // namespace attune
