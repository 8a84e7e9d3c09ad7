#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "attune/base/rng.h"
#include "attune/media/text/ctc/beam_search.h"

namespace attune {

/// One decode of a BeamSearch: texts, beginnings of words and lists of times are nodes that point
/// to what they continue, so that a hypothesis is a few numbers however long its text.
class BeamSearchRun {
 public:
  /// `keeps_alike`: also texts that can only be followed alike, for more texts than the best.
  BeamSearchRun(const BeamSearch& search, bool keeps_alike);

  /// `row`: log probabilities of the labels in the next frame.
  void step(std::span<const float> row, std::int64_t frame);
  /// The best texts, at most so many.
  std::vector<CtcText> finish(std::int64_t most);

 private:
  static constexpr std::uint32_t kNone = NGramTrie::kNone;

  /// Words that are complete.
  struct Text {
    std::uint32_t before, word;  ///< text and word that it is made of
    double score;                ///< of model and hot words, weighted, with word bonus
    NGramModel::State state;
    std::uint32_t future = 0;  ///< a number of `state`: what it makes of words to come
  };
  /// Letters of the next word.
  struct Part {
    std::string letters;
    std::size_t length = 0;                           ///< characters
    std::uint32_t spelling = 0, hot = 0, listed = 0;  ///< nodes of model, hot words and lexicon
    double score = 0;                                 ///< weighted
  };
  /// A symbol that was heard, as a list.
  struct Sound {
    std::uint32_t before = 0;
    std::int64_t label = -1;
    std::int64_t begin = 0, end = 0;
    double probability = 0;  ///< sum over its frames
  };
  /// Where a word's sounds end, as a list.
  struct WordEnd {
    std::uint32_t before, sound;
  };
  struct Beam {
    std::uint32_t text = 0, part = 0;
    std::int64_t last = -1;        ///< label of the last frame
    std::uint32_t word_end = 0;    ///< of the last complete word
    std::uint32_t sound = 0;       ///< the last that is over
    Sound open;                    ///< behind it; there is one where there is a part
    std::uint32_t closed = kNone;  ///< node of `open`, once something follows
    double acoustic = 0, score = 0;
    double way = 0;  ///< acoustic score of the most probable way, whose times these are
  };
  struct Key {
    std::uint32_t text, part;
    std::int64_t last;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return mix_key(mix_key(static_cast<std::uint64_t>(key.last), key.text), key.part);
    }
  };

  struct StateHash {
    std::size_t operator()(const NGramModel::State& state) const {
      std::uint64_t hash = static_cast<std::uint64_t>(state.length);
      for (int i = 0; i < state.length; ++i) hash = mix_key(hash, state.nodes[i]);
      return hash;
    }
  };

  /// One frame with this label: puts what comes of `beam` among the next ones.
  void extend(Beam& beam, std::int64_t label, std::int64_t frame, double log_probability);
  /// The words that `next`'s letters may be; `beam` holds them open.
  void end_word(Beam& beam, Beam next);
  void merge(const Beam& beam);
  void keep_best();
  void drop_alike();

  std::uint32_t add_word(std::uint32_t text, std::uint32_t word);
  /// kNone where the lexicon has no word that begins so.
  std::uint32_t add_label(std::uint32_t part, std::int64_t label);
  void score_beginning(Part& part) const;
  std::uint32_t close(Beam& beam);
  const std::string& written(std::uint32_t word) const;
  double sentence_end(std::uint32_t text) const;
  CtcText result_of(const Beam& beam) const;

  const BeamSearch& search_;
  const BeamSearchOptions& options_;
  const NGramModel* model_;
  const Lexicon* lexicon_;
  bool keeps_alike_;
  NGramTrie text_numbers_, part_numbers_;  ///< by (text, word) and (part, label)
  std::vector<Text> texts_;
  std::vector<Part> parts_;
  std::vector<Sound> sounds_;
  std::vector<WordEnd> word_ends_;
  std::vector<Beam> beams_, next_;
  std::unordered_map<Key, std::size_t, KeyHash> merged_;
  std::unordered_map<NGramModel::State, std::uint32_t, StateHash> futures_;
  std::unordered_set<Key, KeyHash> seen_;  ///< with a future in place of a text
};

}  // namespace attune
