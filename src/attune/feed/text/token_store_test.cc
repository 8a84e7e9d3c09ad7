#include "attune/feed/text/token_store.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

std::vector<std::int64_t> values(const at::Tensor& tensor) {
  const auto* data = tensor.const_data_ptr<std::int64_t>();
  return {data, data + tensor.numel()};
}

TEST(TokenStore, PacksExamplesInTheGivenOrder) {
  TokenStore store;
  store.add(std::vector<std::int32_t>{1, 2, 3}, {});
  store.add(std::vector<std::int32_t>{4, 5}, std::vector<std::int32_t>{0, 1});
  store.add(std::vector<std::int32_t>{6}, std::vector<std::int32_t>{0});
  EXPECT_EQ(store.lengths(), (std::vector<std::int64_t>{3, 2, 1}));
  const PackedTokens batch = store.pack(std::vector<std::int64_t>{1, 0, 2});
  EXPECT_EQ(values(batch.input_ids), (std::vector<std::int64_t>{4, 5, 1, 2, 3, 6}));
  EXPECT_EQ(values(batch.token_type_ids), (std::vector<std::int64_t>{0, 1, 0, 0, 0, 0}));
  EXPECT_EQ(values(batch.position_ids), (std::vector<std::int64_t>{0, 1, 0, 1, 2, 0}));
  EXPECT_EQ(batch.segments.offsets, (std::vector<std::int64_t>{0, 2, 5, 6}));
}

}  // namespace
}  // namespace attune
