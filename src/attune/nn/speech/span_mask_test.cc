#include "attune/nn/speech/span_mask.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include "attune/base/files.h"
#include "attune/base/json.h"

namespace attune::nn {
namespace {

struct Model : Module {
  explicit Model(const SpanMaskOptions& options)
      : mask(register_module("mask", std::make_shared<SpanMask>(options))) {
    assign_dropout_sites(*this);
  }
  std::shared_ptr<SpanMask> mask;
};

// tests/parity/wav2vec2/make_golden.py asked transformers.
TEST(SpanMask, CountsSpansAsUpstream) {
  const Json cases = read_json(fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/wav2vec2/spans.json");
  ASSERT_GT(cases.size(), 100);
  for (const Json& item : cases) {
    const SpanMaskOptions options = {item[1], item[2], item[3]};
    EXPECT_EQ(span_count(item[0], options, item[4]), item[5].get<std::int64_t>()) << item;
  }
}

TEST(SpanMask, ShorterThanASpanHidesNothing) {
  EXPECT_EQ(span_count(9, {0.9, 10, 2}, 0.9), 0);  // upstream throws
  const Model model({0.9, 10, 2});
  const NoiseScope noise(1, 0, 0, 0);
  const at::Tensor mask = model.mask->draw(Segments{{0, 9, 39}});
  EXPECT_EQ(mask.narrow(0, 0, 9).sum().item<std::int64_t>(), 0);
  EXPECT_GE(mask.narrow(0, 9, 30).sum().item<std::int64_t>(), 10);
}

TEST(SpanMask, HidesWholeSpansWithinEachSequence) {
  const Model model({0.3, 4, 1});
  Segments segments;
  for (int n = 0; n < 50; ++n) segments.offsets.push_back(segments.rows() + 11 + n);
  const NoiseScope noise(3, 0, 5, 0);
  const at::Tensor mask = model.mask->draw(segments);
  double covered = 0, expected = 0;
  for (std::int64_t n = 0; n < segments.count(); ++n) {
    const std::int64_t first = segments.offsets[static_cast<std::size_t>(n)];
    std::int64_t run = 0;
    for (std::int64_t t = 0; t <= segments.length(n); ++t) {
      const bool hidden = t < segments.length(n) && mask[first + t].item<bool>();
      if (hidden) ++run;
      if (hidden || run == 0) continue;
      EXPECT_GE(run, 4) << n;
      covered += static_cast<double>(run);
      run = 0;
    }
    expected += 0.3 * static_cast<double>(segments.length(n));
  }
  // Overlaps take a part of what the spans would cover.
  EXPECT_GT(covered, 0.6 * expected);
  EXPECT_LT(covered, 1.2 * expected);
}

TEST(SpanMask, IsKeyedByTheStepAndOffInEvaluation) {
  const Model model({0.3, 4, 1});
  const Segments segments = {{0, 40, 100}};
  const auto at_step = [&](std::int64_t step) {
    const NoiseScope noise(3, 0, step, 0);
    return model.mask->draw(segments);
  };
  EXPECT_TRUE(at::equal(at_step(1), at_step(1)));
  EXPECT_FALSE(at::equal(at_step(1), at_step(2)));
  model.mask->eval();
  EXPECT_FALSE(model.mask->draw(segments).defined());
  const Model never({0.0, 4, 1});
  EXPECT_FALSE(never.mask->draw(segments).defined());
}

}  // namespace
}  // namespace attune::nn
