#pragma once

#include "attune/media/text/decoders/decoder.h"

// What builds each variant; `make_decoder` lists them by their type in tokenizer.json.
namespace attune {

/// decoders.
std::unique_ptr<Decoder> make_decoder_sequence(const ComponentJson& json);
/// prefix, cleanup.
std::unique_ptr<Decoder> make_word_piece_decoder(const ComponentJson& json);

}  // namespace attune
