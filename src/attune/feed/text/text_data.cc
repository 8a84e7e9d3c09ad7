#include "attune/feed/text/text_data.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/threads.h"

namespace attune {
Encoding tokenize_text(const Tokenizer& tokenizer, const std::string& text,
                       const std::optional<std::string>& pair, std::int64_t max_length,
                       std::int64_t& full_length) {
  EncodeOptions options{.want_tokens = false, .want_offsets = false};
  const auto encode = [&] {
    return pair ? tokenizer.encode(text, *pair, options) : tokenizer.encode(text, options);
  };
  // Encoded whole first: the report tells how much was cut, and most texts are not.
  Encoding encoding = encode();
  full_length = static_cast<std::int64_t>(encoding.size());
  if (full_length <= max_length) return encoding;
  options.truncation = TruncationStrategy::longest_first;
  options.max_length = max_length;
  return encode();
}

TextData tokenize_dataset(TextDataset dataset, const Tokenizer& tokenizer, std::int64_t max_length,
                          std::int64_t threads) {
  TextData data{.dataset = std::move(dataset)};
  const auto count = static_cast<std::size_t>(data.dataset.size());
  std::vector<Encoding> encodings(count);
  data.full_lengths.resize(count);
  // 64 texts at a time: tokenising one is shorter than handing it to a thread.
  parallel_for(data.dataset.size(), 64, static_cast<int>(threads), [&](auto begin, auto end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const TextExample& example = data.dataset.examples[i];
      encodings[i] = tokenize_text(tokenizer, example.text, example.text_pair, max_length,
                                   data.full_lengths[i]);
    }
  });
  const std::optional<std::int32_t> unknown = tokenizer.unk_id();
  for (const Encoding& encoding : encodings) {
    for (std::size_t i = 0; i < encoding.size(); ++i) {
      if (encoding.special_tokens_mask[i] != 0) continue;
      ++data.text_tokens;
      if (encoding.ids[i] == unknown) ++data.unknown_tokens;
    }
  }
  // One after the other: the store lays them end to end in the order of examples.
  for (const Encoding& encoding : encodings) data.tokens.add(encoding.ids, encoding.type_ids);
  return data;
}

bool warn_of_unknown_tokens(std::int64_t unknown, std::int64_t tokens, const std::string& what) {
  if (unknown * 20 <= tokens) return false;
  log_warning(
      "{}: {:.1f} % of their tokens are unknown to the tokenizer; the model sees one sign for all "
      "of "
      "them: is it a model of this language and writing?",
      what, 100.0 * static_cast<double>(unknown) / static_cast<double>(tokens));
  return true;
}

void check_tokenizer_fits(const Tokenizer& tokenizer, const ClassifierInfo& model, bool has_pairs,
                          const std::string& source) {
  check(tokenizer.vocab_size() <= model.vocab_size, ErrorKind::user,
        "{}: the tokenizer has {} tokens but the model's embedding table only {} rows; they do not "
        "belong together",
        source, tokenizer.vocab_size(), model.vocab_size);
  // Models without segments (RoBERTa and its like) would read past the end of a table of one row.
  check(!has_pairs || model.type_vocab_size >= 2, ErrorKind::user,
        "--text-pair-column: the model knows {} segment, a pair of texts needs 2",
        model.type_vocab_size);
}

std::int64_t effective_max_length(std::optional<std::int64_t> wanted, const Tokenizer& tokenizer,
                                  std::int64_t model_positions) {
  // A tokenizer may say less than the model has positions for: what it was trained with.
  if (!wanted) return std::min(model_positions, tokenizer.model_max_length());
  check(*wanted <= model_positions, ErrorKind::user,
        "--max-length: got {}, but the model takes at most {} tokens", *wanted, model_positions);
  return *wanted;
}

}  // namespace attune
