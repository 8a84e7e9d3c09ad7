#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/pretrained/formats/darknet/darknet_cfg.h"
#include "attune/pretrained/formats/darknet/darknet_network.h"
#include "attune/pretrained/formats/darknet/darknet_weights.h"
#include "attune/pretrained/formats/model_folder.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kSmall = R"(# a comment
[net]
width = 32
height=64   # twice as high
channels=3

[convolutional]
batch_normalize=1
filters=4
size=3
stride=2
pad=1
activation=leaky

[maxpool]
size=2
stride=2

[route]
layers=-1, 0
)";

// The route joins maps of two sizes; without it the network is whole.
std::string small_network() {
  const std::string text = kSmall;
  return text.substr(0, text.find("[route]")) + R"([convolutional]
filters=14
size=1
activation=linear

[yolo]
mask=1,2
anchors = 1,2,  3,4, 5,6.5
num=3
classes=2
)";
}

std::string error_of(const std::string& cfg) {
  try {
    read_darknet_network(parse_darknet_cfg(cfg, "x.cfg"));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(DarknetCfg, ReadsSectionsAndWritesThemBack) {
  const DarknetCfg cfg = parse_darknet_cfg(small_network(), "x.cfg");
  ASSERT_EQ(cfg.sections.size(), 5U);
  EXPECT_EQ(cfg.sections[0].type, "net");
  EXPECT_EQ(cfg.sections[1].line, 7);
  EXPECT_EQ(cfg.integer(cfg.sections[0], "height", 0, 1, 100), 64);
  EXPECT_THAT(cfg.reals(cfg.sections[4], "anchors"), ElementsAre(1, 2, 3, 4, 5, 6.5));
  const DarknetCfg again = parse_darknet_cfg(cfg.text(), "y.cfg");
  EXPECT_EQ(again.text(), cfg.text());
  EXPECT_EQ(read_darknet_network(again).layers.size(), 4U);
}

// option_list.c: a key that stands twice has its first value.
TEST(DarknetCfg, TakesTheFirstOfTwoValues) {
  const DarknetCfg cfg = parse_darknet_cfg("[net]\nwidth=32\nwidth=64\n", "x.cfg");
  EXPECT_EQ(cfg.integer(cfg.sections[0], "width", 0, 1, 100), 32);
}

TEST(DarknetCfg, RefusesWhatIsNone) {
  const auto parse = [](std::string_view text) { return parse_darknet_cfg(text, "x.cfg"); };
  EXPECT_THROW(parse(""), Error);
  EXPECT_THROW(parse("filters=3\n[net]\n"), Error);
  EXPECT_THROW(parse("[net]\nwidth\n"), Error);
  EXPECT_THROW(parse("[\n"), Error);
  EXPECT_THROW(parse("[net]\n\xff\n"), Error);
  EXPECT_THAT(error_of(replaced(small_network(), "filters=4", "filters=4x")),
              HasSubstr("x.cfg line 9, [convolutional]: filters is \"4x\", expected a whole"));
}

TEST(DarknetNetwork, KnowsSizesAndAnchors) {
  const DarknetNetwork net = read_darknet_network(parse_darknet_cfg(small_network(), "x.cfg"));
  ASSERT_EQ(net.layers.size(), 4U);
  EXPECT_EQ(net.layers[0].height, 32);
  EXPECT_EQ(net.layers[0].width, 16);
  EXPECT_EQ(net.layers[0].padding, 1);
  EXPECT_EQ(net.layers[1].width, 8);
  EXPECT_EQ(net.layers[1].padding, 1);  // size - 1 in all
  EXPECT_THAT(net.layers[3].anchors, ElementsAre(std::pair(3.0, 4.0), std::pair(5.0, 6.5)));
}

TEST(DarknetNetwork, NamesTheLineOfWhatDoesNotFit) {
  const std::string good = small_network();
  EXPECT_THAT(error_of(kSmall), HasSubstr("x.cfg line 19, [route]: layer 1 is 8 x 16, layer 0 16"));
  EXPECT_THAT(
      error_of(replaced(good, "filters=14", "filters=13")),
      HasSubstr("need filters=14 in the [convolutional] before it, which has 13 (line 19)"));
  EXPECT_THAT(error_of(replaced(good, "mask=1,2", "mask=1,3")), HasSubstr("mask holds 3"));
  EXPECT_THAT(error_of(replaced(good, "num=3", "num=4")), HasSubstr("lists 6 numbers"));
  EXPECT_THAT(error_of(replaced(good, "3,4", "3,-4")), HasSubstr("anchor 1 is 3 x -4"));
  EXPECT_THAT(error_of(replaced(good, "leaky", "selu")), HasSubstr("activation=selu"));
  EXPECT_THAT(error_of(replaced(good, "linear", "leaky")), HasSubstr("activation=linear"));
  EXPECT_THAT(error_of(replaced(good, "stride=2\npad", "stride=2\ngroups=2\npad")),
              HasSubstr("groups=2 does not divide its 3"));
  EXPECT_THAT(error_of(replaced(good, "[maxpool]", "[sam]")), HasSubstr("[sam]: layers of this"));
  EXPECT_THAT(error_of(replaced(good, "pad=1", "pad=1\ndilation=2")), HasSubstr("dilation=2"));
  EXPECT_THAT(error_of(replaced(good, "pad=1", "pad=1\nxnor=1")), HasSubstr("xnor=1"));
  EXPECT_THAT(error_of(replaced(good, "width = 32", "width=0")), HasSubstr("width is \"0\""));
  EXPECT_THAT(error_of(replaced(good, "[net]", "[maxpool]")), HasSubstr("expected [net]"));
  EXPECT_THAT(error_of(good.substr(0, good.find("[yolo]"))), HasSubstr("no [yolo] layer"));
  EXPECT_THAT(error_of(replaced(good, "[maxpool]\nsize=2\nstride=2", "[shortcut]\nfrom=-2")),
              HasSubstr("from=-2 is no layer before this one, number 1"));
  EXPECT_THAT(error_of(replaced(good, "[convolutional]\nfilters=14",
                                "[shortcut]\nfrom=0\n[convolutional]\nfilters=14")),
              HasSubstr("from=0 is 16 x 32, the layer before 8 x 16: only equal sizes"));
}

TEST(DarknetNetwork, TakesPartsOfChannels) {
  const std::string good = small_network();
  const std::string part =
      replaced(good, "[maxpool]\nsize=2\nstride=2", "[route]\nlayers=-1\ngroups=2\ngroup_id=1");
  EXPECT_EQ(read_darknet_network(parse_darknet_cfg(part, "x.cfg")).layers[1].channels, 2);
  EXPECT_THAT(error_of(replaced(part, "group_id=1", "group_id=2")), HasSubstr("group_id=2"));
  EXPECT_THAT(error_of(replaced(part, "groups=2", "groups=3")), HasSubstr("does not divide"));
}

// Every value is its place in the file.
std::string weights_text(std::size_t values, bool wide = true) {
  std::string bytes;
  const auto add = [&](auto value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  add(std::int32_t{0});
  add(std::int32_t{wide ? 2 : 1});
  add(std::int32_t{5});
  wide ? add(std::uint64_t{1} << 40) : add(std::uint32_t{77});
  for (std::size_t i = 0; i < values; ++i) add(static_cast<float>(i));
  return bytes;
}

CheckpointFile parse_weights(const std::string& bytes) {
  return parse_darknet_weights(std::as_bytes(std::span(bytes)), "x.weights",
                               parse_darknet_cfg(small_network(), "x.cfg"));
}

constexpr std::size_t kValues = 4 * 4 + 4 * 3 * 9 + 14 + 14 * 4;

float first_of(const CheckpointFile& file, const char* name) {
  float value = -1;
  std::memcpy(&value, file.find(name)->bytes.data(), sizeof value);
  return value;
}

TEST(DarknetWeights, AreTakenInTheFilesOrder) {
  const std::string bytes = weights_text(kValues);
  const CheckpointFile file = parse_weights(bytes);
  EXPECT_EQ(first_of(file, "layers.0.bn.bias"), 0);
  EXPECT_EQ(first_of(file, "layers.0.bn.weight"), 4);
  EXPECT_EQ(first_of(file, "layers.0.bn.running_mean"), 8);
  EXPECT_EQ(first_of(file, "layers.0.bn.running_var"), 12);
  EXPECT_EQ(first_of(file, "layers.0.conv.weight"), 16);
  EXPECT_EQ(first_of(file, "layers.2.conv.bias"), 124);
  EXPECT_EQ(first_of(file, "layers.2.conv.weight"), 138);
  EXPECT_THAT(file.find("layers.0.conv.weight")->shape, ElementsAre(4, 3, 3, 3));
  EXPECT_EQ(file.metadata().at("darknet_seen"), "1099511627776");
  const std::string old = weights_text(kValues, false);
  EXPECT_EQ(parse_weights(old).metadata().at("darknet_seen"), "77");
}

TEST(DarknetWeights, MustFitTheNetwork) {
  const auto message = [](const std::string& bytes) -> std::string {
    try {
      parse_weights(bytes);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message(weights_text(kValues - 1)),
              HasSubstr("it ends in layer 2 (x.cfg line 19, [convolutional]): layers.2.conv.weight "
                        "has 56 values, and 55 are left"));
  EXPECT_THAT(message(weights_text(kValues + 2)), HasSubstr("2 values are left behind"));
  EXPECT_THAT(message(weights_text(kValues) + "x"), HasSubstr("no whole number"));
  EXPECT_THAT(message("short"), HasSubstr("too few"));
  EXPECT_THAT(message("version https://git-lfs.github.com/spec/v1"), HasSubstr("no darknet has"));
  std::string negative = weights_text(kValues);
  const float below = -1;
  std::memcpy(negative.data() + 20 + 12 * sizeof(float), &below, sizeof below);
  EXPECT_THAT(message(negative), HasSubstr("variance -1"));
}

void write(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(DarknetWeights, FindTheirDescription) {
  const TemporaryFolder folder;
  write(folder.path() / "net.cfg", small_network());
  write(folder.path() / "net_best.weights", weights_text(kValues));
  write(folder.path() / "my.names", "cat\r\ndog\n\n");
  for (const char* name : {"net_best.weights", "net.cfg"}) {
    const CheckpointFile file = open_weights(folder.path() / name);
    EXPECT_EQ(file.tensors().size(), 7U);
    EXPECT_EQ(file.metadata().at("label_names"), "[\"cat\",\"dog\"]");
    EXPECT_EQ(file.format(), "darknet");
  }
  write(folder.path() / "my.names", "cat\n");
  EXPECT_FALSE(open_weights(folder.path() / "net.cfg").metadata().contains("label_names"));
  write(folder.path() / "other.weights", weights_text(kValues));
  EXPECT_EQ(open_weights(folder.path() / "other.weights").tensors().size(), 7U);  // the only .cfg
  write(folder.path() / "other2.cfg", small_network());
  EXPECT_THROW(open_weights(folder.path() / "other.weights"), Error);
}

TEST(DarknetWeights, AreReadAsTheyAreWritten) {
  const TemporaryFolder folder;
  const std::string bytes = weights_text(kValues);
  const CheckpointFile file = parse_weights(bytes);
  const DarknetCfg cfg = parse_darknet_cfg(small_network(), "x.cfg");
  const fs::path path = folder.path() / "new.weights";
  write_darknet_weights(path, read_darknet_network(cfg), file.tensors(), std::uint64_t{1} << 40);
  EXPECT_EQ(read_file(path, 1 << 20), bytes);
  EXPECT_THROW(
      write_darknet_weights(path, read_darknet_network(cfg), std::span(file.tensors()).first(3)),
      Error);
}

}  // namespace
}  // namespace attune
