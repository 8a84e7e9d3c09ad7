#include "attune/pretrained/formats/model_folder.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <system_error>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/pretrained/formats/darknet/darknet_weights.h"
#include "attune/pretrained/formats/numpy/npz.h"
#include "attune/pretrained/formats/pytorch/pytorch.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"
#include "attune/pretrained/formats/safetensors/shards.h"
#include "attune/pretrained/formats/tfjs.h"

namespace attune {
namespace {

using Reader = CheckpointFile (*)(const fs::path&, const std::string& key);

/// The tensors whose names begin with `key` and a dot, without that; all where `key` is empty.
CheckpointFile narrowed(CheckpointFile file, const std::string& key) {
  if (key.empty()) return file;
  const std::string prefix = key + ".";
  std::vector<TensorView> tensors;
  for (TensorView tensor : file.tensors()) {
    if (!tensor.name.starts_with(prefix)) continue;
    tensor.name.erase(0, prefix.size());
    tensors.push_back(std::move(tensor));
  }
  check(!tensors.empty(), ErrorKind::user,
        "{}: weights_key \"{}\": no tensor's name begins with \"{}\" (the first tensor is {})",
        file.source(), key, prefix, file.tensors().empty() ? "missing" : file.tensors()[0].name);
  CheckpointFile::Metadata metadata = file.metadata();
  metadata["stripped_prefix"] = prefix;
  return {file.source(), std::move(tensors), std::move(metadata), file.storage(), file.format()};
}

template <CheckpointFile (*Read)(const fs::path&)>
CheckpointFile read_whole(const fs::path& path, const std::string& key) {
  return narrowed(Read(path), key);
}

CheckpointFile read_tfjs_weights(const fs::path& path) {
  return read_tfjs(path).weights;
}
CheckpointFile read_safetensors_shards(const fs::path& path) {
  return read_shards(path, read_safetensors);
}
CheckpointFile read_pytorch_shards(const fs::path& path) {
  return read_shards(path, [](const fs::path& shard) { return read_pytorch(shard); });
}

struct Format {
  std::string_view ending;
  Reader read;
};
/// By how a file's name ends; the first that fits counts.
constexpr std::array<Format, 16> kFormats{
    {{".safetensors", read_whole<read_safetensors>},
     {".safetensors.index.json", read_whole<read_safetensors_shards>},
     {".bin.index.json", read_whole<read_pytorch_shards>},
     {".bin", read_pytorch},
     {".pt", read_pytorch},
     {".pth", read_pytorch},
     {".th", read_pytorch},
     {".ckpt", read_pytorch},
     {".tar", read_pytorch},
     {".pkl", read_pytorch},
     {".pickle", read_pytorch},
     {".npz", read_whole<read_npz>},
     {".npy", read_whole<read_npy>},
     {".weights", read_whole<read_darknet>},
     {".cfg", read_whole<read_darknet>},
     {"model.json", read_whole<read_tfjs_weights>}}};

// safetensors first: its data is used as it lies, and there is no pickle to take apart.
const std::array<std::string, 5> kNames{"model.safetensors", "model.safetensors.index.json",
                                        "pytorch_model.bin", "pytorch_model.bin.index.json",
                                        "model.json"};

Reader reader_of(std::string_view name) {
  for (const Format& format : kFormats) {
    if (name.ends_with(format.ending)) return format.read;
  }
  return nullptr;
}

std::string first_bytes(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return "";  // what a pipe gives, it gives once
  std::string bytes(64, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

/// By how the file begins: the name's ending is the user's ("best.pth.tar", "weights.model", a
/// safetensors file named .bin). Nullptr where the beginning is of no format of weights.
Reader reader_of_content(const fs::path& path) {
  const std::string start = first_bytes(path);
  const std::string_view text = start;
  if (text.starts_with("PK\3\4")) {
    // The first file's name, behind the local header: arrays in an .npz are files that end in .npy
    // (torch.save begins with NAME/data.pkl or NAME/.format_version).
    return text.substr(30).find(".npy") != text.npos ? Reader(read_whole<read_npz>) : read_pytorch;
  }
  // The opcode PROTO of a pickle, protocols 2 to 5.
  if (text.size() > 1 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5) return read_pytorch;
  if (text.starts_with("\x93NUMPY")) return read_whole<read_npy>;
  // The length of the header, below 2^32, and the header's brace.
  if (text.size() > 8 && text.substr(4, 4) == std::string_view("\0\0\0\0", 4) && text[8] == '{') {
    return read_whole<read_safetensors>;
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

std::span<const std::string> weight_names() {
  return kNames;
}

std::vector<std::string> files_beside_weights(const fs::path& path) {
  const std::string name = path.filename().string();
  if (name.ends_with(".index.json")) return shard_files(path);
  return name == "model.json" ? tfjs_weight_files(path) : std::vector<std::string>();
}

CheckpointFile open_weights(const fs::path& folder_or_file, const std::string& key) {
  std::error_code error;
  if (!fs::is_directory(folder_or_file, error)) {
    check(fs::exists(folder_or_file, error), ErrorKind::user,
          "{} does not exist; expected a model folder or a file of weights",
          folder_or_file.string());
    Reader read = reader_of_content(folder_or_file);
    // What begins like none is told by the reader that the name asks for: a pointer of Git LFS, a
    // file that is cut off.
    if (read == nullptr) read = reader_of(folder_or_file.filename().string());
    check(read != nullptr, ErrorKind::user,
          "{}: not a weights file that can be read; expected a model folder, or a file of "
          "safetensors, PyTorch (torch.save), NumPy (.npz, .npy), darknet (.weights, .cfg), an "
          ".index.json of shards, or TensorFlow.js' model.json",
          folder_or_file.string());
    return read(folder_or_file, key);
  }
  for (const std::string& name : kNames) {
    const fs::path path = folder_or_file / name;
    if (!fs::exists(path, error)) continue;
    const Reader by_content = reader_of_content(path);
    return (by_content != nullptr ? by_content : reader_of(name))(path, key);
  }
  fail_without_weights(folder_or_file);
}

}  // namespace attune
