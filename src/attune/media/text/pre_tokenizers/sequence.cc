#include "attune/media/text/pre_tokenizers/pre_tokenizers.h"

namespace attune {
namespace {

class PreTokenizerSequence final : public PreTokenizer {
 public:
  explicit PreTokenizerSequence(std::vector<std::unique_ptr<PreTokenizer>> parts)
      : parts_(std::move(parts)) {}
  void pre_tokenize(NormalizedText& text, std::vector<Span>& words) const override {
    for (const auto& part : parts_) part->pre_tokenize(text, words);
  }

 private:
  std::vector<std::unique_ptr<PreTokenizer>> parts_;
};

}  // namespace

std::unique_ptr<PreTokenizer> make_pre_tokenizer_sequence(const ComponentJson& json) {
  std::vector<std::unique_ptr<PreTokenizer>> parts;
  for (const ComponentJson& part : json.objects("pretokenizers")) {
    parts.push_back(make_pre_tokenizer(part));
  }
  return std::make_unique<PreTokenizerSequence>(std::move(parts));
}

}  // namespace attune
