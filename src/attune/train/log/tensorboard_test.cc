#include "attune/train/log/tensorboard.h"

#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "attune/base/coding/crc32c.h"
#include "attune/base/error.h"

namespace attune {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string result;
  for (const int value : values) result += static_cast<char>(value);
  return result;
}

class TensorBoard : public ::testing::Test {
 protected:
  void SetUp() override { remove_tree(folder_); }
  void TearDown() override { remove_tree(folder_); }
  // CTest runs each test in a process of its own, several at once.
  const fs::path folder_ =
      fs::path(::testing::TempDir()) / fmt::format("attune_tensorboard_test-{}", getpid());
};

std::uint64_t little_endian(std::string_view text) {
  std::uint64_t value = 0;
  for (std::size_t i = text.size(); i-- > 0;)
    value = value << 8 | static_cast<std::uint8_t>(text[i]);
  return value;
}

// The payloads of a TFRecord file, checksums verified.
std::vector<std::string> read_records(const fs::path& path) {
  const std::string file = read_file(path, 1 << 20);
  std::string_view rest = file;
  std::vector<std::string> payloads;
  while (!rest.empty()) {
    const std::uint64_t length = little_endian(rest.substr(0, 8));
    EXPECT_EQ(little_endian(rest.substr(8, 4)), masked_crc32c(rest.substr(0, 8)));
    payloads.emplace_back(rest.substr(12, length));
    EXPECT_EQ(little_endian(rest.substr(12 + length, 4)), masked_crc32c(payloads.back()));
    rest.remove_prefix(16 + length);
  }
  return payloads;
}

TEST_F(TensorBoard, record_framing) {
  // length 0: the checksum of eight zero bytes, and that of nothing
  const std::string record = tfrecord("");
  ASSERT_EQ(record.size(), 16u);
  EXPECT_EQ(record.substr(0, 8), std::string(8, '\0'));
  EXPECT_EQ(record.substr(8, 4), bytes({0x29, 0x03, 0x98, 0x07}));
  EXPECT_EQ(record.substr(12), bytes({0xd8, 0xea, 0x82, 0xa2}));
}

TEST_F(TensorBoard, scalar_event_bytes) {
  EXPECT_EQ(encode_scalar_event(1.0, 300, "loss", 0.5f),
            bytes({0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f}) +  // 1: wall_time 1.0
                bytes({0x10, 0xac, 0x02}) +                // 2: step 300
                bytes({0x2a, 0x0d, 0x0a, 0x0b}) +          // 5: summary, 1: value
                bytes({0x0a, 0x04}) + "loss" +             // 1: tag
                bytes({0x15, 0, 0, 0, 0x3f}));             // 2: simple_value 0.5
}

TEST_F(TensorBoard, file_starts_with_its_version_and_appears_after_flush) {
  TensorBoardWriter writer(folder_ / "runs");
  writer.add_scalar("train/loss", 0.25, 7);
  writer.flush();
  const auto records = read_records(writer.path());
  ASSERT_EQ(records.size(), 2u);
  EXPECT_TRUE(records[0].ends_with(bytes({0x1a, 0x0d}) + "brain.Event:2"));
  EXPECT_NE(records[1].find("train/loss"), std::string::npos);
  EXPECT_TRUE(writer.path().filename().string().starts_with("events.out.tfevents."));
}

TEST_F(TensorBoard, a_second_writer_opens_its_own_file_and_marks_the_restart) {
  fs::path first, second;
  {
    TensorBoardWriter a(folder_), b(folder_, 5);  // the same second, the same process
    first = a.path();
    second = b.path();
  }
  EXPECT_NE(first, second);
  EXPECT_EQ(read_records(first).size(), 1u);
  const auto records = read_records(second);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_TRUE(records[1].ends_with(bytes({0x10, 0x05, 0x3a, 0x02, 0x08, 0x01})));
}

TEST_F(TensorBoard, a_folder_that_cannot_be_made_is_an_io_error) {
  EXPECT_THROW(TensorBoardWriter("/proc/no/such/folder"), Error);
}

// tests/parity/tensorboard/check_events.py runs this with a folder and reads that with TensorBoard.
TEST_F(TensorBoard, a_resumed_run) {
  const char* given = std::getenv("ATTUNE_TENSORBOARD_OUT");
  const fs::path target = given != nullptr ? fs::path(given) : folder_;
  {
    TensorBoardWriter writer(target);
    for (int step = 1; step <= 6; ++step) writer.add_scalar("train/loss", 1.0 / step, step);
  }
  TensorBoardWriter writer(target, 5);  // killed after step 6, resumed after step 4
  for (int step = 5; step <= 8; ++step) writer.add_scalar("train/loss", 10.0 + step, step);
  writer.add_scalar("eval/accuracy", 0.875, 8);
  writer.flush();
  EXPECT_EQ(read_records(writer.path()).size(), 7u);
  EXPECT_EQ(std::distance(fs::directory_iterator(target), fs::directory_iterator()), 2);
}

}  // namespace
}  // namespace attune
