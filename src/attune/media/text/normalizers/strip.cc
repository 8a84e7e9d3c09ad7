#include "attune/media/text/normalizers/normalizers.h"

namespace attune {
namespace {

/// tokenizers/src/normalizers/strip.rs. A text between two added tokens is stripped at both ends
/// too: it is normalised by itself.
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
