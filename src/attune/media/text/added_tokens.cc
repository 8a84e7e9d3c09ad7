#include "attune/media/text/added_tokens.h"

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

/// Where the code point before `end` begins. Requires end > 0.
std::size_t previous_code_point(std::string_view text, std::size_t end) {
  do --end;
  while (end > 0 && is_continuation(text[end]));
  return end;
}

bool word_ends_at(std::string_view text, std::size_t end) {
  if (end == 0) return false;
  std::size_t begin = previous_code_point(text, end);
  return is_word_character(next_code_point(text, begin));
}

bool word_begins_at(std::string_view text, std::size_t begin) {
  return begin < text.size() && is_word_character(next_code_point(text, begin));
}

std::size_t skip_space_left(std::string_view text, std::size_t end, std::size_t limit) {
  while (end > limit) {
    const std::size_t begin = previous_code_point(text, end);
    std::size_t position = begin;
    if (!is_white_space(next_code_point(text, position))) break;
    end = begin;
  }
  return end;
}

std::size_t skip_space_right(std::string_view text, std::size_t begin) {
  while (begin < text.size()) {
    std::size_t next = begin;
    if (!is_white_space(next_code_point(text, next))) break;
    begin = next;
  }
  return begin;
}

}  // namespace

AddedToken read_added_token(const ComponentJson& json, std::int64_t id) {
  AddedToken out;
  out.id = static_cast<std::int32_t>(id);
  out.content = json.text("content");
  out.single_word = json.flag_or("single_word", false);
  out.lstrip = json.flag_or("lstrip", false);
  out.rstrip = json.flag_or("rstrip", false);
  out.special = json.flag_or("special", false);
  // AddedToken::from (added_vocabulary.rs): a special token is looked for as it stands unless the
  // file says otherwise.
  out.normalized = json.flag_or("normalized", !out.special);
  check(!out.content.empty(), ErrorKind::data, "{}: the content of an added token is empty",
        json.where());
  return out;
}

AddedTokenFinder::AddedTokenFinder(std::vector<const AddedToken*> tokens,
                                   const std::vector<std::string>& patterns)
    : ends_(1, nullptr) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (patterns[i].empty()) continue;  // normalised away: there is nothing to find
    first_bytes_.set(static_cast<unsigned char>(patterns[i][0]));
    std::uint64_t node = 0;
    for (const char byte : patterns[i]) {
      const std::uint64_t key = node * 256 + static_cast<unsigned char>(byte);
      const auto [child, is_new] = children_.emplace(key, static_cast<std::uint32_t>(ends_.size()));
      if (is_new) ends_.push_back(nullptr);
      node = child->second;
    }
    // Two contents may be one pattern once they are normalised ("Day" and "day" in lower case): the
    // first one listed has it.
    if (ends_[node] == nullptr) ends_[node] = tokens[i];
  }
}

AddedTokenFinder::Match AddedTokenFinder::longest_at(std::string_view text,
                                                     std::size_t begin) const {
  Match found;
  std::uint64_t node = 0;
  for (std::size_t position = begin; position < text.size(); ++position) {
    const auto child = children_.find(node * 256 + static_cast<unsigned char>(text[position]));
    if (child == children_.end()) break;
    node = child->second;
    if (ends_[node] != nullptr) found = {ends_[node], position + 1};
  }
  return found;
}

void AddedTokenFinder::split(std::string_view text, std::vector<TextPart>& out) const {
  const auto emit = [&](std::size_t begin, std::size_t end, const AddedToken* token) {
    if (begin < end) {
      out.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), token});
    }
  };
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size();) {
    // Most bytes begin no token: a bit instead of a look-up in the hash table.
    if (!first_bytes_[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    const Match match = longest_at(text, at);
    if (match.token == nullptr) {
      ++at;
      continue;
    }
    const std::size_t start = at;
    // A match that is refused below is not searched for shorter ones: the leftmost iterator of
    // added_vocabulary.rs, find_matches, goes on behind it.
    at = match.end;
    if (match.token->single_word &&
        (word_ends_at(text, start) || word_begins_at(text, match.end))) {
      continue;
    }
    // The token before may have taken white space by rstrip (find_matches: max with start_offset),
    // even some that this content begins with.
    const std::size_t begin =
        match.token->lstrip ? skip_space_left(text, start, done) : std::max(start, done);
    const std::size_t end = match.token->rstrip ? skip_space_right(text, match.end) : match.end;
    emit(done, begin, nullptr);
    emit(begin, end, match.token);
    done = end;
  }
  emit(done, text.size(), nullptr);
}

}  // namespace attune
