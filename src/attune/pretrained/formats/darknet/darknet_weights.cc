#include "attune/pretrained/formats/darknet/darknet_weights.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/log.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/pretrained/formats/byte_store.h"
#include "attune/pretrained/formats/little_endian.h"

namespace attune {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint64_t kMaxCfgBytes = 4u << 20, kMaxNamesBytes = 4u << 20;

struct Header {
  std::int32_t major = 0, minor = 2, revision = 5;
  std::uint64_t seen = 0;
  std::size_t bytes = 0;
};

// parser.c, load_weights_upto: the counter of pictures became 64 bits wide with version 0.2.
Header read_header(Bytes bytes, const std::string& source) {
  constexpr std::size_t kVersion = 3 * sizeof(std::int32_t);
  check(bytes.size() >= kVersion + sizeof(std::uint32_t), ErrorKind::data,
        "{}: {} bytes are too few for darknet's weights", source, bytes.size());
  Header header;
  header.major = load_little_endian<std::int32_t>(bytes, 0);
  header.minor = load_little_endian<std::int32_t>(bytes, 4);
  header.revision = load_little_endian<std::int32_t>(bytes, 8);
  // A pointer of Git LFS, a page of HTML, another format.
  check(header.major >= 0 && header.major < 1000 && header.minor >= 0 && header.minor < 1000,
        ErrorKind::data,
        "{}: it begins with the version {}.{}, which no darknet has written: not its weights",
        source, header.major, header.minor);
  const bool is_wide = header.major * 10 + header.minor >= 2;
  header.bytes = kVersion + (is_wide ? sizeof(std::uint64_t) : sizeof(std::uint32_t));
  check(bytes.size() >= header.bytes, ErrorKind::data, "{}: its header is cut off", source);
  header.seen = is_wide ? load_little_endian<std::uint64_t>(bytes, kVersion)
                        : load_little_endian<std::uint32_t>(bytes, kVersion);
  return header;
}

std::uint64_t values_of(const DarknetTensor& tensor) {
  std::uint64_t count = 1;  // sides and channels are bounded: no overflow
  for (const std::int64_t size : tensor.shape) count *= static_cast<std::uint64_t>(size);
  return count;
}

std::string where(const DarknetTensor& tensor, const DarknetCfg& cfg) {
  return fmt::format("layer {} ({})", tensor.layer, cfg.where(cfg.sections[tensor.layer + 1]));
}

// What is read at a wrong place is rarely a possible variance: it tells that file and .cfg do not
// belong together where their sizes do.
void check_variance(const TensorView& view, const DarknetTensor& tensor, const DarknetCfg& cfg,
                    const std::string& source) {
  for (std::size_t i = 0; i < view.bytes.size(); i += sizeof(float)) {
    const auto value = load_little_endian<float>(view.bytes, i);
    check(!(value < 0), ErrorKind::data,
          "{}: {} has the variance {} at {}: the weights are of another network than the .cfg",
          source, where(tensor, cfg), value, view.name);
  }
}

CheckpointFile parse(Bytes bytes, const std::string& source, const DarknetCfg& cfg,
                     std::shared_ptr<const void> storage, CheckpointFile::Metadata metadata) {
  const Header header = read_header(bytes, source);
  const DarknetNetwork network = read_darknet_network(cfg);
  Bytes left = bytes.subspan(header.bytes);
  check(left.size() % sizeof(float) == 0, ErrorKind::data,
        "{}: {} bytes behind its header are no whole number of float32 values: it is cut off",
        source, left.size());
  std::vector<TensorView> views;
  for (const DarknetTensor& tensor : darknet_tensors(network)) {
    const std::uint64_t wanted = values_of(tensor);
    check(wanted <= left.size() / sizeof(float), ErrorKind::data,
          "{}: it ends in {}: {} has {} values, and {} are left; the file is cut off, holds the "
          "first layers alone, or is of another network than the .cfg",
          source, where(tensor, cfg), tensor.name, wanted, left.size() / sizeof(float));
    const std::size_t size = wanted * sizeof(float);
    views.push_back({tensor.name, DType::f32, tensor.shape, left.first(size)});
    if (tensor.name.ends_with("running_var")) check_variance(views.back(), tensor, cfg, source);
    left = left.subspan(size);
  }
  check(left.empty(), ErrorKind::data,
        "{}: {} values are left behind the last layer of {}: the weights are of another network",
        source, left.size() / sizeof(float), cfg.source);
  metadata["darknet_cfg"] = cfg.text();
  metadata["darknet_seen"] = std::to_string(header.seen);
  return {source, std::move(views), std::move(metadata), std::move(storage), "darknet"};
}

// "yolov4-tiny_best" -> "yolov4-tiny": darknet's names of what it saves while it trains.
std::string without_state(const std::string& stem) {
  const std::size_t at = stem.rfind('_');
  if (at == std::string::npos || at == 0) return stem;
  const std::string state = stem.substr(at + 1);
  const bool is_number = !state.empty() && std::all_of(state.begin(), state.end(),
                                                       [](char c) { return c >= '0' && c <= '9'; });
  const bool is_state = is_number || state == "best" || state == "final" || state == "last";
  return is_state ? stem.substr(0, at) : stem;
}

std::vector<fs::path> files_with(const fs::path& folder, std::string_view ending) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ending) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// The file with another ending that belongs to `path`; nothing where there is none or several.
std::optional<fs::path> find_beside(const fs::path& path, std::string_view ending) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const std::string stem = path.stem().string();
  std::error_code error;
  for (const std::string& name : {stem, without_state(stem)}) {
    const fs::path candidate = folder / (name + std::string(ending));
    if (fs::exists(candidate, error)) return candidate;
  }
  const auto all = files_with(folder, ending);
  if (all.size() == 1) return all.front();
  return std::nullopt;
}

