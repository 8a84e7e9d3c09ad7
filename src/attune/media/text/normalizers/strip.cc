#include "attune/media/text/normalizers/normalizers.h"

namespace attune {
namespace {

class Strip final : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}
  void normalize(NormalizedText& text) const override { text.strip(left_, right_); }

 private:
  bool left_, right_;
};

}  // namespace

std::unique_ptr<Normalizer> make_strip(const ComponentJson& json) {
  return std::make_unique<Strip>(json.flag("strip_left"), json.flag("strip_right"));
}

}  // namespace attune
