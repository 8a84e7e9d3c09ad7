// Compares with scikit-learn and SciPy: tests/parity/metrics/make_golden.py.
#include <algorithm>
#include <cmath>
#include <iostream>

#include <gtest/gtest.h>

#include "attune/base/json.h"
#include "attune/eval/metrics/labels/classification_metrics.h"
#include "attune/eval/metrics/labels/multilabel_metrics.h"
#include "attune/eval/metrics/labels/regression_metrics.h"

namespace attune {
namespace {

constexpr double kTolerance = 1e-6;

class MetricsParity : public ::testing::Test {
 protected:
  void TearDown() override {
    std::cout << "largest deviation " << largest_ << " (" << largest_name_ << ")\n";
  }
  void expect_values(const MetricValues& metrics, const Json& expected);

 private:
  double largest_ = 0.0;
  std::string largest_name_ = "none";
};

const Json& golden() {
  static const Json json =
      read_json(fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/metrics/golden.json");
  return json;
}

// Every expected name is there with its value, or among the undefined; and nothing else is.
void MetricsParity::expect_values(const MetricValues& metrics, const Json& expected) {
  for (const auto& [name, value] : expected.items()) {
    const auto found = metrics.find(name);
    ASSERT_EQ(found.has_value(), !value.is_null()) << name;
    if (!found) {
      const auto note =
          std::ranges::find(metrics.undefined, name, &std::pair<std::string, std::string>::first);
      ASSERT_NE(note, metrics.undefined.end()) << name;
      EXPECT_FALSE(note->second.empty()) << name << " has no reason";
      continue;
    }
    EXPECT_NEAR(*found, value.get<double>(), kTolerance) << name;
    const double deviation = std::abs(*found - value.get<double>());
    if (deviation > largest_) {
      largest_ = deviation;
      largest_name_ = name;
    }
  }
  EXPECT_EQ(metrics.values.size() + metrics.undefined.size(), expected.size());
}

void expect_per_class(const std::vector<ClassScores>& scores, const Json& expected) {
  ASSERT_EQ(scores.size(), expected.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    EXPECT_NEAR(scores[i].precision, expected[i][0].get<double>(), kTolerance);
    EXPECT_NEAR(scores[i].recall, expected[i][1].get<double>(), kTolerance);
    EXPECT_NEAR(scores[i].f1, expected[i][2].get<double>(), kTolerance);
    EXPECT_EQ(static_cast<double>(scores[i].support), expected[i][3].get<double>());
  }
}

std::vector<std::string> names(std::size_t count) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back("class" + std::to_string(i));
  return result;
}

TEST_F(MetricsParity, classification) {
  for (const Json& item : golden()["classification"]) {
    SCOPED_TRACE(item["name"].get<std::string>());
    const auto rows = item["probabilities"].get<std::vector<std::vector<float>>>();
    ClassificationMetrics metrics(names(rows.front().size()));
    for (std::size_t i = 0; i < rows.size(); ++i) metrics.add(rows[i], item["labels"][i]);
    expect_values(metrics.values(), item["expected"]);
    expect_per_class(metrics.per_class(), item["per_class"]);
    for (std::size_t i = 0; i < rows.front().size(); ++i) {
      for (std::size_t j = 0; j < rows.front().size(); ++j) {
        EXPECT_EQ(metrics.confusion().count(std::int64_t(i), std::int64_t(j)),
                  item["confusion"][i][j].get<std::int64_t>());
      }
    }
  }
}

TEST_F(MetricsParity, multilabel) {
  for (const Json& item : golden()["multilabel"]) {
    SCOPED_TRACE(item["name"].get<std::string>());
    const auto rows = item["probabilities"].get<std::vector<std::vector<float>>>();
    const auto labels = item["labels"].get<std::vector<std::vector<std::uint8_t>>>();
    MultilabelMetrics metrics(names(rows.front().size()));
    for (std::size_t i = 0; i < rows.size(); ++i) metrics.add(rows[i], labels[i]);
    expect_values(metrics.values(), item["expected"]);
    expect_per_class(metrics.per_class(), item["per_class"]);
  }
}

TEST_F(MetricsParity, regression) {
  for (const Json& item : golden()["regression"]) {
    SCOPED_TRACE(item["name"].get<std::string>());
    RegressionMetrics metrics;
    for (std::size_t i = 0; i < item["targets"].size(); ++i) {
      metrics.add(item["predictions"][i], item["targets"][i]);
    }
    expect_values(metrics.values(), item["expected"]);
  }
}

}  // namespace
}  // namespace attune
