#include "attune/media/text/normalizers/normalizers.h"

namespace attune {
namespace {

/// tokenizers/src/normalizers/strip.rs: drops marks as they stand and decomposes nothing, so that
/// U+00E9 keeps its accent unless NFD comes before.
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
