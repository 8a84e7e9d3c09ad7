#include "attune/pretrained/formats/safetensors/shards.h"

#include <map>
#include <set>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/log.h"
#include "attune/pretrained/formats/safe_path.h"

namespace attune {
namespace {

constexpr std::uint64_t kMaxIndexBytes = 32u << 20;

/// Shard file -> names of its tensors, as the index has them.
std::map<std::string, std::vector<std::string>> read_weight_map(const fs::path& index_path) {
  const Json index = read_json(index_path, kMaxIndexBytes);
  const bool well_formed = index.is_object() && index.contains("weight_map") &&
                           index["weight_map"].is_object() && !index["weight_map"].empty();
  check(well_formed, ErrorKind::data,
        "{}: expected an object with a \"weight_map\" from tensor names to file names",
        index_path.string());
  std::map<std::string, std::vector<std::string>> shards;
  for (const auto& [name, file] : index["weight_map"].items()) {
    check(file.is_string(), ErrorKind::data, "{}: weight_map: \"{}\" is {}, expected a file name",
          index_path.string(), name, dump_json_line(file));
    const auto& shard = file.get_ref<const std::string&>();
    // An index from the hub could otherwise have any file of this machine read.
    check(is_safe_relative_path(shard), ErrorKind::data,
          "{}: weight_map: \"{}\" lies in \"{}\", which leaves the folder; such a file is not read",
          index_path.string(), name, shard);
    shards[shard].push_back(name);
  }
  return shards;
}

}  // namespace

std::vector<std::string> shard_files(const fs::path& index_path) {
  std::vector<std::string> files;
  for (const auto& [file, names] : read_weight_map(index_path)) files.push_back(file);
  return files;
}

CheckpointFile read_shards(const fs::path& index_path,
                           const std::function<CheckpointFile(const fs::path&)>& read) {
  const auto shards = read_weight_map(index_path);
  std::vector<TensorView> tensors;
  CheckpointFile::Metadata metadata;
  std::string format;
  const auto storage = std::make_shared<std::vector<std::shared_ptr<const void>>>();
  for (const auto& [shard, names] : shards) {
    const fs::path path = index_path.parent_path() / shard;
    check(fs::exists(path), ErrorKind::data,
          "{}: the shard {} is missing from the folder; download it again", index_path.string(),
          shard);
    const CheckpointFile file = read(path);
    for (const std::string& name : names) {
      check(file.find(name) != nullptr, ErrorKind::data,
            "{}: says that tensor \"{}\" lies in {}, but it does not", index_path.string(), name,
            shard);
    }
    if (file.tensors().size() > names.size()) {
      log_warning("{}: {} tensors are not in the index and are left out", path.string(),
                  file.tensors().size() - names.size());
    }
    const std::set<std::string_view> wanted(names.begin(), names.end());
    for (const TensorView& tensor : file.tensors()) {
      if (wanted.contains(tensor.name)) tensors.push_back(tensor);
    }
    metadata.insert(file.metadata().begin(), file.metadata().end());
    // The views point into each shard's mapping.
    storage->push_back(file.storage());
    format = file.format() + " in shards";
  }
  return {index_path.string(), std::move(tensors), std::move(metadata), storage, std::move(format)};
}

}  // namespace attune
