#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "attune/base/files.h"
#include "attune/media/text/ctc/ctc_alphabet.h"
#include "attune/media/text/ctc/spellings.h"

namespace attune {

/// The only words that a search may write. Several may be spelled alike.
class Lexicon {
 public:
  static constexpr std::uint32_t kNone = Spellings::kNone;

  /// `spelling`: letters one behind another; of most words they are the word itself. What is there
  /// already is not added twice.
  void add(std::string_view word, std::string_view spelling);
  void add(std::string_view word) { add(word, word); }

  std::size_t size() const { return words_.size(); }
  const std::string& word(std::uint32_t number) const { return words_[number].text; }
  const std::string& spelling(std::uint32_t number) const { return words_[number].spelling; }

  /// Nodes: as those of `Spellings`, 0 is no letter.
  std::uint32_t find(std::uint32_t node, std::string_view letters) const {
    return spellings_.find(node, letters);
  }
  /// A word that is spelled as the node says, and the next spelled as another is; kNone where there
  /// is none.
  std::uint32_t first_word(std::uint32_t node) const {
    return node < first_word_.size() ? first_word_[node] : kNone;
  }
  std::uint32_t next_alike(std::uint32_t word) const { return words_[word].next_alike; }

 private:
  struct Word {
    std::string text, spelling;
    std::uint32_t next_alike;
  };

  Spellings spellings_;
  std::vector<std::uint32_t> first_word_;  ///< by node
  std::vector<Word> words_;
};

/// Reads a text file with a word a line, or, as flashlight has them, a word and its spelling in the
/// alphabet's labels with white space between ("hello h e l l o |"; the separator at the end may be
/// missing). Throws `data` with the line where it is not valid UTF-8 or a spelling holds what is no
/// label, and where no word is left; `user` and `io` as MappedFile.
Lexicon read_lexicon(const fs::path& path, const CtcAlphabet& alphabet);
Lexicon parse_lexicon(std::string_view text, const std::string& name, const CtcAlphabet& alphabet);

}  // namespace attune
