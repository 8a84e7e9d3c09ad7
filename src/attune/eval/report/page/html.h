#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

/// Ready HTML. From text it is only made by `html_text`, so that what users wrote (texts, labels,
/// file names) cannot slip into a page unescaped.
struct Html {
  std::string code;

  Html& operator+=(const Html& other) {
    code += other.code;
    return *this;
  }
};

/// Escapes `& < > " '`; ill-formed UTF-8 and control characters become U+FFFD.
Html html_text(std::string_view text);

/// Of names in tables and pictures, in code points.
inline constexpr std::size_t kShortName = 48;

/// At most `max_code_points` of the text on one line, escaped, "..." where something was cut.
Html html_short_text(std::string_view text, std::size_t max_code_points = kShortName);

/// Numbers for people: four decimals around 1, thousands separated, `5e-05` for the very small.
std::string number_text(double value);

/// `0.8563` -> `85.6 %`.
std::string percent_text(double fraction);

struct HtmlColumn {
  std::string title;
  bool numeric = false;  ///< aligned right, figures of equal width
};

struct HtmlTable {
  std::vector<HtmlColumn> columns;
  std::vector<std::vector<Html>> rows;  ///< as many cells as columns
};
Html html_table(const HtmlTable& table);

struct KeyValue {
  std::string key, value;
};
/// A two-column list.
Html html_key_values(std::span<const KeyValue> items);

/// `html` in a frame of its own with a heading; `note` stands small beside the heading.
Html html_card(std::string_view title, const Html& html, std::string_view note = "");

/// Cards or stacks beside each other where the page is wide enough.
Html html_columns(std::span<const Html> items);

/// Cards under each other, as one item of `html_columns`.
Html html_stack(std::span<const Html> cards);

/// Stacks beside each other; those without cards are left out, and without any there is no HTML.
Html html_stacks(std::span<const std::vector<Html>> stacks);

/// Cards of any height packed into as many columns as fit.
Html html_flow(std::span<const Html> cards);

/// A bar of `fraction` (0 to 1) of its cell's width.
Html html_bar(double fraction);

}  // namespace attune