fs::path need_beside(const fs::path& path, std::string_view ending) {
  const auto found = find_beside(path, ending);
  check(found.has_value(), ErrorKind::user,
        "{}: a network of darknet's is a .cfg and a .weights file, and which {} belongs to it is "
        "not to be told: lay it beside it under the same name, {}{}",
        path.string(), ending, without_state(path.stem().string()), ending);
  return *found;
}

/// One name a line; none where the file is missing or has another number of them than `classes`.
std::string label_names(const fs::path& path, std::int64_t classes) {
  const auto file = find_beside(path, ".names");
  if (!file) return "";
  const std::string text = read_file(*file, kMaxNamesBytes);
  check(!find_invalid_utf8(text), ErrorKind::data, "{}: it is no text", file->string());
  std::vector<std::string> names;
  for (const std::string& line : split(text, '\n')) {
    if (const auto name = trim(line); !name.empty()) names.emplace_back(name);
  }
  if (std::ssize(names) != classes) {
    log_warning("{}: it names {} classes, the network has {}: the names are not used",
                file->string(), names.size(), classes);
    return "";
  }
  return dump_json_line(Json(names));
}

std::int64_t classes_of(const DarknetNetwork& network) {
  for (const DarknetLayer& layer : network.layers) {
    if (layer.kind == DarknetKind::yolo) return layer.classes;
  }
  return 0;
}

}  // namespace

std::vector<DarknetTensor> darknet_tensors(const DarknetNetwork& network) {
  std::vector<DarknetTensor> tensors;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const DarknetLayer& layer = network.layers[i];
    if (layer.kind != DarknetKind::convolutional) continue;
    const auto add = [&](const char* part, std::vector<std::int64_t> shape) {
      tensors.push_back({fmt::format("layers.{}.{}", i, part), std::move(shape), i});
    };
    // parser.c, load_convolutional_weights
    if (layer.normalized) {
      for (const char* part : {"bn.bias", "bn.weight", "bn.running_mean", "bn.running_var"}) {
        add(part, {layer.channels});
      }
    } else {
      add("conv.bias", {layer.channels});
    }
    add("conv.weight", {layer.channels, layer.in_channels / layer.groups, layer.size, layer.size});
  }
  return tensors;
}

CheckpointFile parse_darknet_weights(Bytes bytes, const std::string& source,
                                     const DarknetCfg& cfg) {
  return parse(bytes, source, cfg, nullptr, {});
}

CheckpointFile read_darknet(const fs::path& path) {
  const bool is_cfg = path.extension() == ".cfg";
  const fs::path cfg_path = is_cfg ? path : need_beside(path, ".cfg");
  const fs::path weights_path = is_cfg ? need_beside(path, ".weights") : path;
  const DarknetCfg cfg = parse_darknet_cfg(read_file(cfg_path, kMaxCfgBytes), cfg_path.string());
  CheckpointFile::Metadata metadata;
  if (auto names = label_names(cfg_path, classes_of(read_darknet_network(cfg))); !names.empty()) {
    metadata["label_names"] = std::move(names);
  }
  const auto store = std::make_shared<ByteStore>();
  const Bytes bytes = store->map(weights_path);
  return parse(bytes, weights_path.string(), cfg, store, std::move(metadata));
}

void write_darknet_weights(const fs::path& path, const DarknetNetwork& network,
                           std::span<const TensorView> tensors, std::uint64_t seen) {
  AtomicFile file(path);
  const Header header;
  const std::array<std::int32_t, 3> version = {header.major, header.minor, header.revision};
  file.write(std::as_bytes(std::span(version)));
  file.write(std::as_bytes(std::span(&seen, 1)));
  for (const DarknetTensor& tensor : darknet_tensors(network)) {
    const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const TensorView& view) {
      return view.name == tensor.name;
    });
    check(found != tensors.end() && found->dtype == DType::f32 && found->shape == tensor.shape,
          ErrorKind::internal, "tensor {} is missing or not float32 {}", tensor.name,
          shape_text(tensor.shape));
    file.write(found->bytes);
  }
  file.commit();
}

}  // namespace attune
