#include "attune/media/text/pre_tokenizers/pre_tokenizers.h"
#include "attune/media/text/split.h"

namespace attune {
namespace {

/// tokenizers/src/pre_tokenizers/punctuation.rs: the same characters as BERT's pre-tokenizer.
class Punctuation final : public PreTokenizer {
 public:
  explicit Punctuation(SplitBehavior behavior) : behavior_(behavior), table_(is_punctuation) {}
  void pre_tokenize(NormalizedText& text, std::vector<Span>& words) const override {
    split_words(text.text(), words, table_, behavior_);
  }

 private:
  SplitBehavior behavior_;
  CodePointTable<bool> table_;
};

}  // namespace

std::unique_ptr<PreTokenizer> make_punctuation(const ComponentJson& json) {
  return std::make_unique<Punctuation>(json.has("behavior") ? read_split_behavior(json, "behavior")
                                                            : SplitBehavior::isolated);
}

}  // namespace attune
