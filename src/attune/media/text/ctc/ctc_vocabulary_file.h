#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/base/json.h"
#include "attune/media/text/ctc/ctc_vocabulary.h"

namespace attune {

// The parts of CtcVocabulary::from_folder that read files; `source` is for messages. They throw
// `data`.

/// vocab.json, parsed: symbols and ids; of a nested one those of `language`.
std::vector<std::pair<std::string, std::int64_t>> read_ctc_symbols(const Json& vocabulary,
                                                                   const std::string& language,
                                                                   const std::string& source);

/// What of `names` tokenizer_config.json or special_tokens_map.json says otherwise.
void read_ctc_names(const Json& config, CtcSymbolNames& names, const std::string& source);

/// `added_tokens_decoder` of tokenizer_config.json.
std::vector<AddedCtcSymbol> read_added_ctc_symbols(const Json& config, const std::string& source);

/// The text of fairseq's dictionary.
CtcVocabulary parse_fairseq_dictionary(std::string_view text, const std::string& source);

}  // namespace attune
