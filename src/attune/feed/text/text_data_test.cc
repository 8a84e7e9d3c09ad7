#include "attune/feed/text/text_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Tokenizer tiny_tokenizer() {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "vocab.txt",
                        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\n");
  write_file_atomically(folder.path() / "tokenizer_config.json",
                        R"({"tokenizer_class": "BertTokenizer", "model_max_length": 12})");
  return Tokenizer::from_pretrained(folder.path());
}

TextDataset texts(std::int64_t count) {
  TextDataset data;
  for (std::int64_t n = 0; n < count; ++n) {
    TextExample example{.text = "a"};
    for (std::int64_t i = 0; i < n % 7; ++i) example.text += i % 2 == 0 ? " b" : " c";
    if (n % 3 == 0) example.text_pair = "d d";
    data.examples.push_back(std::move(example));
  }
  return data;
}

std::vector<std::int64_t> values(const at::Tensor& tensor) {
  const auto* const begin = tensor.const_data_ptr<std::int64_t>();
  return {begin, begin + tensor.numel()};
}

TEST(TextData, AnyNumberOfThreadsGivesTheSameTokens) {
  const Tokenizer tokenizer = tiny_tokenizer();
  const TextData one = tokenize_dataset(texts(300), tokenizer, 8, 1);
  std::vector<std::int64_t> all(300);
  for (std::size_t n = 0; n < all.size(); ++n) all[n] = static_cast<std::int64_t>(n);
  for (const std::int64_t threads : {2, 5}) {
    const TextData several = tokenize_dataset(texts(300), tokenizer, 8, threads);
    EXPECT_EQ(several.full_lengths, one.full_lengths);
    EXPECT_EQ(values(several.tokens.pack(all).input_ids), values(one.tokens.pack(all).input_ids));
  }
}

TEST(TextData, CutsTheLongestFirstAndKeepsTheFullLength) {
  const Tokenizer tokenizer = tiny_tokenizer();
  TextDataset data;
  data.examples = {{.text = "a b c a b c"}, {.text = "a b c a", .text_pair = "d d"}};
  const TextData cut = tokenize_dataset(std::move(data), tokenizer, 6, 1);
  EXPECT_THAT(cut.full_lengths, ElementsAre(8, 9));
  EXPECT_THAT(cut.tokens.lengths(), ElementsAre(6, 6));
  const PackedTokens packed = cut.tokens.pack(std::vector<std::int64_t>{0, 1});
  EXPECT_THAT(values(packed.input_ids), ElementsAre(2, 5, 6, 7, 5, 3, 2, 5, 6, 3, 8, 3));
  EXPECT_THAT(values(packed.token_type_ids), ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1));
}

TEST(TextData, MaxLengthIsWhatModelAndTokenizerTake) {
  const Tokenizer tokenizer = tiny_tokenizer();
  EXPECT_EQ(effective_max_length({}, tokenizer, 64), 12);
  EXPECT_EQ(effective_max_length({}, tokenizer, 10), 10);
  EXPECT_EQ(effective_max_length(20, tokenizer, 64), 20);
  EXPECT_THAT(error_of(ErrorKind::user, [&] { effective_max_length(65, tokenizer, 64); }),
              HasSubstr("--max-length: got 65, but the model takes at most 64 tokens"));
}

TEST(TextData, TokenizerAndModelBelongTogether) {
  const Tokenizer tokenizer = tiny_tokenizer();
  check_tokenizer_fits(tokenizer, {.vocab_size = 9, .type_vocab_size = 1}, false, "x");
  EXPECT_THAT(error_of(ErrorKind::user,
                       [&] {
                         check_tokenizer_fits(tokenizer, {.vocab_size = 8, .type_vocab_size = 1},
                                              false, "x");
                       }),
              HasSubstr("the tokenizer has 9 tokens but the model's embedding table only 8"));
  EXPECT_THAT(error_of(ErrorKind::user,
                       [&] {
                         check_tokenizer_fits(tokenizer, {.vocab_size = 9, .type_vocab_size = 1},
                                              true, "x");
                       }),
              HasSubstr("--text-pair-column"));
}

}  // namespace
}  // namespace attune
