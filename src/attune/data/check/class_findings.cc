#include "attune/data/check/class_findings.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/data/check/counted.h"
#include "attune/data/labels/label_text.h"
#include "attune/data/labels/separators.h"

namespace attune {
namespace {

// Below, results of a class are chance; scikit-learn's stratified folds warn below the folds.
constexpr std::int64_t kFewExamples = 5;
// From there on plain accuracy hides that a small class is never called.
constexpr std::int64_t kImbalance = 20;

std::string quoted(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 10;
  std::vector<std::string> shown(names.begin(),
                                 names.begin() + static_cast<long>(std::min(kShown, names.size())));
  for (std::string& name : shown) name = "\"" + name + "\"";
  return join(shown, ", ") + (names.size() > kShown ? ", ..." : "");
}

void find_names_alike(const std::vector<std::string>& names, DataCheck& check) {
  std::unordered_map<std::string, std::vector<std::string>> alike;
  for (const std::string& name : names) alike[lookalike_key(name)].push_back(name);
  Finding finding{.severity = Severity::warning,
                  .kind = "labels_that_look_alike",
                  .advice = "if they mean the same, write them alike"};
  std::int64_t count = 0;
  for (const std::string& name : names) {
    const std::vector<std::string>& written = alike[lookalike_key(name)];
    if (written.size() < 2) continue;
    ++count;
    if (name == written.front()) finding.lines.push_back(quoted(written));
  }
  if (finding.lines.empty()) return;
  finding.text = counted(count, "labels", "", "differs", "differ") +
                 " from each other in case or blanks alone";
  check.add(std::move(finding));
}

void find_lists(const std::vector<std::string>& names, const std::vector<std::int64_t>& counts,
                DataCheck& check) {
  const auto lists = find_lists_of_labels(names, counts);
  if (!lists) return;
  check.add({.severity = Severity::warning,
             .kind = "labels_that_look_like_several",
             .text = lists->text(),
             .advice = "where an example may have several, set " + lists->advice()});
}

void find_missing(const std::vector<std::string>& names, const std::string& part,
                  const std::vector<std::int64_t>& counts, DataCheck& check) {
  std::vector<std::string> missing;
  for (std::size_t c = 0; c < names.size(); ++c) {
    if (counts[c] == 0) missing.push_back(names[c]);
  }
  if (missing.empty()) return;
  check.add({.severity = Severity::warning,
             .kind = "classes_without_examples",
             .text = fmt::format("no example of {} is of {}", part, quoted(missing)),
             .advice = part == "train" ? "a model cannot learn what it never sees"
                                       : "what the model does with them is not measured"});
}

}  // namespace

void find_class_findings(LabelKind kind, const std::vector<std::string>& names,
                         const std::vector<PartCounts>& counts, DataCheck& check) {
  if (kind != LabelKind::single_label && kind != LabelKind::multi_label) return;
  find_names_alike(names, check);
  if (kind == LabelKind::single_label) find_lists(names, counts.front().second, check);
  for (const auto& [part, of_part] : counts) find_missing(names, part, of_part, check);
  const std::vector<std::int64_t>& train = counts.front().second;
  std::vector<std::string> few;
  for (std::size_t c = 0; c < names.size(); ++c) {
    if (train[c] > 0 && train[c] < kFewExamples) few.push_back(names[c]);
  }
  if (!few.empty()) {
    check.add({.severity = Severity::warning,
               .kind = "classes_with_few_examples",
               .text = fmt::format("fewer than {} examples of train are of {}", kFewExamples,
                                   quoted(few)),
               .advice = "gather more, or put classes together"});
  }
  const auto [least, most] = std::ranges::minmax_element(train);
  if (kind == LabelKind::single_label && *least > 0 && *most >= kImbalance * *least) {
    check.add({.severity = Severity::warning,
               .kind = "unbalanced_classes",
               .text = fmt::format(
                   "\"{}\" has {} examples, \"{}\" has {}",
                   names[static_cast<std::size_t>(most - train.begin())], with_thousands(*most),
                   names[static_cast<std::size_t>(least - train.begin())], with_thousands(*least)),
               .advice = "go by macro F1 rather than accuracy; --class-weights balanced and "
                         "--balanced-sampling weigh small classes up"});
  }
}

}  // namespace attune
