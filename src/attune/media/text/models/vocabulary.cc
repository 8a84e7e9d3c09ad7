#include "attune/media/text/models/vocabulary.h"

#include <algorithm>
#include <bit>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

/// FNV-1a's products carry upwards only: its low bits see nothing of what the high ones gather,
/// which the fold brings down.
std::size_t first_slot(std::uint64_t hash, std::uint64_t mask) {
  return static_cast<std::size_t>((hash ^ (hash >> 29)) & mask);
}

/// Compared before the text is, so that of a chain of slots hardly any but the right one has its
/// text read.
std::uint32_t tag_of(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32);
}

}  // namespace

std::uint64_t Vocabulary::hash_of(std::string_view token) {
  std::uint64_t hash = kHashSeed;
  for (const char byte : token) hash = hash_step(hash, byte);
  return hash;
}

Vocabulary::Vocabulary(const VocabularyList& list, const std::string& where)
    : size_(static_cast<std::int64_t>(list.size())) {
  check(!list.empty(), ErrorKind::data, "{}: the vocabulary is empty", where);
  std::int64_t limit = 0;
  std::size_t total = 0;
  for (const auto& [token, id] : list) {
    check(id >= 0 && id < kMaxVocabulary, ErrorKind::data,
          "{}: the id {} of \"{}\" is out of range, expected 0 to {}", where, id,
          shorten_utf8(token, 40), kMaxVocabulary - 1);
    limit = std::max(limit, id + 1);
    total += token.size();
    longest_ = std::max(longest_, token.size());
  }
  check(total < UINT32_MAX, ErrorKind::data, "{}: the vocabulary holds {} bytes of text", where,
        total);

  std::vector<const std::string*> rows = rows_of(list, limit, where);
  bytes_.reserve(total);
  begins_.reserve(rows.size() + 1);
  present_.resize(static_cast<std::size_t>(limit));
  mask_ = std::bit_ceil(list.size() * 2) - 1;
  slots_.resize(mask_ + 1, Slot{0, -1});
  for (std::size_t row = 0; row < rows.size(); ++row) {
    begins_.push_back(static_cast<std::uint32_t>(bytes_.size()));
    if (rows[row] == nullptr) continue;
    const std::string& token = *rows[row];
    const std::uint64_t hash = hash_of(token);
    // Rows are told apart above; here two ids of one token would make `find` depend on the order.
    const std::int32_t twin = find(hash, token), id = id_of(static_cast<std::int32_t>(row));
    check(twin < 0, ErrorKind::data, "{}: the token \"{}\" stands twice, with the ids {} and {}",
          where, shorten_utf8(token, 40), twin, id);
    bytes_ += token;
    if (row < present_.size()) present_[row] = true;
    std::size_t slot = first_slot(hash, mask_);
    while (slots_[slot].row >= 0) slot = (slot + 1) & mask_;
    slots_[slot] = {tag_of(hash), static_cast<std::int32_t>(row)};
  }
  begins_.push_back(static_cast<std::uint32_t>(bytes_.size()));
}

std::vector<const std::string*> Vocabulary::rows_of(const VocabularyList& list, std::int64_t limit,
                                                    const std::string& where) {
  std::vector<const std::string*> rows(static_cast<std::size_t>(limit), nullptr);
  const std::string* twice = nullptr;
  for (const auto& [token, id] : list) {
    const std::string*& row = rows[static_cast<std::size_t>(id)];
    if (row == nullptr) {
      row = &token;
      continue;
    }
    if (!twice) twice = &token;
    alias_ids_.push_back(static_cast<std::int32_t>(id));
    rows.push_back(&token);
  }
  if (twice) {
    const std::int32_t id = alias_ids_.front();
    log_warning(
        "{}: {} tokens have the id of another, first \"{}\" the id {} of \"{}\"; both give "
        "that id, as for transformers",
        where, alias_ids_.size(), shorten_utf8(*twice, 40), id,
        shorten_utf8(*rows[static_cast<std::size_t>(id)], 40));
  }
  return rows;
}

std::int32_t Vocabulary::id_of(std::int32_t row) const {
  const auto aliases_begin = static_cast<std::int32_t>(present_.size());
  return row < aliases_begin ? row : alias_ids_[static_cast<std::size_t>(row - aliases_begin)];
}

std::int32_t Vocabulary::find(std::uint64_t hash, std::string_view first,
                              std::string_view second) const {
  const std::uint32_t tag = tag_of(hash);
  // Ends, because at least half of the slots are empty.
  for (std::size_t slot = first_slot(hash, mask_);; slot = (slot + 1) & mask_) {
    const Slot found = slots_[slot];
    if (found.row < 0) return -1;
    if (found.tag != tag) continue;
    const std::string_view stored = token(found.row);
    // Compared in two parts, so that "##" and a piece need not be put together for a look-up.
    if (stored.size() == first.size() + second.size() && stored.starts_with(first) &&
        stored.ends_with(second)) {
      return id_of(found.row);
    }
  }
}

std::optional<std::int32_t> Vocabulary::find(std::string_view token) const {
  const std::int32_t id = find(hash_of(token), token);
  if (id < 0) return std::nullopt;
  return id;
}

std::string_view Vocabulary::token(std::int32_t id) const {
  const auto index = static_cast<std::size_t>(id);
  // The last begin is not there yet while the table is being built.
  const std::size_t end = index + 1 < begins_.size() ? begins_[index + 1] : bytes_.size();
  return std::string_view(bytes_).substr(begins_[index], end - begins_[index]);
}

bool Vocabulary::has(std::int64_t id) const {
  return id >= 0 && id < id_limit() && present_[static_cast<std::size_t>(id)];
}

std::int64_t Vocabulary::id_limit() const {
  return static_cast<std::int64_t>(present_.size());
}

}  // namespace attune
