#include "attune/data/split/label_split.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "attune/base/error.h"
#include "attune/base/rng.h"

namespace attune {
namespace {

constexpr std::string_view kLabelSplitPurpose = "label split";

/// What stays together: an example, or those of a group.
struct Unit {
  std::int64_t size = 0;
  std::map<std::size_t, std::int64_t> labels;  ///< examples of each
};

/// How much of what a part shall get it lacks still, as a share: 1 at first.
class Part {
 public:
  Part(double share, std::int64_t examples, const std::vector<std::int64_t>& label_totals)
      : examples_wanted_(share * static_cast<double>(examples)), labels_(label_totals.size()) {
    for (const std::int64_t total : label_totals) {
      labels_wanted_.push_back(share * static_cast<double>(total));
    }
  }

  void add(const Unit& unit) {
    examples_ += unit.size;
    for (const auto& [label, count] : unit.labels) labels_[label] += count;
  }
  bool has(std::size_t label) const { return labels_[label] > 0; }
  double lacks(std::size_t label) const {
    return 1 - static_cast<double>(labels_[label]) / labels_wanted_[label];
  }
  double lacks_examples() const { return 1 - static_cast<double>(examples_) / examples_wanted_; }

 private:
  double examples_wanted_;
  std::vector<double> labels_wanted_;
  std::int64_t examples_ = 0;
  std::vector<std::int64_t> labels_;
};

class LabelSplit {
 public:
  LabelSplit(std::vector<Unit> units, const std::vector<std::int64_t>& label_totals,
             double fraction, std::int64_t examples)
      : units_(std::move(units)),
        is_placed_(units_.size()),
        is_held_out_(units_.size()),
        train_(1 - fraction, examples, label_totals),
        validation_(fraction, examples, label_totals) {}

  /// By unit. `order` breaks ties.
  std::vector<bool> run(const std::vector<std::int64_t>& order, std::size_t num_labels) {
    std::vector<std::vector<std::size_t>> having(num_labels);
    for (const std::int64_t u : order) {
      for (const auto& [label, count] : units_[static_cast<std::size_t>(u)].labels) {
        having[label].push_back(static_cast<std::size_t>(u));
      }
    }
    while (const std::vector<std::size_t>* rarest = take_rarest(having)) {
      const auto label = static_cast<std::size_t>(rarest - having.data());
      for (const std::size_t u : *rarest) place(u, validation_.lacks(label), train_.lacks(label));
    }
    // What has no label at all goes where examples lack.
    for (const std::int64_t u : order) place(static_cast<std::size_t>(u), 0, 0);
    return is_held_out_;
  }

 private:
  /// The units, not yet placed, of the label that fewest of them have; null where none has any.
  const std::vector<std::size_t>* take_rarest(std::vector<std::vector<std::size_t>>& having) const {
    const std::vector<std::size_t>* rarest = nullptr;
    for (auto& units : having) {
      std::erase_if(units, [&](std::size_t u) { return is_placed_[u]; });
      if (!units.empty() && (rarest == nullptr || units.size() < rarest->size())) rarest = &units;
    }
    return rarest;
  }

  void place(std::size_t u, double validation_lacks, double train_lacks) {
    if (is_placed_[u]) return;
    const Unit& unit = units_[u];
    // Both lack as much of the label: the part that lacks more examples in all takes it, as the
    // paper has it.
    if (validation_lacks == train_lacks) {
      validation_lacks = validation_.lacks_examples();
      train_lacks = train_.lacks_examples();
    }
    // A label that training has not seen can be held out only to be called wrong.
    const bool is_learnt = std::ranges::all_of(
        unit.labels, [&](const auto& entry) { return train_.has(entry.first); });
    is_placed_[u] = true;
    is_held_out_[u] = is_learnt && validation_lacks > train_lacks;
    (is_held_out_[u] ? validation_ : train_).add(unit);
  }

  std::vector<Unit> units_;
  std::vector<bool> is_placed_, is_held_out_;
  Part train_, validation_;
};

}  // namespace

Split multilabel_split(std::span<const std::vector<std::int64_t>> labels,
                       std::span<const std::int64_t> groups, double fraction, std::uint64_t seed) {
  check(fraction > 0 && fraction < 1, ErrorKind::user,
        "the validation split is {}, expected a fraction between 0 and 1", fraction);
  check(groups.empty() || groups.size() == labels.size(), ErrorKind::internal,
        "{} groups for {} examples", groups.size(), labels.size());
  const auto unit_of = [&](std::size_t i) {
    return groups.empty() ? i : static_cast<std::size_t>(groups[i]);
  };
  std::vector<Unit> units;
  std::vector<std::int64_t> totals;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (unit_of(i) >= units.size()) units.resize(unit_of(i) + 1);
    Unit& unit = units[unit_of(i)];
    ++unit.size;
    for (const std::int64_t id : labels[i]) {
      const auto label = static_cast<std::size_t>(id);
      if (label >= totals.size()) totals.resize(label + 1);
      ++totals[label];
      ++unit.labels[label];
    }
  }
  std::vector<std::int64_t> order =
      Rng(seed, kLabelSplitPurpose).permutation(static_cast<std::int64_t>(units.size()));
  // Ids of groups may have gaps, where a caller took a part of a data set.
  std::erase_if(order,
                [&](std::int64_t u) { return units[static_cast<std::size_t>(u)].size == 0; });
  const std::size_t num_labels = totals.size();
  const std::vector<bool> is_held_out =
      LabelSplit(std::move(units), totals, fraction, std::ssize(labels)).run(order, num_labels);
  Split split;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    (is_held_out[unit_of(i)] ? split.validation : split.train)
        .push_back(static_cast<std::int64_t>(i));
  }
  check(!split.validation.empty() && !split.train.empty(), ErrorKind::data,
        "of {} examples in {} {} none can be held out with one of each label left for training; "
        "give a validation file",
        labels.size(), order.size(), groups.empty() ? "rows" : "groups");
  return split;
}

}  // namespace attune
