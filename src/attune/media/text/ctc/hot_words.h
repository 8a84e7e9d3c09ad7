#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/media/text/ctc/spellings.h"

namespace attune {

/// Words that a search is to prefer, as pyctcdecode 0.5 does: each that is written gains `weight`,
/// and a beginning of one the part of it that it is of the shortest such word. Phrases count as
/// their words.
class HotWords {
 public:
  HotWords(std::span<const std::string> phrases, double weight);

  const std::vector<std::string>& words() const { return words_; }
  double score(std::string_view word) const;

  /// Nodes: as those of `Spellings`, 0 is no letter.
  std::uint32_t find(std::uint32_t node, std::string_view letters) const {
    return spellings_.find(node, letters);
  }
  /// Of the beginning that a node other than kNone stands for, `length` characters long.
  double beginning_score(std::uint32_t node, std::size_t length) const;

 private:
  double weight_;
  std::vector<std::string> words_;  ///< shortest first
  Spellings spellings_;
  std::vector<bool> is_word_;          ///< by node
  std::vector<std::size_t> shortest_;  ///< by node: characters of the shortest word behind it
};

}  // namespace attune
