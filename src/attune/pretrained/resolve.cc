#include "attune/pretrained/resolve.h"

#include <array>
#include <system_error>

#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/pretrained/formats/model_folder.h"
#include "attune/pretrained/hub/hub.h"

namespace attune {
namespace {

const std::array<std::string, 9> kCompanions{"tokenizer.json",
                                             "tokenizer_config.json",
                                             "vocab.txt",
                                             "vocab.json",
                                             "added_tokens.json",
                                             "special_tokens_map.json",
                                             "preprocessor_config.json",
                                             "decision.json",
                                             "run.yaml"};

fs::path local_model(const fs::path& path) {
  std::error_code error;
  check(fs::is_directory(path, error), ErrorKind::user,
        "{} is a file, expected a model folder (with config.json) or the id of a model on the hub",
        path.string());
  const bool is_there = fs::exists(path / "config.json", error);
  // That it is not there is no error; that it cannot be looked at is.
  if (error) fail_io("open", path / "config.json", error.value());
  check(is_there, ErrorKind::user, "{} is a folder, but not a model's: it has no config.json",
        path.string());
  return path;
}

void fetch_weights(const std::string& repo_id, HubRepository& repository) {
  for (const std::string& name : weight_names()) {
    const auto path = repository.find(name);
    if (!path) continue;
    for (const std::string& file : files_beside_weights(*path)) repository.get(file);
    return;
  }
  const std::string why = repository.why_cached();
  fail(why.empty() ? ErrorKind::user : ErrorKind::io,
       "{} has neither {}{}{}; weights of other formats (tf_model.h5, flax_model.msgpack) are not "
       "read from the hub",
       repo_id, fmt::join(weight_names(), " nor "), why.empty() ? "" : " in the cache, and ", why);
}

}  // namespace

std::span<const std::string> model_companions() {
  return kCompanions;
}

fs::path resolve_model(const std::string& dir_or_hub_id, const std::string& revision,
                       const HubOptions& options, std::span<const std::string> further) {
  std::error_code error;
  // A folder wins over a repository of the same name, as in from_pretrained.
  if (fs::exists(dir_or_hub_id, error)) return local_model(dir_or_hub_id);
  if (error) fail_io("open", dir_or_hub_id, error.value());
  check(is_repo_id(dir_or_hub_id), ErrorKind::user,
        "\"{}\" is neither a folder that exists nor the id of a model on the hub (\"org/name\")",
        dir_or_hub_id);
  HubRepository repository(dir_or_hub_id, revision, options);
  // A model of TensorFlow.js describes itself.
  if (!repository.find("config.json") && !repository.find("model.json")) {
    const std::string why = repository.why_cached();
    fail(ErrorKind::user, "{} (revision {}) has neither config.json nor model.json{}{}",
         dir_or_hub_id, revision, why.empty() ? "" : " in the cache, and ", why);
  }
  for (const std::string& file : kCompanions) repository.find(file);
  for (const std::string& file : further) repository.find(file);
  fetch_weights(dir_or_hub_id, repository);
  return repository.snapshot();
}

}  // namespace attune
