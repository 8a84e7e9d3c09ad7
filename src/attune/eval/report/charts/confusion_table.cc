#include "attune/eval/report/charts/confusion_table.h"

#include <cmath>

#include <fmt/format.h>

#include "attune/base/text/human.h"

namespace attune {
namespace {

constexpr std::int64_t kMaxClasses = 30;
constexpr std::int64_t kRoomForShares = 12;  // with more classes a cell holds the count alone
constexpr std::size_t kHeadLength = 24;      // of a name beside or above the matrix

std::string name_of(const std::vector<std::string>& names, std::int64_t index,
                    std::size_t length = kShortName) {
  return html_short_text(names.at(static_cast<std::size_t>(index)), length).code;
}

// One count; the share of its row decides how strong the colour is, being right or wrong which.
std::string cell(const ConfusionMatrix& confusion, const std::vector<std::string>& names,
                 std::int64_t label, std::int64_t prediction) {
  const std::int64_t count = confusion.count(label, prediction);
  const std::int64_t support = confusion.support()[static_cast<std::size_t>(label)];
  if (count == 0) return "<td class=\"zero\">0</td>";
  // Of the true class: what a reader asks of a row is where its samples went.
  const double share = static_cast<double>(count) / static_cast<double>(support);
  const std::string percent = confusion.num_classes() > kRoomForShares
                                  ? ""
                                  : fmt::format("<small>{}</small>", percent_text(share));
  // The root of the share: a few percent of confusion, which matter most, would hardly show.
  return fmt::format(
      "<td class=\"{}{}\" style=\"--a:{:.3f}\" title=\"{} predicted as {}: {} of "
      "{}\"><b>{}</b>{}</td>",
      label == prediction ? "right" : "wrong", share > 0.6 ? " strong" : "", std::sqrt(share),
      name_of(names, label), name_of(names, prediction), count, support, with_thousands(count),
      percent);
}

Html matrix(const ConfusionMatrix& confusion, const std::vector<std::string>& names) {
  const std::int64_t classes = confusion.num_classes();
  std::string code = fmt::format(
      "<div class=\"scroll\"><table class=\"confusion{}\"><thead><tr><th>true \\ predicted</th>",
      classes > 6 ? " many" : "");
  for (std::int64_t j = 0; j < classes; ++j) {
    code += fmt::format("<th><span>{}</span></th>", name_of(names, j, kHeadLength));
  }
  code += "<th><span>samples</span></th></tr></thead><tbody>\n";
  for (std::int64_t i = 0; i < classes; ++i) {
    code += fmt::format("<tr><th>{}</th>", name_of(names, i, kHeadLength));
    for (std::int64_t j = 0; j < classes; ++j) code += cell(confusion, names, i, j);
    code += fmt::format("<td class=\"total\">{}</td></tr>\n",
                        with_thousands(confusion.support()[static_cast<std::size_t>(i)]));
  }
  return {code + "</tbody></table></div>"};
}

}  // namespace

Html most_confused_table(const ConfusionMatrix& confusion, const std::vector<std::string>& names,
                         std::size_t limit) {
  HtmlTable table{{{"true"}, {"predicted as"}, {"samples", true}, {"of the class", true}}, {}};
  for (const auto& pair : confusion.most_confused(limit)) {
    const auto support =
        static_cast<double>(confusion.support()[static_cast<std::size_t>(pair.label)]);
    table.rows.push_back({{name_of(names, pair.label)},
                          {name_of(names, pair.prediction)},
                          html_text(with_thousands(pair.count)),
                          html_text(percent_text(static_cast<double>(pair.count) / support))});
  }
  if (table.rows.empty()) return {"<p class=\"muted\">No sample was classified wrongly.</p>"};
  return html_table(table);
}

Html confusion_table(const ConfusionMatrix& confusion, const std::vector<std::string>& names) {
  if (confusion.num_classes() <= kMaxClasses) return matrix(confusion, names);
  return most_confused_table(confusion, names, 30);
}

}  // namespace attune
