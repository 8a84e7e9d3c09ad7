#include "attune/base/error.h"
#include "attune/media/text/normalizers/normalizers.h"

namespace attune {
namespace {

class Replace final : public Normalizer {
 public:
  Replace(std::string pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}
  void normalize(NormalizedText& text) const override { text.replace(pattern_, content_); }

 private:
  std::string pattern_, content_;
};

}  // namespace

std::unique_ptr<Normalizer> make_replace(const ComponentJson& json) {
  const ComponentJson pattern = json.object("pattern");
  // Such patterns are in the syntax of Oniguruma or fancy-regex there (utils/onig.rs, fancy.rs):
  // another library would read some of them otherwise, without a word.
  check(!pattern.has("Regex"), ErrorKind::data,
        "{}: a Replace by regular expression is not supported, only {{\"String\": ...}}",
        pattern.where());
  std::string text = pattern.text("String");
  // `NormalizedText::replace` would never get past an empty match.
  check(!text.empty(), ErrorKind::data, "{}.String: the pattern is empty", pattern.where());
  return std::make_unique<Replace>(std::move(text), json.text("content"));
}

}  // namespace attune
