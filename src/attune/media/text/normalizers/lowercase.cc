#include "attune/media/text/normalizers/normalizers.h"

namespace attune {
namespace {

class Lowercase final : public Normalizer {
 public:
  void normalize(NormalizedText& text) const override { text.lower_case(); }
};

}  // namespace

std::unique_ptr<Normalizer> make_lowercase(const ComponentJson&) {
  return std::make_unique<Lowercase>();
}

}  // namespace attune
