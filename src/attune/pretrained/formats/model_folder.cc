#include "attune/pretrained/formats/model_folder.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "attune/base/error.h"
#include "attune/base/strings.h"
#include "attune/pretrained/formats/safetensors.h"

namespace attune {
namespace {

/// Names of weight files in `folder` that belong to formats without a reader, sorted.
std::vector<std::string> foreign_weights(const fs::path& folder) {
  constexpr std::array<std::string_view, 12> kEndings{".bin",  ".pt",    ".pth",     ".ckpt",
                                                      ".h5",   ".keras", ".npz",     ".pdparams",
                                                      ".onnx", ".gguf",  ".msgpack", ".ckpt.index"};
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    const auto matches = [&](std::string_view ending) { return name.ends_with(ending); };
    if (name != "training_args.bin" && std::any_of(kEndings.begin(), kEndings.end(), matches)) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

CheckpointFile open_weights(const fs::path& folder_or_file) {
  std::error_code error;
  const std::string name = folder_or_file.filename().string();
  if (!fs::is_directory(folder_or_file, error)) {
    check(fs::exists(folder_or_file, error), ErrorKind::user,
          "{} does not exist; expected a model folder or a .safetensors file",
          folder_or_file.string());
    if (name.ends_with(".safetensors")) return read_safetensors(folder_or_file);
    check(name.ends_with(".safetensors.index.json"), ErrorKind::user,
          "{}: not a weights file that can be read; expected a model folder, a .safetensors file "
          "or a .safetensors.index.json",
          folder_or_file.string());
    return read_safetensors_index(folder_or_file);
  }
  const fs::path single = folder_or_file / "model.safetensors";
  if (fs::exists(single, error)) return read_safetensors(single);
  const fs::path index = folder_or_file / "model.safetensors.index.json";
  if (fs::exists(index, error)) return read_safetensors_index(index);
  const auto foreign = foreign_weights(folder_or_file);
  check(foreign.empty(), ErrorKind::user,
        "{}: its weights ({}) are in a format that is not read yet; expected model.safetensors "
        "or model.safetensors.index.json. In Python, "
        "`AutoModel.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER)` writes such a folder",
        folder_or_file.string(), join(foreign, ", "));
  fail(ErrorKind::user,
       "{}: the folder holds no weights; expected model.safetensors or "
       "model.safetensors.index.json",
       folder_or_file.string());
}

}  // namespace attune
