#include "attune/models/config_fields.h"

#include <ctime>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

std::vector<std::string> labels_of(const Json& json) {
  const std::string source = "config.json";
  return read_labels(ConfigFields(json, source));
}

// 40,000 labels took 8 s where each was searched for in the file's object.
TEST(ConfigFields, LabelsTakeLinearTime) {
  std::vector<std::string> labels;
  for (int i = 0; i < 200'000; ++i) labels.push_back(fmt::format("species {}", i));
  const std::clock_t start = std::clock();
  Json written = Json::object();
  write_labels(written, labels, {});
  const Json read = parse_json(written.dump(), "config.json");
  EXPECT_EQ(labels_of(read), labels);
  EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 2);
  EXPECT_EQ(read["label2id"]["species 199999"], 199'999);
}

TEST(ConfigFields, OfTwoLabelsOfOneNameTheLastIdStands) {
  Json json = Json::object();
  write_labels(json, {"a", "b", "a"}, {});
  EXPECT_EQ(json["id2label"].dump(), R"({"0":"a","1":"b","2":"a"})");
  EXPECT_EQ(json["label2id"].dump(), R"({"a":2,"b":1})");
}

TEST(ConfigFields, LabelsStandUnderTheirIdsInAnyOrderWithoutAGap) {
  EXPECT_EQ(labels_of(Json::parse(R"({"id2label":{"1":"b","0":"a"}})")),
            (std::vector<std::string>{"a", "b"}));
  const std::string gap = error_of(
      ErrorKind::data, [] { labels_of(Json::parse(R"({"id2label":{"0":"a","2":"b"}})")); });
  EXPECT_NE(gap.find("ids count from 0 without a gap"), std::string::npos) << gap;
}

}  // namespace
}  // namespace attune
