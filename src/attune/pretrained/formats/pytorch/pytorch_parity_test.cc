#include <cstdlib>

#include <gtest/gtest.h>
#include <unistd.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/pretrained/formats/model_folder.h"
#include "attune/pretrained/formats/pytorch/pytorch.h"

namespace attune {
namespace {

const fs::path kGoldens = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/pytorch_formats";

void expect_tensors(const CheckpointFile& file, const Json& expected) {
  EXPECT_EQ(file.tensors().size(), expected.size());
  for (const auto& [name, golden] : expected.items()) {
    SCOPED_TRACE(file.source() + ": " + name);
    const TensorView* tensor = file.find(name);
    ASSERT_NE(tensor, nullptr);
    EXPECT_EQ(dtype_name(tensor->dtype), golden["dtype"].get<std::string>());
    EXPECT_EQ(tensor->shape, golden["shape"].get<std::vector<std::int64_t>>());
    EXPECT_EQ(sha256_hex(tensor->bytes), golden["sha256"].get<std::string>());
  }
}

Json golden_of(const std::string& file) {
  return read_json(kGoldens / "golden.json")["files"][file];
}

class ForeignFile : public ::testing::TestWithParam<const char*> {};

TEST_P(ForeignFile, HoldsWhatItsMakerSaved) {
  expect_tensors(open_weights(kGoldens / GetParam()), golden_of(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(PytorchFormatsParity, ForeignFile,
                         ::testing::Values("dtypes.pt", "checkpoint.pth", "protocol4.pt",
                                           "module.pt", "legacy_dtypes.th", "legacy_checkpoint.bin",
                                           "stored.npz", "deflated.npz"));

TEST(PytorchFormatsParity, KeepsWhatStoodBesideTheWeights) {
  for (const char* name : {"checkpoint.pth", "protocol4.pt", "legacy_checkpoint.bin"}) {
    const auto metadata = read_pytorch(kGoldens / name).metadata();
    EXPECT_EQ(metadata, (CheckpointFile::Metadata{{"epoch", "12"},
                                                  {"arch", "resnet20"},
                                                  {"best_prec1", "91.5"},
                                                  {"state_dict_key", "state_dict"},
                                                  {"stripped_prefix", "module."},
                                                  {"left_out", "best_loss, optimizer"}}));
  }
  const auto module = read_pytorch(kGoldens / "module.pt").metadata();
  EXPECT_EQ(module.at("module_class"), "torch.nn.modules.container.Sequential");
}

// check_written.py opens the file that this leaves in ATTUNE_PARITY_OUT.
TEST(PytorchFormatsParity, ReadsWhatItWrote) {
  const char* out = std::getenv("ATTUNE_PARITY_OUT");
  const fs::path folder = out != nullptr ? fs::path(out) : fs::temp_directory_path();
  const fs::path written =
      folder / (out != nullptr ? std::string("written.pt") : fmt::format("attune-{}.pt", getpid()));
  const CheckpointFile dtypes = read_pytorch(kGoldens / "dtypes.pt");
  const CheckpointFile views = read_pytorch(kGoldens / "checkpoint.pth");
  std::vector<TensorView> tensors = dtypes.tensors();
  tensors.insert(tensors.end(), views.tensors().begin(), views.tensors().end());
  write_pytorch(written, tensors);
  Json expected = golden_of("dtypes.pt");
  expected.update(golden_of("checkpoint.pth"));
  const CheckpointFile file = read_pytorch(written);
  expect_tensors(file, expected);
  EXPECT_EQ(file.find("base")->bytes.data(), file.find("tied")->bytes.data());
  if (out == nullptr) fs::remove(written);
}

}  // namespace
}  // namespace attune
