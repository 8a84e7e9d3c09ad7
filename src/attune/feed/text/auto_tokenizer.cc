#include "attune/feed/text/auto_tokenizer.h"

#include <ATen/ops/empty.h>

#include "attune/base/error.h"
#include "attune/pretrained/resolve.h"

namespace attune {
namespace {

template <typename T>
at::Tensor to_tensor(const std::vector<Encoding>& encodings, std::int64_t length,
                     std::vector<T> Encoding::*part) {
  at::Tensor result = at::empty({static_cast<std::int64_t>(encodings.size()), length}, at::kLong);
  auto* out = result.mutable_data_ptr<std::int64_t>();
  for (const Encoding& encoding : encodings)
    out = std::copy((encoding.*part).begin(), (encoding.*part).end(), out);
  return result;
}

}  // namespace

AutoTokenizer AutoTokenizer::from_pretrained(const std::string& name) {
  return AutoTokenizer(Tokenizer::from_pretrained(resolve_model(name)));
}

BatchEncoding AutoTokenizer::operator()(const std::vector<std::string>& texts,
                                        const CallOptions& options) const {
  return (*this)(texts, {}, options);
}

BatchEncoding AutoTokenizer::operator()(const std::vector<std::string>& texts,
                                        const std::vector<std::string>& seconds,
                                        const CallOptions& options) const {
  check(!texts.empty(), ErrorKind::user, "tokenizer: got no text, expected at least one");
  check(seconds.empty() || seconds.size() == texts.size(), ErrorKind::user,
        "tokenizer: got {} texts and {} second texts, expected as many of both", texts.size(),
        seconds.size());
  // Ids alone become tensors: pieces as text and their offsets are not made.
  const auto encodings = tokenizer_.encode_batch(
      texts, seconds,
      {.add_special_tokens = options.add_special_tokens,
       .truncation =
           options.truncation ? TruncationStrategy::longest_first : TruncationStrategy::none,
       .max_length = options.max_length.value_or(0),
       .padding = options.padding ? PaddingStrategy::longest : PaddingStrategy::none,
       .want_tokens = false,
       .want_offsets = false});
  const std::size_t length = encodings.front().size();
  // Hugging Face refuses this too where tensors are asked for.
  for (std::size_t n = 0; n < encodings.size(); ++n) {
    check(encodings[n].size() == length, ErrorKind::user,
          "tokenizer: text 0 has {} tokens and text {} has {}; a tensor needs one length: set "
          ".padding = true",
          length, n, encodings[n].size());
  }
  const auto columns = static_cast<std::int64_t>(length);
  return {to_tensor(encodings, columns, &Encoding::ids),
          to_tensor(encodings, columns, &Encoding::attention_mask),
          to_tensor(encodings, columns, &Encoding::type_ids)};
}

}  // namespace attune
