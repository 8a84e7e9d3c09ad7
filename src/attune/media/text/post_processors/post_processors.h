#pragma once

#include "attune/media/text/post_processors/post_processor.h"

// What builds each variant; `make_post_processor` lists them by their type in tokenizer.json.
namespace attune {

/// sep and cls, each a pair of token and id: `cls A sep` and `cls A sep B sep`.
std::unique_ptr<PostProcessor> make_bert_processing(const ComponentJson& json);
/// single, pair, special_tokens.
std::unique_ptr<PostProcessor> make_template_processing(const ComponentJson& json);
/// processors: at most one, because each variant so far adds special tokens.
std::unique_ptr<PostProcessor> make_post_processor_sequence(const ComponentJson& json);

}  // namespace attune
