#include <cstdlib>

#include <gtest/gtest.h>
#include <unistd.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"

namespace attune {
namespace {

const fs::path kGoldens = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/safetensors";

TEST(SafetensorsParity, ReadsWhatTheOriginalLibraryWrote) {
  const CheckpointFile file = read_safetensors(kGoldens / "golden.safetensors");
  const Json expected = read_json(kGoldens / "golden.json")["tensors"];
  EXPECT_EQ(file.tensors().size(), expected.size());
  EXPECT_EQ(file.metadata(), (CheckpointFile::Metadata{{"format", "pt"}}));
  for (const auto& [name, golden] : expected.items()) {
    const TensorView* tensor = file.find(name);
    ASSERT_NE(tensor, nullptr) << name;
    EXPECT_EQ(dtype_name(tensor->dtype), golden["dtype"].get<std::string>()) << name;
    EXPECT_EQ(tensor->shape, golden["shape"].get<std::vector<std::int64_t>>()) << name;
    EXPECT_EQ(sha256_hex(tensor->bytes), golden["sha256"].get<std::string>()) << name;
  }
}

// check_written.py opens the file that this leaves in ATTUNE_PARITY_OUT.
TEST(SafetensorsParity, WritesTheSameBytes) {
  const char* out = std::getenv("ATTUNE_PARITY_OUT");
  const fs::path folder = out != nullptr ? fs::path(out) : fs::temp_directory_path();
  const fs::path written =
      folder / (out != nullptr ? "written.safetensors"
                               : fmt::format("attune-parity-{}.safetensors", getpid()));
  const CheckpointFile file = read_safetensors(kGoldens / "golden.safetensors");
  write_safetensors(written, file.tensors());
  EXPECT_EQ(read_file(written, 1 << 20), read_file(kGoldens / "golden.safetensors", 1 << 20));
  if (out == nullptr) fs::remove(written);
}

}  // namespace
}  // namespace attune
