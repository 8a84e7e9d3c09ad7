#include "attune/tasks/run/saved/fine_tuned_folder.h"

#include <memory>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/nn/layers/linear.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class TwoLayers : public Model {
 public:
  explicit TwoLayers(std::int64_t width = 2)
      : head_(register_module("head", std::make_shared<nn::Linear>(width, 1))) {}
  std::vector<DepthGroup> depth_groups() const override { return {{"head", {"head."}}}; }
  Json config_json() const override { return {{"model_type", "two-layers"}}; }

 private:
  std::shared_ptr<nn::Linear> head_;
};

class FineTunedFolderTest : public ::testing::Test {
 protected:
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& entry : fs::directory_iterator(path_)) {
      result.push_back(entry.path().filename().string());
    }
    return result;
  }
  std::string load_error(Model& model) const {
    return error_of([&] { FineTunedFolder(model).load(path_); });
  }

  TemporaryFolder temporary_;
  const fs::path path_ = temporary_.path();
  TwoLayers model_;
};

TEST_F(FineTunedFolderTest, HoldsTheModelAndWhatTheTaskKeeps) {
  {
    const at::NoGradGuard no_grad;
    model_.tensor("head.weight").fill_(0.5);
    model_.tensor("head.bias").fill_(-1);
  }
  FineTunedFolder folder(model_);
  folder.keep("run.yaml", "old");
  folder.keep([](const fs::path& path) { write_file_atomically(path / "vocab.txt", "[PAD]"); });
  folder.keep("run.yaml", "new");  // the same name again: the newest
  folder.save(path_);
  EXPECT_THAT(names(),
              UnorderedElementsAre("model.safetensors", "config.json", "run.yaml", "vocab.txt"));
  EXPECT_EQ(read_file(path_ / "run.yaml", 100), "new");

  TwoLayers other;
  EXPECT_FALSE(at::equal(other.tensor("head.weight"), model_.tensor("head.weight")));
  FineTunedFolder(other).load(path_);
  EXPECT_TRUE(at::equal(other.tensor("head.weight"), model_.tensor("head.weight")));
  EXPECT_TRUE(at::equal(other.tensor("head.bias"), model_.tensor("head.bias")));
}

TEST_F(FineTunedFolderTest, WritesOneFileAlone) {
  FineTunedFolder folder(model_);
  folder.keep("run.yaml", "seed: 1");
  folder.keep("labels.json", "[]");
  folder.save_file(path_, "run.yaml");
  EXPECT_THAT(names(), UnorderedElementsAre("run.yaml"));
}

TEST_F(FineTunedFolderTest, AFailedWriterIsToldAndTheWeightsAreThere) {
  FineTunedFolder folder(model_);
  folder.keep([](const fs::path& path) { write_file_atomically(path / "no" / "file", ""); });
  EXPECT_THAT(error_of(ErrorKind::io, [&] { folder.save(path_); }), HasSubstr("no/file"));
  EXPECT_TRUE(fs::exists(path_ / "model.safetensors"));
}

TEST_F(FineTunedFolderTest, RefusesWeightsThatAreMissingCutOffOrOfAnotherModel) {
  const at::Tensor before = model_.tensor("head.weight").clone();
  EXPECT_NE(load_error(model_), "no error");  // there is nothing
  FineTunedFolder(model_).save(path_);

  const std::string whole = read_file(path_ / "model.safetensors", 1 << 20);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{40}, whole.size() - 1}) {
    write_file_atomically(path_ / "model.safetensors", whole.substr(0, size));
    EXPECT_THAT(load_error(model_), HasSubstr("model.safetensors")) << size;
  }
  write_file_atomically(path_ / "model.safetensors", whole);
  TwoLayers wider(3);
  EXPECT_THAT(load_error(wider), HasSubstr("head.weight"));
  EXPECT_TRUE(at::equal(model_.tensor("head.weight"), before));
}

}  // namespace
}  // namespace attune
