#include "attune/eval/report/sections/run/data_section.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/eval/report/charts/histogram.h"

namespace attune {
namespace {

constexpr std::size_t kMostClasses = 30;

Html splits_card(const std::vector<DataSplit>& splits) {
  HtmlTable table{{{"split"}, {"from"}, {"samples", true}}, {}};
  for (const DataSplit& split : splits) {
    table.rows.push_back(
        {html_text(split.name), html_text(split.source), html_text(with_thousands(split.samples))});
  }
  return html_card("Splits", html_table(table));
}

// Classes by their number of samples in the first split, the most frequent first.
std::vector<std::size_t> by_frequency(const ClassBalance& balance) {
  std::vector<std::size_t> order(balance.class_names.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t i) { return balance.counts.front().at(i); });
  return order;
}

Html balance_card(const ClassBalance& balance) {
  check(!balance.counts.empty() && balance.counts.size() == balance.split_names.size(),
        ErrorKind::internal, "class counts of {} splits, expected {}", balance.counts.size(),
        balance.split_names.size());
  HtmlTable table{{{"class"}}, {}};
  for (const std::string& name : balance.split_names) table.columns.push_back({name, true});
  std::vector<std::size_t> order = by_frequency(balance);
  std::string note;
  if (order.size() > kMostClasses) {
    note = fmt::format("the {} most frequent of {}", kMostClasses, order.size());
    order.resize(kMostClasses);
  }
  for (const std::size_t i : order) {
    std::vector<Html> row{html_short_text(balance.class_names[i])};
    for (const auto& counts : balance.counts) {
      const auto total = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
      const double share =
          total == 0 ? 0.0 : static_cast<double>(counts.at(i)) / static_cast<double>(total);
      std::string cell = row.size() == 1 ? html_bar(share).code : "";  // the first split only
      // Shares beside counts: splits of different sizes can be compared only by these.
      cell += fmt::format("{} <span class=\"note\">{}</span>", with_thousands(counts.at(i)),
                          percent_text(share));
      row.push_back({cell});
    }
    table.rows.push_back(std::move(row));
  }
  return html_card("Class balance", html_table(table), note);
}

Html lengths_card(const DataSummary& data) {
  std::vector<double> sorted = data.lengths;
  std::ranges::sort(sorted);
  const auto quantile = [&](double q) {
    return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
  };
  std::vector<std::pair<double, std::string>> marks{{quantile(0.5), "median"},
                                                    {quantile(0.95), "95 %"}};
  // A limit far beyond all samples would press the histogram into a corner.
  if (data.max_length > 0 && static_cast<double>(data.max_length) <= 2.0 * sorted.back()) {
    marks.emplace_back(static_cast<double>(data.max_length), "limit");
  }
  std::ranges::sort(marks);
  return html_card(
      "Lengths",
      histogram_plot(make_histogram(data.lengths, 40, true), data.length_unit, "samples", marks,
                     220),
      fmt::format("median {} {}, longest {}{}", number_text(quantile(0.5)), data.length_unit,
                  number_text(sorted.back()),
                  data.max_length > 0 ? fmt::format(", limit {}", data.max_length) : ""));
}

Html findings_card(const DataSummary& data) {
  Html html = html_key_values(data.facts);
  if (!data.warnings.empty()) {
    std::string list = "<ul class=\"notes\">";
    for (const std::string& warning : data.warnings) {
      list += "<li>" + html_text(warning).code + "</li>";
    }
    html += {list + "</ul>"};
  }
  return html_card("Checks", html);
}

}  // namespace

std::optional<Section> data_section(const DataSummary& data) {
  std::vector<Html> left, right;
  if (!data.splits.empty()) left.push_back(splits_card(data.splits));
  if (data.class_balance) left.push_back(balance_card(*data.class_balance));
  if (!data.lengths.empty()) right.push_back(lengths_card(data));
  if (!data.facts.empty() || !data.warnings.empty()) {
    // Where the left column has a free place, so that both become about as long.
    (left.size() < 2 ? left : right).push_back(findings_card(data));
  }
  Html body = html_stacks(std::array{left, right});
  if (body.code.empty()) return std::nullopt;
  return Section{"Data", std::move(body), Place::data};
}

}  // namespace attune
