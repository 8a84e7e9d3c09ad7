#include "attune/media/text/pre_tokenizers/pre_tokenizers.h"
#include "attune/media/text/split.h"

namespace attune {
namespace {

/// tokenizers/src/pre_tokenizers/digits.rs: char::is_numeric, so fractions and Roman numerals count
/// too.
class Digits final : public PreTokenizer {
 public:
  explicit Digits(bool individual) : individual_(individual), table_(is_numeric) {}
  void pre_tokenize(NormalizedText& text, std::vector<Span>& words) const override {
    split_words(text.text(), words, table_,
                individual_ ? SplitBehavior::isolated : SplitBehavior::contiguous);
  }

 private:
  bool individual_;
  CodePointTable<bool> table_;
};

}  // namespace

std::unique_ptr<PreTokenizer> make_digits(const ComponentJson& json) {
  return std::make_unique<Digits>(json.flag("individual_digits"));
}

}  // namespace attune
