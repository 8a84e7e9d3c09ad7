#include "attune/eval/report/page/html.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// Well-formed UTF-8 without control characters other than newline and tab.
std::string clean_utf8(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  // Byte by byte past what is ill-formed, so that one bad byte costs no more than itself.
  while (!text.empty()) {
    const std::size_t valid = find_invalid_utf8(text).value_or(text.size());
    for (const char c : text.substr(0, valid)) {
      // A terminal or an editor may act on control characters, and HTML forbids most of them.
      const bool control =
          (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == '\x7f';
      if (control) {
        clean += kReplacement;
      } else {
        clean += c;
      }
    }
    text.remove_prefix(valid);
    if (!text.empty()) {
      clean += kReplacement;
      text.remove_prefix(1);
    }
  }
  return clean;
}

Html division(std::string_view css_class, std::span<const Html> items) {
  std::string code = fmt::format("<div class=\"{}\">\n", css_class);
  for (const Html& item : items) code += item.code;
  return {code + "</div>\n"};
}

}  // namespace

Html html_text(std::string_view text) {
  Html html;
  for (const char c : clean_utf8(text)) {
    switch (c) {
      case '&':
        html.code += "&amp;";
        break;
      case '<':
        html.code += "&lt;";
        break;
      case '>':
        html.code += "&gt;";
        break;
      case '"':
        html.code += "&quot;";
        break;
      case '\'':
        html.code += "&#39;";
        break;
      default:
        html.code += c;
    }
  }
  return html;
}

Html html_short_text(std::string_view text, std::size_t max_code_points) {
  std::string line = clean_utf8(text);
  // A line break would end the row of a table or the caption of a picture early.
  std::ranges::replace(line, '\n', ' ');
  return html_text(shorten_utf8(line, max_code_points));
}

std::string number_text(double value) {
  if (!std::isfinite(value)) return "–";
  const double magnitude = std::abs(value);
  if (magnitude >= 1e15) return fmt::format("{:.3g}", value);
  // Counts look like counts; 0 and 1, which may be rates, keep their decimals.
  if (value == std::round(value) && magnitude >= 2) {
    return with_thousands(static_cast<long long>(value));
  }
  if (magnitude >= 1000) return with_thousands(std::llround(value));
  if (magnitude >= 100) return fmt::format("{:.1f}", value);
  if (magnitude >= 10) return fmt::format("{:.2f}", value);
  if (magnitude >= 1e-3 || value == 0) return fmt::format("{:.4f}", value);
  return fmt::format("{:.3g}", value);
}

std::string percent_text(double fraction) {
  return fmt::format("{:.1f} %", 100.0 * fraction);
}

Html html_table(const HtmlTable& table) {
  const auto open = [&](const char* tag, std::size_t column) {
    return fmt::format("<{}{}>", tag, table.columns[column].numeric ? " class=\"n\"" : "");
  };
  std::string code = "<div class=\"scroll\"><table><thead><tr>";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    code += open("th", i) + html_text(table.columns[i].title).code + "</th>";
  }
  code += "</tr></thead><tbody>\n";
  for (const std::vector<Html>& row : table.rows) {
    // A cell too few or too many would shift every figure behind it under another title.
    check(row.size() == table.columns.size(), ErrorKind::internal,
          "a table row with {} cells, expected {}", row.size(), table.columns.size());
    code += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) code += open("td", i) + row[i].code + "</td>";
    code += "</tr>\n";
  }
  return {code + "</tbody></table></div>"};
}

Html html_key_values(std::span<const KeyValue> items) {
  std::string code = "<dl>";
  for (const KeyValue& item : items) {
    code += fmt::format("<dt>{}</dt><dd>{}</dd>\n", html_text(item.key).code,
                        html_text(item.value).code);
  }
  return {code + "</dl>"};
}

Html html_card(std::string_view title, const Html& html, std::string_view note) {
  const std::string small =
      note.empty() ? "" : fmt::format("<span class=\"note\">{}</span>", html_text(note).code);
  return {fmt::format("<div class=\"card\"><h3>{}{}</h3>{}</div>\n", html_text(title).code, small,
                      html.code)};
}

Html html_stack(std::span<const Html> cards) {
  return division("stack", cards);
}
Html html_columns(std::span<const Html> items) {
  return division("columns", items);
}
Html html_stacks(std::span<const std::vector<Html>> stacks) {
  std::vector<Html> columns;
  for (const std::vector<Html>& cards : stacks) {
    if (!cards.empty()) columns.push_back(html_stack(cards));
  }
  return columns.empty() ? Html{} : html_columns(columns);
}
Html html_flow(std::span<const Html> cards) {
  return division("flow", cards);
}

Html html_bar(double fraction) {
  return {fmt::format("<span class=\"bar\"><i style=\"width:{:.1f}%\"></i></span>",
                      // A share a little above 1 by rounding must not grow out of its cell.
                      100.0 * std::clamp(fraction, 0.0, 1.0))};
}

}  // namespace attune
