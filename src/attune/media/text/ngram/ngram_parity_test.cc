// Compares with KenLM: tests/parity/ngram/make_golden.py.
#include <cmath>
#include <iostream>
#include <map>

#include <gtest/gtest.h>

#include "attune/base/json.h"
#include "attune/base/text/strings.h"
#include "attune/media/text/ngram/arpa.h"
#include "attune/media/text/ngram/estimate.h"

namespace attune {
namespace {

const fs::path kFolder = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/ngram";

TEST(NGramParity, scores) {
  const NGramModel model = read_arpa(kFolder / "lmplz.arpa");
  EXPECT_EQ(model.order(), 3);
  for (const Json& item : read_json(kFolder / "golden.json")) {
    const auto sentence = item["sentence"].get<std::string>();
    SCOPED_TRACE(sentence);
    EXPECT_NEAR(model.score_sentence(sentence, item["begin"], item["end"]),
                item["score"].get<double>(), 1e-4);
    auto state = item["begin"].get<bool>() ? model.begin_state() : model.empty_state();
    const auto words = split(sentence, ' ');
    const std::size_t spoken = sentence.empty() ? 0 : words.size();
    for (std::size_t i = 0; i < item["words"].size(); ++i) {
      const std::string_view word = i < spoken ? std::string_view(words[i]) : NGramModel::kEnd;
      ASSERT_NEAR(model.score(state, model.id_of(word)), item["words"][i].get<float>(), 1e-5);
    }
  }
}

/// Probability and back-off by n-gram.
std::map<std::string, std::pair<float, float>> entries_of(std::string_view arpa) {
  std::map<std::string, std::pair<float, float>> entries;
  for (const std::string& line : split(arpa, '\n')) {
    const auto fields = split(line, '\t');
    if (fields.size() < 2) continue;
    entries[fields[1]] = {std::stof(fields[0]), fields.size() > 2 ? std::stof(fields[2]) : 0};
  }
  return entries;
}

void expect_estimate(const std::vector<std::uint64_t>& prune, const char* golden) {
  NGramEstimator estimator(3, prune);
  const std::string text = read_file(kFolder / "text.txt", 1 << 20);
  auto lines = split(text, '\n');
  lines.pop_back();  // behind the last line's end
  for (const std::string& line : lines) estimator.add(line);
  const std::string arpa = estimator.to_arpa();
  parse_arpa(arpa, "ours");
  const auto got = entries_of(arpa);
  const auto expected = entries_of(read_file(kFolder / golden, 1 << 20));
  ASSERT_EQ(got.size(), expected.size());
  float largest = 0;
  for (const auto& [words, numbers] : expected) {
    ASSERT_TRUE(got.contains(words)) << words;
    // lmplz computes in float, and so its logarithms are off by some 1e-6.
    ASSERT_NEAR(got.at(words).first, numbers.first, 2e-5) << words;
    ASSERT_NEAR(got.at(words).second, numbers.second, 2e-5) << words;
    largest = std::max({largest, std::abs(got.at(words).first - numbers.first),
                        std::abs(got.at(words).second - numbers.second)});
  }
  std::cout << "largest deviation " << largest << "\n";
}

TEST(NGramParity, estimate) {
  expect_estimate({}, "lmplz.arpa");
}

TEST(NGramParity, estimate_of_a_pruned_model) {
  expect_estimate({0, 1, 2}, "lmplz_pruned.arpa");
}

}  // namespace
}  // namespace attune
