#include "attune/media/text/normalizers/normalizers.h"

namespace attune {
namespace {

class NormalizerSequence final : public Normalizer {
 public:
  explicit NormalizerSequence(std::vector<std::unique_ptr<Normalizer>> parts)
      : parts_(std::move(parts)) {}
  void normalize(NormalizedText& text) const override {
    for (const auto& part : parts_) part->normalize(text);
  }

 private:
  std::vector<std::unique_ptr<Normalizer>> parts_;
};

}  // namespace

std::unique_ptr<Normalizer> make_normalizer_sequence(const ComponentJson& json) {
  std::vector<std::unique_ptr<Normalizer>> parts;
  for (const ComponentJson& part : json.objects("normalizers")) {
    parts.push_back(make_normalizer(part));
  }
  return std::make_unique<NormalizerSequence>(std::move(parts));
}

}  // namespace attune
