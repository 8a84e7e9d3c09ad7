#include "attune/pretrained/formats/tfjs.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <set>
#include <utility>

#include "attune/base/error.h"
#include "attune/pretrained/formats/byte_store.h"
#include "attune/pretrained/formats/little_endian.h"
#include "attune/pretrained/formats/safe_path.h"
#include "attune/pretrained/formats/tensor_view.h"

namespace attune {
namespace {

using Bytes = std::span<const std::byte>;
using Load = std::function<Bytes(const std::string&)>;

// The file holds the topology and names; the values lie in the files of the manifest.
constexpr std::uint64_t kMaxModelBytes = 64u << 20;

/// A weight as the manifest describes it.
struct Weight {
  TensorView tensor;          ///< still without values
  DType stored = DType::f32;  ///< what its file holds
  bool quantized = false;     ///< value = stored * scale + min
  double scale = 1, min = 0;

  std::uint64_t stored_bytes() const { return *tensor_bytes(stored, tensor.shape); }
};

const Json& member(const Json& object, const char* key, const std::string& where) {
  check(object.is_object() && object.contains(key), ErrorKind::data, "{}: it has no \"{}\"", where,
        key);
  return object[key];
}

std::string text_of(const Json& object, const char* key, const std::string& where) {
  const Json& value = member(object, key, where);
  check(value.is_string(), ErrorKind::data, "{}: its \"{}\" is no text", where, key);
  return value.get<std::string>();
}

double number_of(const Json& object, const char* key, const std::string& where) {
  const Json& value = member(object, key, where);
  check(value.is_number() && std::isfinite(value.get<double>()), ErrorKind::data,
        "{}: its \"{}\" is no number", where, key);
  return value.get<double>();
}

DType read_dtype(const std::string& name, const std::string& where) {
  if (name == "float32") return DType::f32;
  if (name == "float16") return DType::f16;
  if (name == "int32") return DType::i32;
  if (name == "uint8") return DType::u8;
  if (name == "uint16") return DType::u16;
  if (name == "bool") return DType::boolean;
  fail(ErrorKind::data,
       "{}: its dtype is {}, expected float32, float16, int32, uint8, uint16 or "
       "bool",
       where, name);
}

std::vector<std::int64_t> read_shape(const Json& value, const std::string& where) {
  check(value.is_array() && value.size() <= kMaxRank, ErrorKind::data,
        "{}: its shape is no list of at most {} sizes", where, kMaxRank);
  std::vector<std::int64_t> shape;
  for (const Json& size : value) {
    check(size.is_number_unsigned() && size.get<std::uint64_t>() <= INT64_MAX, ErrorKind::data,
          "{}: its shape holds {}, expected a number from 0", where, dump_json_line(size));
    shape.push_back(size.get<std::int64_t>());
  }
  return shape;
}

Weight read_weight(const Json& entry, const std::string& source) {
  Weight weight;
  weight.tensor.name = text_of(entry, "name", source + ": a weight of the manifest");
  const std::string where = fmt::format("{}: weight \"{}\"", source, weight.tensor.name);
  weight.tensor.shape = read_shape(member(entry, "shape", where), where);
  weight.stored = weight.tensor.dtype = read_dtype(text_of(entry, "dtype", where), where);
  if (entry.contains("quantization")) {
    const Json& how = entry["quantization"];
    weight.stored = read_dtype(text_of(how, "dtype", where), where);
    // uint8 and uint16 are affine with a scale and a minimum, float16 is a narrower float with
    // neither (tfjs-core: src/io/io_utils.ts).
    weight.quantized = weight.stored != DType::f16;
    check(weight.tensor.dtype == DType::f32 &&
              (weight.stored == DType::u8 || weight.stored == DType::u16 || !weight.quantized),
          ErrorKind::data, "{}: {} quantized to {} is not supported", where,
          dtype_name(weight.tensor.dtype), dtype_name(weight.stored));
    if (weight.quantized) {
      weight.scale = number_of(how, "scale", where);
      weight.min = number_of(how, "min", where);
    } else {
      weight.tensor.dtype = DType::f16;  // the values as they are stored: nothing is lost
    }
  }
  // In the widest type: what is unpacked takes more bytes than what is stored.
  check(tensor_bytes(DType::f64, weight.tensor.shape).has_value(), ErrorKind::data,
        "{}: its shape {} overflows", where, shape_text(weight.tensor.shape));
  return weight;
}

Bytes dequantize(const Weight& weight, Bytes stored, ByteStore& store) {
  const std::size_t element = dtype_size(weight.stored);
  const auto out = store.allocate(stored.size() / element * sizeof(float));
  for (std::size_t i = 0; i < stored.size() / element; ++i) {
    const unsigned level = element == 1 ? std::to_integer<unsigned>(stored[i])
                                        : load_little_endian<std::uint16_t>(stored, 2 * i);
    // In double and rounded once, as JavaScript computes `v * scale + min` into a Float32Array.
    const auto value = static_cast<float>(level * weight.scale + weight.min);
    std::memcpy(out.data() + i * sizeof value, &value, sizeof value);
  }
  return out;
}

/// The bytes of a group's files end to end; a weight may begin in one and end in the next.
Bytes group_bytes(const Json& paths, const std::string& source, const Load& load,
                  std::set<std::string>& seen, ByteStore& store) {
  check(paths.is_array(), ErrorKind::data, "{}: the paths of its weights are no list", source);
  std::vector<Bytes> parts;
  std::size_t total = 0;
  for (const Json& path : paths) {
    const std::string name = path.is_string() ? path.get<std::string>() : "";
    check(is_safe_relative_path(name), ErrorKind::data,
          "{}: its weights lie in {}, which leaves the folder; such a file is not read", source,
          dump_json_line(path));
    // A manifest of a few KiB could otherwise name one large file a thousand times and have it
    // copied each time.
    check(seen.insert(name).second, ErrorKind::data, "{}: the manifest names {} twice", source,
          name);
    parts.push_back(load(name));
    total += parts.back().size();
  }
  // One file is used as it is mapped. By default tensorflowjs_converter cuts a group after each
  // 4 MiB, through the middle of a weight too.
  if (parts.size() == 1) return parts[0];
  const auto all = store.allocate(total);
  auto to = all.begin();
  for (const Bytes part : parts) to = std::copy(part.begin(), part.end(), to);
  return all;
}

void read_group(const Json& group, const std::string& source, const Load& load,
                std::set<std::string>& seen, ByteStore& store, std::vector<TensorView>& tensors) {
  Bytes rest = group_bytes(member(group, "paths", source), source, load, seen, store);
  const Json& weights = member(group, "weights", source);
  check(weights.is_array(), ErrorKind::data, "{}: the weights of its manifest are no list", source);
  for (const Json& entry : weights) {
    Weight weight = read_weight(entry, source);
    const std::uint64_t size = weight.stored_bytes();
    check(size <= rest.size(), ErrorKind::data,
          "{}: weight \"{}\" takes {} bytes, but {} are left in its files: cut off, download them "
          "again",
          source, weight.tensor.name, size, rest.size());
    const Bytes stored = rest.first(static_cast<std::size_t>(size));
    weight.tensor.bytes = weight.quantized ? dequantize(weight, stored, store) : stored;
    rest = rest.subspan(stored.size());
    tensors.push_back(std::move(weight.tensor));
  }
  check(rest.empty(), ErrorKind::data, "{}: {} bytes of its weight files belong to no weight",
        source, rest.size());
}

/// Keras' model, which tfjs-converter wraps in {"model_config": ...}; null where there is none, as
/// in the graph format.
Json take_topology(Json& model) {
  if (!model.contains("modelTopology") || !model["modelTopology"].is_object()) return nullptr;
  Json& topology = model["modelTopology"];
  Json& keras = topology.contains("model_config") ? topology["model_config"] : topology;
  return keras.is_object() && keras.contains("class_name") ? std::move(keras) : Json(nullptr);
}

Json parse_model(std::string_view text, const std::string& source) {
  Json model = parse_json(text, source);
  check(
      model.is_object() && model.contains("weightsManifest") && model["weightsManifest"].is_array(),
      ErrorKind::data, "{}: no model of TensorFlow.js: expected a list \"weightsManifest\"",
      source);
  return model;
}

TfjsModel parse(std::string_view text, const std::string& source, const Load& load,
                std::shared_ptr<ByteStore> store) {
  Json model = parse_model(text, source);
  std::vector<TensorView> tensors;
  std::set<std::string> seen;
  for (const Json& group : model["weightsManifest"]) {
    read_group(group, source, load, seen, *store, tensors);
  }
  CheckpointFile::Metadata metadata;
  for (const char* key : {"format", "generatedBy", "convertedBy"}) {
    if (model.contains(key) && model[key].is_string()) metadata[key] = model[key];
  }
  CheckpointFile weights(source, std::move(tensors), std::move(metadata), std::move(store),
                         "TensorFlow.js");
  return {std::move(weights), take_topology(model)};
}

}  // namespace

TfjsModel read_tfjs(const fs::path& model_json) {
  const auto store = std::make_shared<ByteStore>();
  const auto load = [&](const std::string& name) {
    return store->map(model_json.parent_path() / name);
  };
  return parse(read_file(model_json, kMaxModelBytes), model_json.string(), load, store);
}

std::vector<std::string> tfjs_weight_files(const fs::path& model_json) {
  const std::string source = model_json.string();
  const Json model = parse_model(read_file(model_json, kMaxModelBytes), source);
  std::vector<std::string> files;
  std::set<std::string> seen;
  const auto note = [&](const std::string& name) {
    files.push_back(name);
    return Bytes();
  };
  ByteStore none;
  for (const Json& group : model["weightsManifest"]) {
    group_bytes(member(group, "paths", source), source, note, seen, none);
  }
  return files;
}

TfjsModel parse_tfjs(std::string_view text, const std::string& source, const Load& load) {
  return parse(text, source, load, std::make_shared<ByteStore>());
}

}  // namespace attune
