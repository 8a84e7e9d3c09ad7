#include "attune/models/image/image_folder.h"

#include <system_error>
#include <utility>

#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/config/field.h"
#include "attune/models/architectures.h"
#include "attune/models/config_fields.h"
#include "attune/models/image/image_origin.h"
#include "attune/pretrained/formats/model_folder.h"
#include "attune/pretrained/formats/tfjs.h"

namespace attune {

namespace {

constexpr const char* kProcessorKey = "image_processor_type";

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// What a checkpoint says of itself is not overruled, nor the option passed over in silence.
void refuse_architecture(const std::string& architecture, const fs::path& path,
                         std::string_view teller) {
  check(architecture.empty(), ErrorKind::user,
        "{}: architecture \"{}\" was given, but its {} says what network it is: leave the "
        "architecture out",
        path.string(), architecture, teller);
}

std::string config_type(const Json& config) {
  const bool named = config.contains("model_type") && config.at("model_type").is_string();
  return named ? config.at("model_type").get<std::string>() : "such models";
}

// A folder of timm's: the network is one of the architectures known here, by the same name.
void describe_timm(ImageModelSource& source) {
  const Json timm = std::move(source.checkpoint.config);
  source.preprocessing = timm_preprocessing(timm, source.checkpoint.source);
  try {
    source.checkpoint.config = find_architecture(timm_architecture(timm)).config;
  } catch (const Error& error) {
    fail(error.kind(), "{}: a folder of timm's, whose networks are taken under these names: {}",
         source.checkpoint.source, error.what());
  }
  // Labels and channels are those of the tensors; their names are the config's.
  source.checkpoint.bare = true;
  if (const auto labels = timm_labels(timm); !labels.empty()) {
    write_labels(source.checkpoint.config, labels, {});
  }
}

ImageModelSource from_config(const fs::path& folder, const std::string& architecture,
                             const ImageFamilies& families, const std::string& weights_key) {
  refuse_architecture(architecture, folder, "config.json");
  const fs::path path = folder / "config.json", processor = folder / "preprocessor_config.json";
  ImageModelSource source;
  source.checkpoint.config = read_json(path);
  source.checkpoint.source = path.string();
  check(source.checkpoint.config.is_object(), ErrorKind::data, "{}: expected a JSON object",
        path.string());
  source.checkpoint.weights = open_weights(folder, weights_key);
  if (is_timm_config(source.checkpoint.config)) {
    describe_timm(source);
    if (!is_there(processor)) return source;
  }
  if (is_there(processor)) {
    Json stated = read_json(processor);
    // transformers' wrapper around timm writes timm's own data beside it, as config.json has them.
    const bool is_wrapper = stated.is_object() && stated.contains(kProcessorKey) &&
                            stated.at(kProcessorKey) == "TimmWrapperImageProcessor";
    if (!is_wrapper || source.preprocessing.is_null()) source.preprocessing = std::move(stated);
    return source;
  }
  source.preprocessing = families.usual_preprocessing(source.checkpoint.config);
  source.assumed = fmt::format("{}: no preprocessor_config.json: the usual preprocessing of {}",
                               folder.string(), config_type(source.checkpoint.config));
  return source;
}

// The side in the first "batch_input_shape" of Keras' topology, or 0.
std::int64_t input_side(const Json& topology) {
  if (topology.is_object() && topology.contains("batch_input_shape")) {
    const Json& shape = topology.at("batch_input_shape");
    if (shape.is_array() && shape.size() == 4 && shape[1].is_number_integer() &&
        shape[1] == shape[2] && shape[1] >= 1 && shape[1] <= 1 << 16) {
      return shape[1].get<std::int64_t>();
    }
  }
  if (topology.is_structured()) {
    for (const auto& item : topology.items()) {
      if (const std::int64_t side = input_side(item.value()); side > 0) return side;
    }
  }
  return 0;
}

ImageModelSource from_tfjs(const fs::path& model_json, const std::string& architecture,
                           const ImageFamilies& families) {
  refuse_architecture(architecture, model_json, "topology");
  TfjsModel model = read_tfjs(model_json);
  const std::int64_t side = input_side(model.topology);
  auto settings = families.from_keras(model.weights, side > 0 ? side : 224);
  check(settings.has_value(), ErrorKind::user,
        "{}: of Keras' models only {} is known as an image classifier, and its tensors are not "
        "there",
        model_json.string(), fmt::join(families.keras_names, ", "));
  ImageModelSource source;
  source.checkpoint.config = std::move(settings->config);
  source.checkpoint.source = model_json.string();
  source.checkpoint.weights = std::move(model.weights);
  source.preprocessing = std::move(settings->preprocessing);
  return source;
}

// `file` without the tensor of that name, inside of whatever.
bool drop_tensor(CheckpointFile& file, std::string_view name) {
  std::vector<TensorView> tensors = file.tensors();
  const std::string nested = fmt::format(".{}", name);
  const auto dropped = std::erase_if(tensors, [&](const TensorView& tensor) {
    return tensor.name == name || tensor.name.ends_with(nested);
  });
  if (dropped == 0) return false;
  file = {file.source(), std::move(tensors), file.metadata(), file.storage(), file.format()};
  return true;
}

ImageModelSource from_architecture(std::optional<CheckpointFile> weights,
                                   const Architecture& found) {
  ImageModelSource source;
  source.checkpoint = {.config = found.config,
                       .source = fmt::format("architecture {}", found.name),
                       .weights = std::move(weights),
                       .bare = true};
  source.preprocessing = found.preprocessing;
  if (!source.checkpoint.weights) return source;
  const std::string file = source.checkpoint.weights->source();
  const auto origin = known_origin(*source.checkpoint.weights);
  Json& config = source.checkpoint.config;
  if (const auto labels = stored_labels(*source.checkpoint.weights); !labels.empty()) {
    write_labels(config, labels, {});
  }
  if (origin) {
    config["problem_type"] = config::enum_name(origin->problem_type);
    source.preprocessing = origin->preprocessing;
    const bool has_unapplied = drop_tensor(*source.checkpoint.weights, origin->unapplied);
    source.assumed = fmt::format(
        "{}: taken for a model of {}, since {}, whose outputs are {}{}: its preprocessing", file,
        origin->name, origin->reason, config::enum_name(origin->problem_type),
        has_unapplied ? fmt::format(" ({} is not applied to its scores)", origin->unapplied) : "");
  } else {
    source.assumed = fmt::format(
        "{}: a bare state dict does not say how its pictures were prepared: the usual "
        "preprocessing of {}",
        file, found.name);
  }
  return source;
}

// Every known architecture is opened with the file, so that what is suggested works: names and
// shapes of all tensors fit.
std::string suggestion(const CheckpointFile& weights,
                       const std::function<bool(const ImageCheckpoint&)>& fits) {
  std::vector<std::string> fitting;
  for (const Architecture& architecture : architectures()) {
    if (fits(from_architecture(weights, architecture).checkpoint)) {
      fitting.push_back(architecture.name);
    }
  }
  if (fitting.empty()) return "its tensors fit none of those known";
  return fmt::format("its tensors fit {}", fmt::join(fitting, ", "));
}

}  // namespace

ImageModelSource find_image_source(const fs::path& path, const std::string& architecture,
                                   const ImageFamilies& families, const std::string& weights_key) {
  if (path.empty()) {
    check(weights_key.empty(), ErrorKind::user,
          "weights_key chooses among the weights of a file, and no model was given");
    check(!architecture.empty(), ErrorKind::user,
          "neither a model nor an architecture was given; known architectures are {}",
          fmt::join(architecture_names(), ", "));
    return from_architecture({}, find_architecture(architecture));
  }
  // A config.json says most and comes first; a bare state dict says nothing and comes last.
  if (is_there(path / "config.json")) {
    return from_config(path, architecture, families, weights_key);
  }
  const fs::path model_json = path.filename() == "model.json" ? path : path / "model.json";
  if (is_there(model_json)) {
    check(weights_key.empty(), ErrorKind::user,
          "{}: weights_key chooses among sets of weights, and this model has one",
          model_json.string());
    return from_tfjs(model_json, architecture, families);
  }
  CheckpointFile weights = open_weights(path, weights_key);
  if (architecture.empty()) {
    fail(ErrorKind::user,
         "{}: a bare state dict does not say what network it is of: name the architecture ({}). "
         "Known are {}",
         path.string(), suggestion(weights, families.fits), fmt::join(architecture_names(), ", "));
  }
  if (const auto labels = stored_labels(weights); !labels.empty()) {
    log_info("{}: the names of {} outputs are stored in it", path.string(), labels.size());
  }
  return from_architecture(std::move(weights), find_architecture(architecture));
}

}  // namespace attune
