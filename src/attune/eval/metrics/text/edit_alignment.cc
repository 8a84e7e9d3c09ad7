#include "attune/eval/metrics/text/edit_alignment.h"

#include <algorithm>
#include <cstddef>
#include <unordered_map>

namespace attune {
namespace {

using Tokens = std::span<const std::uint32_t>;

/// A row of the matrix of distances, along the reference, by its differences: bit i of `up` where
/// the distance rises by one from i to i + 1, of `down` where it falls.
struct DeltaRow {
  explicit DeltaRow(std::size_t length)
      : up((length + 63) / 64, ~std::uint64_t{0}), down((length + 63) / 64) {}
  std::vector<std::uint64_t> up, down;
};

bool bit(const std::vector<std::uint64_t>& words, std::size_t at) {
  return words[at / 64] >> (at % 64) & 1;
}

/// Computes rows of the matrix for one reference, 64 cells at a time: Hyyro 2003, "A bit-vector
/// algorithm for computing Levenshtein and Damerau edit distances", figure 4, in blocks.
class RowMachine {
 public:
  explicit RowMachine(Tokens reference) : row_(reference.size()) {
    for (std::size_t i = 0; i < reference.size(); ++i) {
      places_[reference[i]].push_back(static_cast<std::uint32_t>(i));
    }
  }

  /// The row behind one more token of the hypothesis.
  const DeltaRow& step(std::uint32_t token) {
    static const std::vector<std::uint32_t> kNowhere;
    const auto found = places_.find(token);
    const auto& places = found == places_.end() ? kNowhere : found->second;
    auto place = places.begin();
    std::uint64_t rise_in = 1, fall_in = 0;  // along the hypothesis, from block to block
    for (std::size_t block = 0; block < row_.up.size(); ++block) {
      std::uint64_t equal = 0;
      for (; place != places.end() && *place / 64 == block; ++place) {
        equal |= std::uint64_t{1} << (*place % 64);
      }
      std::uint64_t& up = row_.up[block];
      std::uint64_t& down = row_.down[block];
      const std::uint64_t x = equal | fall_in;
      const std::uint64_t diagonal = (((x & up) + up) ^ up) | x | down;
      std::uint64_t rise = down | ~(diagonal | up);
      std::uint64_t fall = diagonal & up;
      const std::uint64_t rise_out = rise >> 63, fall_out = fall >> 63;
      rise = rise << 1 | rise_in;
      fall = fall << 1 | fall_in;
      up = fall | ~(diagonal | rise);
      down = rise & diagonal;
      rise_in = rise_out;
      fall_in = fall_out;
    }
    return row_;
  }
  const DeltaRow& row() const { return row_; }

 private:
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> places_;
  DeltaRow row_;
};

/// With the whole matrix of differences. The order of the questions is RapidFuzz's
/// (rapidfuzz-cpp, distance/Levenshtein_impl.hpp, recover_alignment): with another one the counts
/// of kinds would differ from jiwer's where several ways are equally short.
void align_by_matrix(Tokens reference, Tokens hypothesis, std::vector<Edit>& edits) {
  RowMachine machine(reference);
  std::vector<DeltaRow> rows;
  rows.reserve(hypothesis.size());
  for (const std::uint32_t token : hypothesis) rows.push_back(machine.step(token));

  const auto first = static_cast<std::ptrdiff_t>(edits.size());
  std::size_t i = reference.size(), j = hypothesis.size();
  while (i > 0 && j > 0) {
    if (bit(rows[j - 1].up, i - 1)) {
      edits.push_back(Edit::deletion);
      --i;
    } else if (j > 1 && bit(rows[j - 2].down, i - 1)) {
      edits.push_back(Edit::insertion);
      --j;
    } else {
      --i, --j;
      edits.push_back(reference[i] == hypothesis[j] ? Edit::match : Edit::substitution);
    }
  }
  edits.insert(edits.end(), i, Edit::deletion);
  edits.insert(edits.end(), j, Edit::insertion);
  std::reverse(edits.begin() + first, edits.end());
}

/// Distances of all beginnings of `reference` from `hypothesis`.
std::vector<std::int64_t> distances(Tokens reference, Tokens hypothesis) {
  RowMachine machine(reference);
  for (const std::uint32_t token : hypothesis) machine.step(token);
  std::vector<std::int64_t> result{static_cast<std::int64_t>(hypothesis.size())};
  for (std::size_t i = 0; i < reference.size(); ++i) {
    result.push_back(result.back() + bit(machine.row().up, i) - bit(machine.row().down, i));
  }
  return result;
}

/// Where a shortest way crosses the middle of the hypothesis (Hirschberg 1975).
std::size_t split_reference(Tokens reference, Tokens hypothesis, std::size_t middle) {
  const auto before = distances(reference, hypothesis.first(middle));
  const std::vector<std::uint32_t> reversed_reference(reference.rbegin(), reference.rend());
  const Tokens rest = hypothesis.subspan(middle);
  const std::vector<std::uint32_t> reversed_rest(rest.rbegin(), rest.rend());
  const auto behind = distances(reversed_reference, reversed_rest);
  std::size_t best = 0;
  for (std::size_t i = 1; i <= reference.size(); ++i) {
    const auto sum = [&](std::size_t at) { return before[at] + behind[reference.size() - at]; };
    if (sum(i) < sum(best)) best = i;
  }
  return best;
}

void align_into(Tokens reference, Tokens hypothesis, std::vector<Edit>& edits) {
  // Common ends match, whatever lies between.
  const std::size_t shorter = std::min(reference.size(), hypothesis.size());
  std::size_t head = 0, tail = 0;
  while (head < shorter && reference[head] == hypothesis[head]) ++head;
  const auto last = [&](Tokens tokens) { return tokens[tokens.size() - 1 - tail]; };
  while (tail < shorter - head && last(reference) == last(hypothesis)) ++tail;
  reference = reference.subspan(head, reference.size() - head - tail);
  hypothesis = hypothesis.subspan(head, hypothesis.size() - head - tail);

  edits.insert(edits.end(), head, Edit::match);
  // RapidFuzz's bounds of what goes by the matrix: 2 bits a cell in 1 MiB, or narrow ones.
  const std::size_t n = reference.size(), m = hypothesis.size();
  if (n < 65 || m < 10 || 2 * n * m / 8 < (1U << 20)) {
    align_by_matrix(reference, hypothesis, edits);
  } else {
    const std::size_t middle = m / 2, split = split_reference(reference, hypothesis, middle);
    align_into(reference.first(split), hypothesis.first(middle), edits);
    align_into(reference.subspan(split), hypothesis.subspan(middle), edits);
  }
  edits.insert(edits.end(), tail, Edit::match);
}

}  // namespace

std::vector<Edit> align(Tokens reference, Tokens hypothesis) {
  std::vector<Edit> edits;
  edits.reserve(std::max(reference.size(), hypothesis.size()));
  align_into(reference, hypothesis, edits);
  return edits;
}

}  // namespace attune
