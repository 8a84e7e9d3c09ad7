#include "attune/data/image/arrays/cifar.h"
#include "attune/data/image/arrays/idx.h"
#include "attune/data/image/arrays/medmnist.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// An idx file of bytes.
std::string idx(std::vector<int> shape, const std::string& values) {
  std::string bytes("\0\0\x08", 3);
  bytes.push_back(static_cast<char>(shape.size()));
  for (const int size : shape) {
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(size >> shift));
  }
  return bytes + values;
}

std::string gzipped(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(bytes.size() + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

class ImageArrays : public ::testing::Test {
 protected:
  void add(const std::string& name, const std::string& bytes) {
    std::ofstream(root_ / name, std::ios::binary) << bytes;
  }
  const TemporaryFolder temporary_;
  const fs::path root_ = temporary_.path();
};

TEST(Idx, ParsesAndRefuses) {
  const std::string good = idx({2, 1, 2}, "abcd");
  const IdxArray array = parse_idx(std::as_bytes(std::span(good)), "x");
  EXPECT_THAT(array.shape, ElementsAre(2, 1, 2));
  EXPECT_THAT(array.values, ElementsAre('a', 'b', 'c', 'd'));
  const auto error = [](const std::string& bytes) {
    return error_of(ErrorKind::data, [&] { parse_idx(std::as_bytes(std::span(bytes)), "x"); });
  };
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_NE(error(good.substr(0, size)), "no error") << size;
  }
  EXPECT_THAT(error(good + "e"), HasSubstr("5 bytes of data, but its dimensions take 4"));
  EXPECT_THAT(error(std::string("\0\0\x0D\1\0\0\0\1", 8)), HasSubstr("type 0x0D"));
  EXPECT_THAT(error(std::string("\0\0\x08\3", 4) + std::string(12, '\xFF')),
              HasSubstr("larger than the 4.0 GiB"));
}

TEST_F(ImageArrays, MnistFilesPlainAndCompressed) {
  add("train-images-idx3-ubyte", idx({3, 1, 2}, "abcdef"));
  add("train-labels-idx1-ubyte.gz", gzipped(idx({3}, std::string("\0\1\2", 3))));
  add("t10k-images.idx3-ubyte.gz", gzipped(idx({1, 1, 2}, "gh")));
  add("t10k-labels.idx1-ubyte", idx({1}, "\1"));
  ASSERT_TRUE(is_idx_folder(root_));
  const ImageDataset data = read_idx_folder(root_);
  EXPECT_THAT(data.label_names, ElementsAre("0", "1", "2"));
  EXPECT_THAT(data.class_ids(), ElementsAre(0, 1, 2, 1));
  EXPECT_EQ(data.examples[3].split, GivenSplit::test);
  EXPECT_THAT(data.blocks[1].image(0).samples, ElementsAre('g', 'h'));
  EXPECT_EQ(data.source_name(1), "train-images-idx3-ubyte[1]");
  EXPECT_THAT(read_idx_folder(root_, {"x", "y", "z"}).label_names, ElementsAre("x", "y", "z"));
  EXPECT_THAT(
      error_of(ErrorKind::data,
               [&] {
                 read_idx_folder(root_, {"x", "y"});
               }),
      HasSubstr("train-images-idx3-ubyte[2]: the label is 2, but there are names for 0 to 1"));
}

TEST_F(ImageArrays, MnistFilesThatDoNotFit) {
  EXPECT_FALSE(is_idx_folder(root_));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_idx_folder(root_); }),
              HasSubstr("no pictures; expected train-"));
  add("train-images-idx3-ubyte", idx({2, 1, 2}, "abcd"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_idx_folder(root_); }),
              HasSubstr("but no train-labels-idx1-ubyte"));
  add("train-labels-idx1-ubyte", idx({3}, "abc"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_idx_folder(root_); }),
              HasSubstr("train-images-idx3-ubyte: 2 pictures, but 3 labels"));
  add("train-labels-idx1-ubyte", idx({2, 1, 1}, "ab"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_idx_folder(root_); }),
              HasSubstr("3 dimensions, expected labels"));
  add("train-labels-idx1-ubyte", gzipped(idx({2}, "ab")).substr(0, 20));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_idx_folder(root_); }),
              HasSubstr("damaged or cut off"));
  add("train-labels-idx1-ubyte", idx({2}, std::string("\1\1")));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_idx_folder(root_); }),
              HasSubstr("expected at least two classes"));
}

