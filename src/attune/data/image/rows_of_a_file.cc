#include "attune/data/image/rows_of_a_file.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

using Ids = std::vector<std::int64_t>;

bool names_a_file_twice(const ImageDataset& data) {
  std::unordered_set<std::string_view> seen;
  return !std::ranges::all_of(
      data.examples, [&](const ImageExample& example) { return seen.insert(example.path).second; });
}

/// All labels of both; not known is what neither knows.
void unite(const ImageExample& row, ImageExample& picture) {
  Ids set, both, unknown;
  std::ranges::set_union(picture.label_set, row.label_set, std::back_inserter(set));
  std::ranges::set_intersection(picture.label_unknown, row.label_unknown, std::back_inserter(both));
  std::ranges::set_difference(both, set, std::back_inserter(unknown));
  picture.label_set = std::move(set);
  picture.label_unknown = std::move(unknown);
}

/// Pictures whose rows have different labels.
class Conflicts {
 public:
  void add(const ImageDataset& data, std::size_t first, std::size_t again) {
    constexpr std::size_t kShown = 5;
    ++count_;
    if (shown_.size() == kShown) return;
    const auto row = [&](std::size_t i) {
      const ImageExample& example = data.examples[i];
      return fmt::format("{} \"{}\"", example.line,
                         example.label >= 0
                             ? data.label_names[static_cast<std::size_t>(example.label)]
                             : fmt::format("{:g}", example.target));
    };
    shown_.push_back(
        fmt::format("{} (lines {} and {})", data.examples[first].path, row(first), row(again)));
  }
  void warn(const std::string& name) const {
    if (count_ == 0) return;
    log_warning(
        "{}: {} rows have another label than a row of the same picture; all of them are learned "
        "from and measured: {}{}",
        name, with_thousands(count_), join(shown_, ", "),
        std::cmp_less(shown_.size(), count_) ? ", ..." : "");
  }

 private:
  std::int64_t count_ = 0;
  std::vector<std::string> shown_;
};

}  // namespace

void join_rows_of_a_file(ImageDataset& data, const std::string& name) {
  if (data.label_kind == LabelKind::none || !names_a_file_twice(data)) return;
  const bool unites = data.label_kind == LabelKind::multi_label;
  std::unordered_map<std::string, std::vector<std::size_t>> kept;  // examples by file
  std::vector<bool> is_joined(data.examples.size());
  Conflicts conflicts;
  for (std::size_t i = 0; i < data.examples.size(); ++i) {
    const ImageExample& row = data.examples[i];
    std::vector<std::size_t>& of_file = kept[row.path];
    const auto same = std::ranges::find_if(of_file, [&](std::size_t k) {
      const ImageExample& picture = data.examples[k];
      return picture.split == row.split && picture.group == row.group &&
             (unites || (picture.label == row.label && picture.target == row.target));
    });
    is_joined[i] = same != of_file.end();
    if (is_joined[i] && unites) unite(row, data.examples[*same]);
    if (is_joined[i]) continue;
    if (!of_file.empty() && !unites) conflicts.add(data, of_file.front(), i);
    of_file.push_back(i);
  }
  const auto before = data.size();
  std::size_t i = 0;
  std::erase_if(data.examples, [&](const ImageExample&) { return is_joined[i++]; });
  if (data.size() < before) {
    log_info("{}: {} rows are {} examples: those of one picture are one{}", name,
             with_thousands(before), with_thousands(data.size()),
             unites ? ", with the labels of all its rows" : "");
  }
  conflicts.warn(name);
}

}  // namespace attune
