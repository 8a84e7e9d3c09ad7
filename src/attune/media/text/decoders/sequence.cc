#include "attune/media/text/decoders/decoders.h"

namespace attune {
namespace {

class DecoderSequence final : public Decoder {
 public:
  explicit DecoderSequence(std::vector<std::unique_ptr<Decoder>> parts)
      : parts_(std::move(parts)) {}
  void decode(std::vector<std::string>& tokens) const override {
    for (const auto& part : parts_) part->decode(tokens);
  }

 private:
  std::vector<std::unique_ptr<Decoder>> parts_;
};

}  // namespace

std::unique_ptr<Decoder> make_decoder_sequence(const ComponentJson& json) {
  std::vector<std::unique_ptr<Decoder>> parts;
  for (const ComponentJson& part : json.objects("decoders")) parts.push_back(make_decoder(part));
  return std::make_unique<DecoderSequence>(std::move(parts));
}

}  // namespace attune