/// A record with red, green and blue planes of one value each.
std::string cifar_record(const std::string& labels, char red, char green, char blue) {
  return labels + std::string(1024, red) + std::string(1024, green) + std::string(1024, blue);
}

TEST_F(ImageArrays, Cifar10InterleavesItsPlanes) {
  add("data_batch_1.bin",
      cifar_record(std::string(1, '\0'), 1, 2, 3) + cifar_record("\1", 4, 5, 6));
  add("test_batch.bin", cifar_record("\1", 7, 8, 9));
  add("batches.meta.txt", "airplane\ncar\n\n");
  ASSERT_TRUE(is_cifar_folder(root_));
  const ImageDataset data = read_cifar_folder(root_);
  EXPECT_THAT(data.label_names, ElementsAre("airplane", "car"));
  EXPECT_THAT(data.class_ids(), ElementsAre(0, 1, 1));
  const Image picture = data.blocks[0].image(1);
  EXPECT_EQ(picture.height, 32);
  EXPECT_THAT(std::vector(picture.samples.end() - 3, picture.samples.end()), ElementsAre(4, 5, 6));
  EXPECT_EQ(data.examples[2].split, GivenSplit::test);
  add("data_batch_2.bin", "short");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_cifar_folder(root_); }),
              AllOf(HasSubstr("data_batch_2.bin: 5 bytes"), HasSubstr("a multiple of 3073")));
}

TEST_F(ImageArrays, Cifar100TakesTheFineLabel) {
  add("train.bin", cifar_record(std::string("\5\0", 2), 1, 2, 3) + cifar_record("\6\1", 4, 5, 6));
  add("fine_label_names.txt", "apple\nboy\n");
  ASSERT_TRUE(is_cifar_folder(root_));
  EXPECT_THAT(read_cifar_folder(root_).class_ids(), ElementsAre(0, 1));
}

/// A .npy array, little-endian.
std::string npy(const std::string& type, const std::string& shape, const std::string& values) {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.resize((header.size() + 10 + 64) / 64 * 64 - 10 - 1, ' ');
  header.push_back('\n');
  std::string bytes = "\x93NUMPY";
  bytes += std::string("\1\0", 2);
  bytes.push_back(static_cast<char>(header.size() & 255));
  bytes.push_back(static_cast<char>(header.size() >> 8));
  return bytes + header + values;
}

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

/// A ZIP archive of stored entries.
std::string zip(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string out, directory;
  for (const auto& [name, bytes] : entries) {
    const auto sum =
        crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
    std::string common;
    put(common, 20, 2);
    put(common, 0, 8);
    put(common, sum, 4);
    put(common, bytes.size(), 4);
    put(common, bytes.size(), 4);
    put(common, name.size(), 2);
    put(common, 0, 2);
    directory += std::string("PK\1\2\x14\0", 6) + common;
    put(directory, 0, 10);
    put(directory, out.size(), 4);
    directory += name;
    out += std::string("PK\3\4", 4) + common + name + bytes;
  }
  const std::size_t start = out.size();
  out += directory + std::string("PK\5\6\0\0\0\0", 8);
  put(out, entries.size(), 2);
  put(out, entries.size(), 2);
  put(out, directory.size(), 4);
  put(out, start, 4);
  put(out, 0, 2);
  return out;
}

class MedMnist : public ImageArrays {
 protected:
  ImageDataset read(const std::vector<std::pair<std::string, std::string>>& arrays,
                    const std::vector<std::string>& names = {}) {
    std::vector<std::pair<std::string, std::string>> entries;
    for (const auto& [key, bytes] : arrays) entries.emplace_back(key + ".npy", bytes);
    add("x.npz", zip(entries));
    return read_medmnist(root_ / "x.npz", names);
  }
  const std::string two_ = npy("|u1", "2, 1, 2", "abcd");
};

