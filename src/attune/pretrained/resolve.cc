#include "attune/pretrained/resolve.h"

#include <array>
#include <system_error>

#include "attune/base/error.h"
#include "attune/pretrained/formats/safetensors/shards.h"
#include "attune/pretrained/hub/hub.h"

namespace attune {
namespace {

/// What lies beside config and weights, whatever the family: a repository has those of its kind.
const std::array<std::string, 6> kCompanions{
    "tokenizer.json",          "tokenizer_config.json",    "vocab.txt",
    "special_tokens_map.json", "preprocessor_config.json", "decision.json"};

fs::path local_model(const fs::path& path) {
  std::error_code error;
  check(fs::is_directory(path, error), ErrorKind::user,
        "{} is a file, expected a model folder (with config.json) or the id of a model on the hub",
        path.string());
  check(fs::exists(path / "config.json", error), ErrorKind::user,
        "{} is a folder, but not a model's: it has no config.json", path.string());
  return path;
}

/// Fetches the weights of the commit whose snapshot is `folder`: safetensors before PyTorch's, one
/// file before shards.
void fetch_weights(const std::string& repo_id, const fs::path& folder, const HubOptions& options) {
  // By the commit, not the revision: a branch that moves meanwhile would give weights that do not
  // belong to the config.
  const std::string commit = folder.filename().string();
  // safetensors first: its data is used as it lies, and there is no pickle to take apart.
  for (const std::string name : {"model.safetensors", "pytorch_model.bin"}) {
    if (hub_file_if_exists(repo_id, name, commit, options)) return;
    const auto index = hub_file_if_exists(repo_id, name + ".index.json", commit, options);
    if (!index) continue;
    for (const std::string& shard : shard_files(*index)) hub_file(repo_id, shard, commit, options);
    return;
  }
  fail(ErrorKind::user,
       "{} has neither model.safetensors nor pytorch_model.bin, whole or in shards{}; weights of "
       "other formats (tf_model.h5, flax_model.msgpack) are not read from the hub",
       repo_id, options.offline ? " in the cache (offline mode is on)" : "");
}

}  // namespace

std::span<const std::string> model_companions() {
  return kCompanions;
}

fs::path resolve_model(const std::string& dir_or_hub_id, const std::string& revision,
                       const HubOptions& options) {
  std::error_code error;
  // A folder wins over a repository of the same name, as in from_pretrained.
  if (fs::exists(dir_or_hub_id, error)) return local_model(dir_or_hub_id);
  check(is_repo_id(dir_or_hub_id), ErrorKind::user,
        "\"{}\" is neither a folder that exists nor the id of a model on the hub (\"org/name\")",
        dir_or_hub_id);
  const std::array<std::string, 1> required{"config.json"};
  const fs::path folder = hub_snapshot(dir_or_hub_id, revision, required, kCompanions, options);
  fetch_weights(dir_or_hub_id, folder, options);
  return folder;
}

}  // namespace attune
