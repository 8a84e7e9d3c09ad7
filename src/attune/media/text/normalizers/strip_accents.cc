#include "attune/media/text/normalizers/normalizers.h"

namespace attune {
namespace {

class StripAccents final : public Normalizer {
 public:
  void normalize(NormalizedText& text) const override {
    text.keep_if([](char32_t c) { return !is_combining_mark(c); });
  }
};

}  // namespace

std::unique_ptr<Normalizer> make_strip_accents(const ComponentJson&) {
  return std::make_unique<StripAccents>();
}

}  // namespace attune