TEST_F(MedMnist, ReadsOneLabelEach) {
  const ImageDataset data =
      read({{"train_images", two_},
            {"train_labels", npy("|u1", "2, 1", std::string("\0\1", 2))},
            {"val_images", npy("|u1", "1, 1, 1, 3", "rgb")},
            {"val_labels", npy("<i8", "1,", std::string("\1\0\0\0\0\0\0\0", 8))}});
  EXPECT_THAT(data.class_ids(), ElementsAre(0, 1, 1));
  EXPECT_EQ(data.blocks[1].channels, 3);
  EXPECT_EQ(data.source_name(2), "x.npz: val_images[0]");
  EXPECT_EQ(data.examples[2].split, GivenSplit::validation);
  EXPECT_THAT(data.blocks[0].image(1).samples, ElementsAre('c', 'd'));
}

TEST_F(MedMnist, TellsWhichNumberAGivenNameStandsFor) {
  std::vector<std::string> told;
  const LogSink before =
      set_log_sink([&](LogLevel, std::string_view text) { told.emplace_back(text); });
  const auto with = [&](const std::vector<std::string>& names) {
    read({{"train_images", two_}, {"train_labels", npy("|u1", "2, 1", std::string("\0\1", 2))}},
         names);
  };
  with({});
  with({"0", "1"});
  EXPECT_THAT(told, ::testing::IsEmpty());
  with({"dog", "cat"});
  set_log_sink(before);
  EXPECT_THAT(told, ElementsAre(HasSubstr("0 is \"dog\", 1 is \"cat\"")));
}

TEST_F(MedMnist, ReadsSeveralLabelsEach) {
  const ImageDataset data =
      read({{"train_images", two_},
            {"train_labels", npy("|i1", "2, 3", "\1\xFF" + std::string(2, '\0') + "\1\1")}},
           {"a", "b", "c"});
  EXPECT_EQ(data.label_kind, LabelKind::multi_label);
  EXPECT_THAT(data.label_row(0), ElementsAre(1, -1, 0));
  EXPECT_THAT(data.label_row(1), ElementsAre(0, 1, 1));
}

TEST_F(MedMnist, NamesTheKeyThatDoesNotFit) {
  const std::string labels = npy("|u1", "2, 1", std::string("\0\1", 2));
  const auto error = [&](const auto& arrays) {
    return error_of(ErrorKind::data, [&] { read(arrays); });
  };
  using Arrays = std::vector<std::pair<std::string, std::string>>;
  EXPECT_THAT(error(Arrays{{"images", two_}}), HasSubstr("it holds images"));
  EXPECT_THAT(error(Arrays{{"train_images", two_}}),
              HasSubstr("holds train_images, but no train_labels"));
  EXPECT_THAT(error(Arrays{{"train_images", npy("|u1", "4,", "abcd")}, {"train_labels", labels}}),
              HasSubstr("x.npz: train_images: an array of U8 and shape [4]"));
  EXPECT_THAT(error(Arrays{{"train_images", npy("|u1", "1, 1, 1, 1, 4", "abcd")},
                           {"train_labels", labels}}),
              HasSubstr("expected uint8 pictures"));
  EXPECT_THAT(
      error(Arrays{{"train_images", npy("<u2", "2, 1, 1", "abcd")}, {"train_labels", labels}}),
      HasSubstr("an array of U16"));
  EXPECT_THAT(error(Arrays{{"train_images", two_}, {"train_labels", npy("|u1", "3, 1", "abc")}}),
              HasSubstr("train_labels: shape [3, 1]"));
  EXPECT_THAT(error(Arrays{{"train_images", two_}, {"train_labels", npy("|u1", "2, 2", "abcd")}}),
              HasSubstr("row 0 holds 97, expected 0 or 1"));
  EXPECT_THAT(
      error(Arrays{{"train_images", two_},
                   {"train_labels", npy("<f4", "2,", std::string("\0\0\0\x3F\0\0\0\0", 8))}}),
      HasSubstr("label 0 is 0.5, expected a whole number"));
}

}  // namespace
}  // namespace attune
