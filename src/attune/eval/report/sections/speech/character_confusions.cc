#include "attune/eval/report/sections/speech/character_confusions.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "attune/base/text/human.h"
#include "attune/base/text/utf8.h"
#include "attune/media/text/unicode/unicode.h"

namespace attune {
namespace {

/// So that it can be seen, and told from those that look alike.
Html shown_character(char32_t c) {
  if (c == U' ') return {"<b>␣</b> <small class=\"note\">space</small>"};
  const std::string code = fmt::format("U+{:04X}", static_cast<std::uint32_t>(c));
  if (c < 0x20 || c == 0x7f || is_other_category(c) || is_white_space(c)) return html_text(code);
  std::string text = is_combining_mark(c) ? "◌" : "";  // which carries it
  append_utf8(text, c);
  Html html{"<b><bdi>" + html_text(text).code + "</bdi></b>"};
  if (c > 0x7e) html += {" <small class=\"note\">" + code + "</small>"};
  return html;
}

bool is_substitution(const CharacterConfusion& confusion) {
  return confusion.said != 0 && confusion.heard != 0;
}
bool is_deletion(const CharacterConfusion& confusion) {
  return confusion.heard == 0;
}
bool is_insertion(const CharacterConfusion& confusion) {
  return confusion.said == 0;
}

Html share_of_said(const CharacterConfusion& confusion) {
  return html_text(percent_text(static_cast<double>(confusion.count) /
                                static_cast<double>(confusion.said_in_all)));
}

template <typename Row>
void add_character_card(std::vector<Html>& cards, std::string_view title, std::string_view note,
                        HtmlTable table, std::span<const CharacterConfusion> confusions,
                        std::size_t limit, bool (*chosen)(const CharacterConfusion&),
                        const Row& row) {
  for (const CharacterConfusion& confusion : confusions) {
    if (chosen(confusion) && table.rows.size() < limit) table.rows.push_back(row(confusion));
  }
  if (!table.rows.empty()) cards.push_back(html_card(title, html_table(table), note));
}

}  // namespace

std::vector<CharacterConfusion> character_confusions(std::span<const TranscriptResult> texts) {
  std::map<std::pair<char32_t, char32_t>, std::int64_t> counts;
  std::map<char32_t, std::int64_t> said;
  for (const TranscriptResult& text : texts) {
    const auto reference = characters_of(text.reference), heard = characters_of(text.hypothesis);
    for (const std::uint32_t c : reference) ++said[c];
    std::size_t r = 0, h = 0;
    for (const Edit edit : align(reference, heard)) {
      const char32_t from = edit == Edit::insertion ? 0 : reference[r++];
      const char32_t to = edit == Edit::deletion ? 0 : heard[h++];
      if (edit != Edit::match) ++counts[{from, to}];
    }
  }
  std::vector<CharacterConfusion> result;
  for (const auto& [pair, count] : counts) {
    const auto found = said.find(pair.first);
    result.push_back({pair.first, pair.second, count, found == said.end() ? 0 : found->second});
  }
  std::ranges::stable_sort(result, std::ranges::greater{}, &CharacterConfusion::count);
  return result;
}

std::vector<Html> character_cards(std::span<const CharacterConfusion> confusions,
                                  std::size_t limit) {
  const auto times = [](const CharacterConfusion& confusion) {
    return html_text(with_thousands(confusion.count));
  };
  std::vector<Html> cards;
  add_character_card(
      cards, "Characters heard as others", "share of those said",
      {{{"said"}, {"heard"}, {"times", true}, {"share", true}}, {}}, confusions, limit,
      is_substitution, [&](const CharacterConfusion& c) -> std::vector<Html> {
        return {shown_character(c.said), shown_character(c.heard), times(c), share_of_said(c)};
      });
  add_character_card(cards, "Characters left out", "share of those said",
                     {{{"said"}, {"times", true}, {"share", true}}, {}}, confusions, limit,
                     is_deletion, [&](const CharacterConfusion& c) -> std::vector<Html> {
                       return {shown_character(c.said), times(c), share_of_said(c)};
                     });
  add_character_card(cards, "Characters added", "", {{{"heard"}, {"times", true}}, {}}, confusions,
                     limit, is_insertion, [&](const CharacterConfusion& c) -> std::vector<Html> {
                       return {shown_character(c.heard), times(c)};
                     });
  return cards;
}

}  // namespace attune
