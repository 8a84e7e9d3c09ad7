#include "attune/eval/report/sections/decisions/decisions_section.h"

#include <utility>

#include "attune/eval/report/sections/decisions/curve_cards.h"

namespace attune {
namespace {

std::optional<Section> titled(Html body) {
  if (body.code.empty()) return std::nullopt;
  return Section{"Decisions", std::move(body), Place::results};
}

Html curves(std::span<const DecisionResults> results) {
  const std::vector<Html> cards = curve_cards(results);
  return cards.empty() ? Html{} : html_columns(cards);
}

}  // namespace

std::optional<Section> decisions_section(const DecisionReport& decisions) {
  Html body = curves(decisions.results);
  // Of one class there is a card with all its rates, of several a row each.
  if (decisions.results.size() > 1) body += decision_table_card(decisions.results);
  std::vector<Html> pair;
  if (decisions.results.size() == 1) pair.push_back(decision_card(decisions.results.front()));
  if (decisions.temperature) pair.push_back(temperature_card(*decisions.temperature));
  if (!pair.empty()) body += html_columns(pair);
  for (const GroupResults& results : decisions.groups) body += group_card(results);
  return titled(std::move(body));
}

std::optional<Section> curves_section(std::span<const DecisionResults> results) {
  return titled(curves(results));
}

}  // namespace attune
