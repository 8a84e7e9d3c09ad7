#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/cli/console.h"
#include "attune/cli/inspect_picture.h"
#include "attune/cli/invocation.h"
#include "attune/cli/verbs.h"
#include "attune/data/image/pictures/picture_files.h"
#include "attune/media/text/ctc/ctc_vocabulary.h"
#include "attune/media/text/tokenizer.h"
#include "attune/models/registry.h"
#include "attune/pretrained/formats/model_folder.h"
#include "attune/pretrained/resolve.h"
#include "attune/tasks/registry.h"

namespace attune::cli {
namespace {

constexpr const char* kInspectHelp =
    R"(usage: attune inspect PATH_OR_HUB_ID [--json] [--revision REVISION] [--weights-key KEY]

Shows what a checkpoint is: family, task, tensors, types, parameters, tokenizer, labels, and the
symbols that a speech model writes. PATH is a
model folder or a file of weights (safetensors, PyTorch, NumPy, TensorFlow.js). --json adds for each
tensor its name, dtype, shape and the SHA-256 of its values (contiguous, little-endian).
Where a file has several sets of weights (state_dict and state_dict_ema), it says which is taken,
an average (EMA) before the weights, and what is left; --weights-key takes another.

Of a picture (JPEG, PNG, DICOM ...) it shows format or transfer syntax, size, bits and the SHA-256
of the decoded values (8 bits: uint8, else int32, little-endian, row by row; frame after frame). Of
a NIfTI volume it shows size, type and the SHA-256 of the stored voxels.
)";

/// What a checkpoint is, as far as its files tell.
struct Inspection {
  fs::path path;
  Json config;  ///< null without config.json
  CheckpointFile weights;
  std::optional<Tokenizer> tokenizer;
  std::optional<CtcVocabulary> symbols;  ///< of a speech model
};

/// What a speech model writes, where its folder says so.
std::optional<CtcVocabulary> read_symbols(const fs::path& folder, const Json& config) {
  const std::vector<ModelUse> uses = uses_of(config);
  const bool writes = std::ranges::find(uses, ModelUse::transcribe_speech) != uses.end();
  if (!writes || !CtcVocabulary::is_in(folder)) return {};
  try {
    return CtcVocabulary::from_folder(folder);
  } catch (const Error& error) {
    // All else of the checkpoint can be shown.
    log_warning("{}", error.what());
    return {};
  }
}

Inspection inspect(const std::string& name, const std::string& revision,
                   const std::string& weights_key) {
  Inspection result;
  // "scan.png" could also be the id of a repository; who misspells a picture must not be told about
  // the hub.
  check(fs::exists(name) || !is_picture_file(name), ErrorKind::user, "{}: there is no such file",
        name);
  result.path = fs::exists(name) ? fs::path(name) : resolve_model(name, revision);
  // Weights alone are enough: files beside them only tell more.
  result.weights = open_weights(result.path, weights_key);
  if (!fs::is_directory(result.path)) return result;
  if (fs::exists(result.path / "config.json"))
    result.config = read_json(result.path / "config.json");
  if (fs::exists(result.path / "tokenizer.json") || fs::exists(result.path / "vocab.txt")) {
    result.tokenizer = Tokenizer::from_pretrained(result.path);
  }
  result.symbols = read_symbols(result.path, result.config);
  return result;
}

/// Elements by dtype.
std::map<std::string, std::int64_t> parameters_by_dtype(const CheckpointFile& weights) {
  std::map<std::string, std::int64_t> counts;
  for (const TensorView& tensor : weights.tensors()) {
    counts[std::string(dtype_name(tensor.dtype))] += tensor.numel();
  }
  return counts;
}

/// The names under "0", "1", ... as far as they go without a gap; the file may have them in any
/// order.
std::vector<std::string> labels_of(const Json& config) {
  if (!config.is_object() || !config.contains("id2label") || !config["id2label"].is_object()) {
    return {};
  }
  // Not looked up id by id: that is linear in an ordered object's size.
  const Json& names = config["id2label"];
  std::unordered_map<std::string_view, const Json*> by_key;
  for (const auto& member : names.items()) by_key.emplace(member.key(), &member.value());
  std::vector<std::string> labels;
  for (auto found = by_key.find("0"); found != by_key.end();
       found = by_key.find(std::to_string(labels.size()))) {
    const Json& name = *found->second;
    labels.push_back(name.is_string() ? name.get<std::string>() : name.dump());
  }
  return labels;
}

/// For people: the first names, and how many there are more (--json has all).
std::string names_text(std::vector<std::string> names, const std::string& separator) {
  constexpr std::size_t kShown = 40;
  if (names.empty()) return "none";
  const std::size_t more = names.size() > kShown ? names.size() - kShown : 0;
  names.resize(names.size() - more);
  return join(names, separator) + (more > 0 ? fmt::format(" and {} more", more) : "");
}

Json describe_symbols(const CtcVocabulary& vocabulary) {
  return {{"vocab_size", vocabulary.size()},
          {"blank", vocabulary.symbols()[static_cast<std::size_t>(vocabulary.blank())]},
          {"blank_id", vocabulary.blank()},
          {"delimiter", vocabulary.names().delimiter},
          {"symbols", vocabulary.symbols()}};
}

Json describe(const Inspection& inspection) {
  const Json& config = inspection.config;
  std::int64_t parameters = 0;
  Json by_dtype = Json::object();
  for (const auto& [dtype, count] : parameters_by_dtype(inspection.weights)) {
    parameters += count;
    by_dtype[dtype] = count;
  }
  Json result = {{"path", inspection.path.string()}};
  result["format"] = inspection.weights.format();
  const bool has_config = config.is_object();
  result["family"] = has_config ? config.value("model_type", Json(nullptr)) : Json(nullptr);
  result["architectures"] =
      has_config ? config.value("architectures", Json::array()) : Json::array();
  const std::string task = has_config ? task_of_config(config) : "";
  result["task"] = task.empty() ? Json(nullptr) : Json(task);
  result["num_tensors"] = inspection.weights.tensors().size();
  result["num_parameters"] = parameters;
  result["parameters_by_dtype"] = by_dtype;
  result["labels"] = labels_of(config);
  if (inspection.tokenizer) {
    const Tokenizer& tokenizer = *inspection.tokenizer;
    result["tokenizer"] = Json{{"model", tokenizer.model_type()},
                               {"vocab_size", tokenizer.vocab_size()},
                               {"model_max_length", tokenizer.model_max_length()}};
  } else {
    result["tokenizer"] = nullptr;
  }
  result["symbols"] = inspection.symbols ? describe_symbols(*inspection.symbols) : Json(nullptr);
  result["metadata"] = inspection.weights.metadata();
  return result;
}

Json describe_tensors(const CheckpointFile& weights) {
  Json list = Json::array();
  for (const TensorView& tensor : weights.tensors()) {
    list.push_back({{"name", tensor.name},
                    {"dtype", dtype_name(tensor.dtype)},
                    {"shape", tensor.shape},
                    // Of the values, not of the file: checkpoints of two formats can be compared.
                    {"sha256", sha256_hex(tensor.bytes)}});
  }
  return list;
}

std::string text_or_unknown(const Json& value) {
  return value.is_string() ? value.get<std::string>() : "unknown";
}

/// Which of the weights in a file these are, and what was left there.
void print_choice(const CheckpointFile::Metadata& metadata) {
  const auto fact = [&](const char* key) {
    const auto found = metadata.find(key);
    return found == metadata.end() ? std::string() : found->second;
  };
  const std::string key = fact("state_dict_key"), others = fact("other_weights"),
                    left_out = fact("left_out"), prefix = fact("stripped_prefix");
  if (!key.empty()) {
    fmt::print("  weights     \"{}\"{}\n", key,
               others.empty() ? "" : " (--weights-key takes others: " + others + ")");
  }
  if (!left_out.empty()) fmt::print("  not read    {}\n", left_out);
  if (!prefix.empty()) fmt::print("  names       without \"{}\", which they begin with\n", prefix);
}

void print_text(const Inspection& inspection) {
  const Json facts = describe(inspection);
  fmt::print("{}\n", inspection.path.string());
  fmt::print("  format      {}\n", inspection.weights.format());
  print_choice(inspection.weights.metadata());
  fmt::print("  family      {}\n", text_or_unknown(facts["family"]));
  fmt::print("  task        {}\n", text_or_unknown(facts["task"]));
  if (!facts["architectures"].empty()) {
    fmt::print("  made as     {}\n",
               join(facts["architectures"].get<std::vector<std::string>>(), ", "));
  }
  std::string dtypes;
  for (const auto& [dtype, count] : facts["parameters_by_dtype"].items()) {
    dtypes += fmt::format("{}{} {}", dtypes.empty() ? "" : ", ",
                          with_thousands(count.get<std::int64_t>()), dtype);
  }
  fmt::print("  parameters  {} in {} tensors ({})\n",
             with_thousands(facts["num_parameters"].get<std::int64_t>()),
             facts["num_tensors"].get<std::int64_t>(), dtypes);
  if (!facts["tokenizer"].is_null()) {
    fmt::print("  tokenizer   {}, {} tokens\n", text_or_unknown(facts["tokenizer"]["model"]),
               with_thousands(facts["tokenizer"]["vocab_size"].get<std::int64_t>()));
  } else {
    fmt::print("  tokenizer   none\n");
  }
  if (inspection.symbols) {
    const Json& symbols = facts["symbols"];
    fmt::print("  symbols     {}: {}\n              blank {} (output {}), between words {}\n",
               inspection.symbols->size(), names_text(inspection.symbols->symbols(), " "),
               text_or_unknown(symbols["blank"]), inspection.symbols->blank(),
               inspection.symbols->alphabet().separator < 0
                   ? "nothing"
                   : text_or_unknown(symbols["delimiter"]));
  }
  fmt::print("  labels      {}\n\n",
             names_text(facts["labels"].get<std::vector<std::string>>(), ", "));
  std::size_t width = 4;
  for (const TensorView& t : inspection.weights.tensors()) width = std::max(width, t.name.size());
  for (const TensorView& tensor : inspection.weights.tensors()) {
    fmt::print("  {:<{}}  {:<5} {}\n", tensor.name, width, dtype_name(tensor.dtype),
               shape_text(tensor.shape));
  }
}

}  // namespace

