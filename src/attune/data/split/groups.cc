#include "attune/data/split/groups.h"

#include <map>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/config/field.h"

namespace attune {
namespace {

constexpr std::size_t kMaxGroupsShown = 10;

}  // namespace

std::string shared_groups_text(std::span<const Membership> members) {
  std::unordered_map<std::string_view, const Membership*> first;  // of each group
  std::map<std::string_view, std::string> shared;  // sorted, so that the message is the same
  for (const Membership& member : members) {
    if (member.split == GivenSplit::none) continue;
    const auto [entry, is_new] = first.emplace(member.group, &member);
    const Membership& before = *entry->second;
    if (is_new || before.split == member.split || shared.contains(member.group)) continue;
    shared.emplace(member.group,
                   fmt::format("\n  \"{}\": {} is in {}, {} is in {}", member.group,
                               before.source_name(), config::enum_name(before.split),
                               member.source_name(), config::enum_name(member.split)));
  }
  if (shared.empty()) return "";
  std::string text;
  std::size_t shown = 0;
  for (const auto& [group, line] : shared) {
    if (shown++ < kMaxGroupsShown) text += line;
  }
  if (shared.size() > kMaxGroupsShown) {
    text += fmt::format("\n  and {} more",
                        with_thousands(static_cast<long long>(shared.size() - kMaxGroupsShown)));
  }
  return fmt::format(
      "{} groups have examples in two of the given splits, so that what is learned of them would "
      "be "
      "tested on them:{}",
      shared.size(), text);
}

void check_groups_apart(std::span<const Membership> members, const std::string& name,
                        const std::string& advice) {
  const std::string shared = shared_groups_text(members);
  check(shared.empty(), ErrorKind::data, "{}: {}\n{}", name, shared, advice);
}

}  // namespace attune
