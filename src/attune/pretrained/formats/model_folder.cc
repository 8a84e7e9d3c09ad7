#include "attune/pretrained/formats/model_folder.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/pretrained/formats/numpy/npz.h"
#include "attune/pretrained/formats/pytorch/pytorch.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"
#include "attune/pretrained/formats/safetensors/shards.h"
#include "attune/pretrained/formats/tfjs.h"

namespace attune {
namespace {

using Reader = CheckpointFile (*)(const fs::path&);

CheckpointFile read_tfjs_weights(const fs::path& path) {
  return read_tfjs(path).weights;
}
CheckpointFile read_safetensors_shards(const fs::path& path) {
  return read_shards(path, read_safetensors);
}
CheckpointFile read_pytorch_shards(const fs::path& path) {
  return read_shards(path, read_pytorch);
}

struct Format {
  std::string_view ending;
  Reader read;
};
/// By how a file's name ends; the first that fits counts.
constexpr std::array<Format, 11> kFormats{{{".safetensors", read_safetensors},
                                           {".safetensors.index.json", read_safetensors_shards},
                                           {".bin.index.json", read_pytorch_shards},
                                           {".bin", read_pytorch},
                                           {".pt", read_pytorch},
                                           {".pth", read_pytorch},
                                           {".th", read_pytorch},
                                           {".ckpt", read_pytorch},
                                           {".npz", read_npz},
                                           {".npy", read_npy},
                                           {"model.json", read_tfjs_weights}}};

/// What a model folder calls its weights, best first.
constexpr std::array<std::string_view, 5> kNames{
    "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
    "pytorch_model.bin.index.json", "model.json"};

Reader reader_of(std::string_view name) {
  for (const Format& format : kFormats) {
    if (name.ends_with(format.ending)) return format.read;
  }
  return nullptr;
}

/// Names of the weight files in `folder`, sorted: those that can be read, or those that cannot.
std::vector<std::string> weight_files(const fs::path& folder, bool readable) {
  constexpr std::array<std::string_view, 7> kForeign{".h5",   ".keras",   ".pdparams",  ".onnx",
                                                     ".gguf", ".msgpack", ".ckpt.index"};
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    const auto matches = [&](std::string_view ending) { return name.ends_with(ending); };
    const bool wanted = readable ? reader_of(name) != nullptr
                                 : std::any_of(kForeign.begin(), kForeign.end(), matches);
    // transformers' Trainer pickles its arguments into training_args.bin beside the weights.
    if (wanted && name != "training_args.bin") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

[[noreturn]] void fail_without_weights(const fs::path& folder) {
  const std::string names = fmt::format("{}", fmt::join(kNames, ", "));
  const auto readable = weight_files(folder, true);
  check(readable.empty(), ErrorKind::user,
        "{}: the folder has none of {}, but {}; give the path of the file itself", folder.string(),
        names, join(readable, ", "));
  const auto foreign = weight_files(folder, false);
  check(foreign.empty(), ErrorKind::user,
        "{}: its weights ({}) are in a format that is not read yet; expected one of {}. In Python, "
        "`AutoModel.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER)` writes such a folder",
        folder.string(), join(foreign, ", "), names);
  fail(ErrorKind::user, "{}: the folder holds no weights; expected one of {}", folder.string(),
       names);
}

}  // namespace

CheckpointFile open_weights(const fs::path& folder_or_file) {
  std::error_code error;
  if (!fs::is_directory(folder_or_file, error)) {
    check(fs::exists(folder_or_file, error), ErrorKind::user,
          "{} does not exist; expected a model folder or a file of weights",
          folder_or_file.string());
    const Reader read = reader_of(folder_or_file.filename().string());
    check(
        read != nullptr, ErrorKind::user,
        "{}: not a weights file that can be read; expected a model folder, or a file that ends in "
        ".safetensors, .bin, .pt, .pth, .th, .ckpt, .npz, .npy or .index.json, or model.json",
        folder_or_file.string());
    return read(folder_or_file);
  }
  for (const std::string_view name : kNames) {
    const fs::path path = folder_or_file / name;
    if (fs::exists(path, error)) return reader_of(name)(path);
  }
  fail_without_weights(folder_or_file);
}

}  // namespace attune
