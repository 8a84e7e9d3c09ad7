#include "attune/media/text/decoders/decoder.h"

#include "attune/media/text/decoders/decoders.h"

namespace attune {

std::unique_ptr<Decoder> make_decoder(const ComponentJson& json) {
  static constexpr ComponentType<Decoder> kTypes[] = {
      {"Sequence", make_decoder_sequence},
      {"WordPiece", make_word_piece_decoder},
  };
  return make_component<Decoder>("decoder", kTypes, json);
}

}  // namespace attune
