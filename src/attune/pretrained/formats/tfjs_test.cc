#include "attune/pretrained/formats/tfjs.h"

#include <cstdlib>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/pretrained/formats/model_folder.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

/// A manifest of one group.
std::string manifest(std::string_view paths, std::string_view weights) {
  return fmt::format(R"({{"weightsManifest":[{{"paths":{},"weights":[{}]}}]}})", paths, weights);
}

class Tfjs : public ::testing::Test {
 protected:
  std::map<std::string, std::string> files_{{"a", {"\0\0\x80\x3f\0\0\0\x40", 8}},  // 1, 2
                                            {"b", "\x01\x02\x03"}};

  TfjsModel read(const std::string& text) {
    return parse_tfjs(text, "model.json", [&](const std::string& name) {
      return std::as_bytes(std::span(files_.at(name)));
    });
  }
  std::string error(const std::string& text) {
    return error_of(ErrorKind::data, [&] { read(text); });
  }
  std::string weight_error(std::string_view weight) { return error(manifest(R"(["a"])", weight)); }
  static std::vector<float> floats(const TensorView& tensor) {
    std::vector<float> result(tensor.bytes.size() / 4);
    std::memcpy(result.data(), tensor.bytes.data(), tensor.bytes.size());
    return result;
  }
};

TEST_F(Tfjs, ReadsWeightsEndToEnd) {
  files_["c"] = files_["a"].substr(0, 3);
  files_["d"] = files_["a"].substr(3);
  for (const char* paths : {R"(["a"])", R"(["c","d"])"}) {
    const TfjsModel model =
        read(manifest(paths, R"({"name":"x/kernel","shape":[1,1],"dtype":"float32"},
                           {"name":"x/bias","shape":[],"dtype":"float32"})"));
    EXPECT_EQ(floats(*model.weights.find("x/kernel")), (std::vector<float>{1}));
    EXPECT_EQ(floats(*model.weights.find("x/bias")), (std::vector<float>{2}));
    EXPECT_TRUE(model.topology.is_null());
  }
}

TEST_F(Tfjs, RestoresQuantizedValues) {
  const TfjsModel model = read(manifest(R"(["b"])", R"({"name":"w","shape":[3],"dtype":"float32",
      "quantization":{"dtype":"uint8","scale":0.5,"min":-1}})"));
  EXPECT_EQ(model.weights.find("w")->dtype, DType::f32);
  EXPECT_EQ(floats(*model.weights.find("w")), (std::vector<float>{-0.5, 0, 0.5}));
  EXPECT_THAT(weight_error(R"({"name":"w","shape":[2],"dtype":"int32",
                               "quantization":{"dtype":"uint8","scale":1,"min":0}})"),
              HasSubstr("I32 quantized to U8 is not supported"));
  EXPECT_THAT(weight_error(R"({"name":"w","shape":[2],"dtype":"float32",
                               "quantization":{"dtype":"uint8"}})"),
              HasSubstr("it has no \"scale\""));
}

TEST_F(Tfjs, FindsTheTopology) {
  const std::string keras = R"({"class_name":"Sequential","config":{}})";
  for (const std::string& topology : {keras, R"({"model_config":)" + keras + "}"}) {
    const TfjsModel model =
        read(R"({"weightsManifest":[],"format":"layers-model","modelTopology":)" + topology + "}");
    EXPECT_EQ(dump_json_line(model.topology), keras);
    EXPECT_EQ(model.weights.metadata().at("format"), "layers-model");
  }
  EXPECT_TRUE(read(R"({"weightsManifest":[],"modelTopology":{"node":[]}})").topology.is_null());
}

TEST_F(Tfjs, RefusesAWrongManifest) {
  EXPECT_THAT(error("{}"), HasSubstr("expected a list \"weightsManifest\""));
  EXPECT_THAT(error("[]"), HasSubstr("expected a list \"weightsManifest\""));
  EXPECT_THAT(error(R"({"weightsManifest":[1]})"), HasSubstr("has no \"paths\""));
  EXPECT_THAT(error(manifest(R"(["../a"])", "")), HasSubstr("\"../a\", which leaves the folder"));
  EXPECT_THAT(error(manifest(R"(["/a"])", "")), HasSubstr("leaves the folder"));
  EXPECT_THAT(error(manifest("[3]", "")), HasSubstr("leaves the folder"));
  EXPECT_THAT(error(manifest(R"(["a","a"])", "")), HasSubstr("names a twice"));
  EXPECT_THAT(error(manifest(R"(["a"])", "")), HasSubstr("8 bytes of its weight files belong to"));
  EXPECT_THAT(weight_error(R"({"shape":[2]})"), HasSubstr("has no \"name\""));
  EXPECT_THAT(weight_error(R"({"name":"w","shape":[2]})"), HasSubstr("\"w\": it has no \"dtype\""));
  EXPECT_THAT(weight_error(R"({"name":"w","shape":[2],"dtype":"string"})"),
              HasSubstr("its dtype is string"));
  EXPECT_THAT(weight_error(R"({"name":"w","shape":[3],"dtype":"float32"})"),
              HasSubstr("takes 12 bytes, but 8 are left"));
  EXPECT_THAT(weight_error(R"({"name":"w","shape":[-1],"dtype":"float32"})"),
              HasSubstr("shape holds -1"));
  EXPECT_THAT(weight_error(R"({"name":"w","shape":[4294967296,4294967296],"dtype":"float32"})"),
              HasSubstr("overflows"));
}

TEST(TfjsFolder, IsReadAsAModelFolder) {
  const TemporaryFolder temporary;
  const fs::path& folder = temporary.path();
  write_file_atomically(folder / "w.bin", {"\1\0\0\0", 4});
  write_file_atomically(folder / "model.json",
                        manifest(R"(["w.bin"])", R"({"name":"n","shape":[1],"dtype":"int32"})"));
  const CheckpointFile file = open_weights(folder);
  EXPECT_EQ(file.find("n")->dtype, DType::i32);
  EXPECT_EQ(file.format(), "TensorFlow.js");
}

TEST(TfjsFolder, ReadsARealModel) {
  const char* shared = std::getenv("ATTUNE_SHARED");
  const fs::path root =
      shared != nullptr ? fs::path(shared) : fs::path(ATTUNE_SOURCE_DIR).parent_path() / "shared";
  const fs::path path = root / "data/weights-mobilenetv2-035/model.json";
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not there; set ATTUNE_SHARED";
  const TfjsModel model = read_tfjs(path);
  EXPECT_EQ(model.weights.tensors().size(), 263u);
  std::int64_t parameters = 0;
  for (const TensorView& tensor : model.weights.tensors()) {
    EXPECT_EQ(tensor.dtype, DType::f32);
    parameters += tensor.numel();
  }
  EXPECT_EQ(parameters, 538'508);
  EXPECT_EQ(model.weights.find("Conv1/kernel")->shape, (std::vector<std::int64_t>{3, 3, 3, 16}));
  EXPECT_EQ(model.topology["class_name"], "Sequential");
}

}  // namespace
}  // namespace attune
