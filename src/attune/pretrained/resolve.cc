#include "attune/pretrained/resolve.h"

#include <array>
#include <system_error>

#include "attune/base/error.h"
#include "attune/pretrained/formats/safetensors.h"
#include "attune/pretrained/hub/hub.h"

namespace attune {
namespace {

fs::path local_model(const fs::path& path) {
  std::error_code error;
  check(fs::is_directory(path, error), ErrorKind::user,
        "{} is a file, expected a model folder (with config.json) or the id of a model on the hub",
        path.string());
  check(fs::exists(path / "config.json", error), ErrorKind::user,
        "{} is a folder, but not a model's: it has no config.json", path.string());
  return path;
}

/// Fetches the weights of the commit whose snapshot is `folder`.
void fetch_weights(const std::string& repo_id, const fs::path& folder, const HubOptions& options) {
  const std::string commit = folder.filename().string();
  if (hub_file_if_exists(repo_id, "model.safetensors", commit, options)) return;
  const auto index = hub_file_if_exists(repo_id, "model.safetensors.index.json", commit, options);
  check(index.has_value(), ErrorKind::user,
        "{} has neither model.safetensors nor model.safetensors.index.json{}; weights of other "
        "formats (pytorch_model.bin, tf_model.h5) are not read from the hub yet",
        repo_id, options.offline ? " in the cache (offline mode is on)" : "");
  for (const std::string& shard : safetensors_shards(*index)) {
    hub_file(repo_id, shard, commit, options);
  }
}

}  // namespace

fs::path resolve_model(const std::string& dir_or_hub_id, const std::string& revision,
                       const HubOptions& options) {
  std::error_code error;
  if (fs::exists(dir_or_hub_id, error)) return local_model(dir_or_hub_id);
  check(is_repo_id(dir_or_hub_id), ErrorKind::user,
        "\"{}\" is neither a folder that exists nor the id of a model on the hub (\"org/name\")",
        dir_or_hub_id);
  const std::array<std::string, 1> required{"config.json"};
  const std::array<std::string, 4> optional{"tokenizer.json", "tokenizer_config.json", "vocab.txt",
                                            "special_tokens_map.json"};
  const fs::path folder = hub_snapshot(dir_or_hub_id, revision, required, optional, options);
  fetch_weights(dir_or_hub_id, folder, options);
  return folder;
}

}  // namespace attune