int run_inspect(const Arguments& given) {
  Arguments arguments = given;
  if (take_flag(arguments, "help")) {
    fmt::print("{}", kInspectHelp);
    return 0;
  }
  const bool json = take_flag(arguments, "json");
  const std::string revision = take_option(arguments, "revision");
  const std::string weights_key = take_option(arguments, "weights-key");
  const std::vector<std::string> flags = {"--json", "--revision", "--weights-key", "--help"};
  for (const std::string& argument : arguments) {
    check(!argument.starts_with("--"), ErrorKind::user, "{}: unknown option{}", argument,
          did_you_mean(argument, flags));
  }
  check(arguments.size() == 1, ErrorKind::user,
        "attune inspect: got {} arguments, expected one path or hub id; see attune inspect --help",
        arguments.size());
  if (!revision.empty()) check_has_revision(arguments[0]);
  const Console console(Output::data_at_the_end);
  if (is_picture(arguments[0])) {
    const Json picture = describe_picture(arguments[0]);
    fmt::print("{}", json ? dump_json(picture) : picture_text(picture));
    return 0;
  }
  const Inspection inspection =
      inspect(arguments[0], revision.empty() ? "main" : revision, weights_key);
  if (!json) {
    print_text(inspection);
    return 0;
  }
  Json facts = describe(inspection);
  facts["tensors"] = describe_tensors(inspection.weights);
  fmt::print("{}", dump_json(facts));
  return 0;
}

}  // namespace attune::cli
