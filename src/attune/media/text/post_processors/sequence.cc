#include "attune/base/error.h"
#include "attune/media/text/post_processors/post_processors.h"

namespace attune {
namespace {

class NoPostProcessing final : public PostProcessor {
 public:
  std::size_t added_tokens(bool) const override { return 0; }
  Encoding process(Encoding first, Encoding* second, bool, WantedParts) const override {
    return join_encodings(std::move(first), second);
  }
  std::vector<ExtraToken> special_tokens() const override { return {}; }
};

}  // namespace

std::unique_ptr<PostProcessor> make_post_processor_sequence(const ComponentJson& json) {
  const auto parts = json.objects("processors");
  check(parts.size() <= 1, ErrorKind::data,
        "{}.processors: {} post-processors in a row are not supported, expected at most one",
        json.where(), parts.size());
  if (parts.empty()) return std::make_unique<NoPostProcessing>();
  return make_post_processor(parts[0]);
}

}  // namespace attune
