#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "attune/base/files.h"
#include "attune/media/text/ctc/ctc_alphabet.h"
#include "attune/media/text/unicode/letter_case.h"

namespace attune {

/// What tokenizer_config.json says of a vocabulary, with the defaults of Wav2Vec2CTCTokenizer. "":
/// there is no such symbol.
struct CtcSymbolNames {
  std::string pad = "<pad>", unknown = "<unk>", begin = "<s>", end = "</s>", delimiter = "|";
  std::string delimiter_text = " ";  ///< what the delimiter is in a text
  bool has_small_texts = false;      ///< `do_lower_case`: symbols are large letters, texts small
};

/// A symbol that is added to those of vocab.json.
struct AddedCtcSymbol {
  std::string text;
  std::int64_t id = -1;  ///< -1: behind all others
  bool strips_left = false, strips_right = false;
};

/// The symbols that a CTC model writes, as transformers' Wav2Vec2CTCTokenizer has them.
class CtcVocabulary {
 public:
  /// No alphabet is larger: the head has an output for each.
  static constexpr std::int64_t kMaxSymbols = 65'536;

  /// vocab.json of a folder, with tokenizer_config.json, special_tokens_map.json and
  /// added_tokens.json where they are there. Of a vocab.json that is nested by language (MMS)
  /// `language` is taken, "": `target_lang` of the configuration. Throws `data` with file and
  /// reason where ids have holes or are used twice, there is no blank (pad token) or too many
  /// symbols, or the tokenizer is of another class; `user` for a language that is not there.
  static CtcVocabulary from_folder(const fs::path& folder, const std::string& language = "");
  /// Whether the folder has a vocab.json.
  static bool is_in(const fs::path& folder);
  /// The languages of a nested vocab.json; empty: it is not nested.
  static std::vector<std::string> languages_of(const fs::path& folder);
  /// Of transcripts: their characters by code point, the blank between words as `|`, then [UNK] and
  /// [PAD] (CTC's blank): the ids that Hugging Face's run_speech_recognition_ctc.py gives. `|` is
  /// there without any blank too. Throws `data` where no text has a character.
  static CtcVocabulary from_texts(std::span<const std::string_view> texts);
  /// fairseq's dict.ltr.txt: <s>, <pad>, </s> and <unk>, then a symbol a line. Its <s> is CTC's
  /// blank, so it and <pad> change their names, as transformers' converter does it. Throws `data`.
  static CtcVocabulary from_fairseq(const fs::path& dictionary);
  /// `symbols` in any order with their ids; `source` is for messages. Throws `data` as above.
  CtcVocabulary(std::vector<std::pair<std::string, std::int64_t>> symbols,
                std::span<const AddedCtcSymbol> added, CtcSymbolNames names,
                const std::string& source);

  std::int64_t size() const { return static_cast<std::int64_t>(symbols_.size()); }
  const std::vector<std::string>& symbols() const { return symbols_; }  ///< by id
  const CtcSymbolNames& names() const { return names_; }
  std::int64_t blank() const { return blank_; }  ///< id of the pad token
  std::optional<std::int64_t> unknown() const { return unknown_; }
  /// For decoders. Pad, unknown, begin and end never appear in a text.
  const CtcAlphabet& alphabet() const { return alphabet_; }
  /// Of the texts that it writes and reads: what transcripts are to be.
  LetterCase text_case() const { return text_case_; }

  /// The vocabulary of a head of so many outputs. Of symbols that tokenizers add at the end (<s>,
  /// </s>) the head may have none; outputs without a symbol get one that no text has. Throws
  /// `data`, naming `source`, where the head lacks others.
  CtcVocabulary fitted_to(std::int64_t outputs, const std::string& source) const;

  /// Ids of a transcript, equal to transformers' but for one thing: the names of pad, begin and end
  /// in a text are characters. Symbols of several characters are found first, the longest of them,
  /// and swallow blanks beside them. Characters without a symbol become `unknown()`, and are added
  /// to `unknown_characters`; where there is no unknown symbol either, throws `data`. Without a
  /// delimiter blanks are left out. Requires UTF-8.
  std::vector<std::int64_t> encode(std::string_view text,
                                   std::vector<std::string>* unknown_characters = nullptr) const;
  /// The characters of a text that it has no symbol for, as often as they come.
  std::vector<std::string> unknown_in(std::string_view text) const;
  /// Ids as those of `encode`, without the characters that there is no symbol for: they are added
  /// to `left_out`.
  std::vector<std::int64_t> encode_known(std::string_view text,
                                         std::vector<std::string>& left_out) const;

  /// Writes vocab.json, tokenizer_config.json and special_tokens_map.json, of which transformers
  /// makes a tokenizer with these ids.
  void save(const fs::path& folder) const;

 private:
  struct LongSymbol {
    std::string text;
    std::int64_t id;
    bool strips_left, strips_right;
  };
  struct Piece {
    std::string_view text;
    const LongSymbol* symbol = nullptr;  ///< null: characters
  };

  void place(std::vector<std::pair<std::string, std::int64_t>>& symbols,
             std::span<const AddedCtcSymbol> added, const std::string& source);
  void describe(const std::string& source);
  std::optional<std::int64_t> id_of(const std::string& symbol) const;
  bool is_silent(const std::string& symbol) const;
  std::vector<Piece> pieces_of(std::string_view text) const;
  const LongSymbol* longest_at(std::string_view text) const;
  std::vector<std::int64_t> encode_all(std::string_view text,
                                       std::vector<std::string>& unknown) const;
  void encode_characters(std::string_view text, std::vector<std::int64_t>& ids,
                         std::vector<std::string>& unknown) const;

  CtcSymbolNames names_;
  std::vector<std::string> symbols_;
  std::unordered_map<std::string, std::int64_t> ids_;
  std::vector<LongSymbol> long_symbols_;  ///< longest first
  std::int64_t blank_ = -1;
  std::optional<std::int64_t> unknown_, delimiter_;
  CtcAlphabet alphabet_;
  LetterCase text_case_ = LetterCase::none;
};

}  // namespace attune
