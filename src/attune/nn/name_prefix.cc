#include "attune/nn/name_prefix.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/ranges.h>

#include "attune/base/error.h"

namespace attune {

namespace {

// torch.compile's, which lies between any two modules.
constexpr std::string_view kCompiled = "_orig_mod.";
constexpr std::size_t kNamesShown = 6;
// Of a hostile file every tensor may end like the model's first one.
constexpr std::size_t kMostCandidates = 256;

std::string first_names(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), kNamesShown);
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + shown, ", "));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

CheckpointFile with_tensors(const CheckpointFile& file, std::vector<TensorView> tensors,
                            CheckpointFile::Metadata metadata) {
  return {file.source(), std::move(tensors), std::move(metadata), file.storage(), file.format()};
}

CheckpointFile without_compiled(const CheckpointFile& file) {
  std::vector<TensorView> tensors = file.tensors();
  bool changed = false;
  for (TensorView& tensor : tensors) {
    for (std::size_t at = 0; (at = tensor.name.find(kCompiled, at)) != std::string::npos;) {
      if (at > 0 && tensor.name[at - 1] != '.') {
        at += kCompiled.size();
        continue;
      }
      tensor.name.erase(at, kCompiled.size());
      changed = true;
    }
  }
  if (!changed) return file;
  CheckpointFile::Metadata metadata = file.metadata();
  metadata["stripped_prefix"] += kCompiled;
  return with_tensors(file, std::move(tensors), std::move(metadata));
}

bool has(const CheckpointFile& file, const std::string& prefix, const Spellings& spellings) {
  return std::any_of(spellings.begin(), spellings.end(),
                     [&](const std::string& name) { return file.find(prefix + name) != nullptr; });
}

std::vector<std::string> missing_under(const CheckpointFile& file, const std::string& prefix,
                                       const std::vector<Spellings>& required) {
  std::vector<std::string> missing;
  for (const Spellings& spellings : required) {
    if (!has(file, prefix, spellings)) missing.push_back(spellings.front());
  }
  return missing;
}

// What stands before the model's first tensor wherever its name is the end of another; shortest
// first.
std::vector<std::string> candidates(const CheckpointFile& file, const Spellings& first) {
  const auto shorter = [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  };
  std::set<std::string, decltype(shorter)> prefixes;
  for (const TensorView& tensor : file.tensors()) {
    for (const std::string& name : first) {
      const std::string_view whole = tensor.name;
      if (whole.size() <= name.size() || !whole.ends_with(name)) continue;
      const std::string_view prefix = whole.substr(0, whole.size() - name.size());
      if (prefix.ends_with('.')) prefixes.emplace(prefix);
    }
  }
  std::vector<std::string> list(prefixes.begin(), prefixes.end());
  if (list.size() > kMostCandidates) list.resize(kMostCandidates);
  return list;
}

CheckpointFile stripped(const CheckpointFile& file, const std::string& prefix) {
  std::vector<TensorView> tensors;
  std::vector<std::string> outside;
  for (TensorView tensor : file.tensors()) {
    if (!tensor.name.starts_with(prefix)) {
      outside.push_back(tensor.name);
      continue;
    }
    tensor.name.erase(0, prefix.size());
    tensors.push_back(std::move(tensor));
  }
  CheckpointFile::Metadata metadata = file.metadata();
  metadata["stripped_prefix"] += prefix;
  if (!outside.empty()) metadata["outside_prefix"] = first_names(outside);
  return with_tensors(file, std::move(tensors), std::move(metadata));
}

}  // namespace

CheckpointFile without_prefix(const CheckpointFile& given, const std::vector<Spellings>& required) {
  if (required.empty() || missing_under(given, "", required).empty()) return given;
  const CheckpointFile file = without_compiled(given);
  const std::size_t in_the_open = missing_under(file, "", required).size();
  if (in_the_open == 0) return file;
  std::vector<std::string> fitting;
  std::string nearest;
  std::size_t fewest_missing = std::min(in_the_open, (required.size() + 1) / 2);
  for (const std::string& prefix : candidates(file, required.front())) {
    // "model." before "model.bert.", which has all but the head.
    const bool within = std::any_of(fitting.begin(), fitting.end(), [&](const std::string& outer) {
      return prefix.starts_with(outer);
    });
    if (within) continue;
    const std::size_t missing = missing_under(file, prefix, required).size();
    if (missing == 0) fitting.push_back(prefix);
    if (missing < fewest_missing) {
      fewest_missing = missing;
      nearest = prefix;
    }
  }
  if (fitting.size() == 1) return stripped(file, fitting.front());
  check(fitting.empty(), ErrorKind::data,
        "{}: the model is in it {} times, under the names {}; choose one with --weights-key, which "
        "takes the name without its last dot",
        file.source(), fitting.size(), fmt::join(fitting, ", "));
  check(nearest.empty(), ErrorKind::data,
        "{}: under \"{}\" are {} of the {} tensors that the model must have; missing there: {}. Is "
        "it a checkpoint of this model?",
        file.source(), nearest, required.size() - fewest_missing, required.size(),
        first_names(missing_under(file, nearest, required)));
  return given;
}

}  // namespace attune
