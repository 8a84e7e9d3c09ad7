// Compares with jiwer: tests/parity/error_rates/make_golden.py.
#include <gtest/gtest.h>

#include "attune/base/json.h"
#include "attune/eval/metrics/text/error_rates.h"

namespace attune {
namespace {

EditCounts counts_of(const Json& numbers) {
  return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

TEST(ErrorRatesParity, jiwer) {
  const Json golden =
      read_json(fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/error_rates/golden.json");
  for (const Json& item : golden) {
    ErrorRates rates;
    for (const Json& pair : item["texts"]) {
      const auto reference = pair["reference"].get<std::string>();
      const auto hypothesis = pair["hypothesis"].get<std::string>();
      SCOPED_TRACE("\"" + reference + "\" and \"" + hypothesis + "\"");
      rates.add(reference, hypothesis);
      EXPECT_EQ(rates.words().back(), counts_of(pair["words"]));
      EXPECT_EQ(rates.characters().back(), counts_of(pair["characters"]));
    }
    EXPECT_DOUBLE_EQ(*rates.values().find("wer"), item["wer"].get<double>());
    EXPECT_DOUBLE_EQ(*rates.values().find("cer"), item["cer"].get<double>());
  }
}

}  // namespace
}  // namespace attune
