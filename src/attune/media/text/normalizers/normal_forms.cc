#include "attune/media/text/normalizers/normalizers.h"

namespace attune {
namespace {

/// tokenizers/src/normalizers/unicode.rs
class ToNormalForm final : public Normalizer {
 public:
  explicit ToNormalForm(NormalForm form) : form_(form) {}
  void normalize(NormalizedText& text) const override { text.to_normal_form(form_); }

 private:
  NormalForm form_;
};

}  // namespace

std::unique_ptr<Normalizer> make_nfc(const ComponentJson&) {
  return std::make_unique<ToNormalForm>(NormalForm::nfc);
}

std::unique_ptr<Normalizer> make_nfd(const ComponentJson&) {
  return std::make_unique<ToNormalForm>(NormalForm::nfd);
}

std::unique_ptr<Normalizer> make_nfkc(const ComponentJson&) {
  return std::make_unique<ToNormalForm>(NormalForm::nfkc);
}

std::unique_ptr<Normalizer> make_nfkd(const ComponentJson&) {
  return std::make_unique<ToNormalForm>(NormalForm::nfkd);
}

}  // namespace attune
