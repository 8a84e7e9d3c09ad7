#include "attune/pretrained/formats/pytorch/pytorch_state_dict.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

// An average of the weights comes before the weights, in timm's order (timm/models/_helpers.py,
// load_state_dict: state_dict_ema, model_ema, state_dict, model); "params_ema" and "params" are
// BasicSR's, "ema" ultralytics'. Then keys of PyTorch's ImageNet example and of Lightning
// ("state_dict"), its tutorials ("model_state_dict"), torchvision's references and DeiT ("model"),
// pytorch-cifar ("net"), DeepSpeed ("module").
struct Wrapper {
  std::string_view key;
  bool is_sure;  // cannot be a part of a network: tensors beside it are no parameters then
};
constexpr std::array<Wrapper, 14> kWrappers{{{"state_dict_ema", true},
                                             {"model_ema", true},
                                             {"ema_state_dict", true},
                                             {"model_ema_state_dict", true},
                                             {"model_state_dict_ema", true},
                                             {"ema_model", true},
                                             {"params_ema", true},
                                             {"ema", false},
                                             {"state_dict", true},
                                             {"model_state_dict", true},
                                             {"model", false},
                                             {"net", false},
                                             {"params", false},
                                             {"module", false}}};
// What DataParallel, DistributedDataParallel and AveragedModel put before every name, and
// torch.compile.
constexpr std::array<std::string_view, 2> kWrapperPrefixes{"module.", "_orig_mod."};
// torch.optim.swa_utils.AveragedModel counts in it how many models it has averaged.
constexpr std::string_view kAverageCounter = "n_averaged";
constexpr int kMaxDepth = 100;
// A pickle can share its values so that it describes exponentially many.
constexpr std::size_t kMaxSteps = 4'000'000, kMaxTensors = 1'000'000, kMaxNameBytes = 4096;
constexpr std::size_t kMaxMetadata = 1000, kMaxTextBytes = 200, kMaxLeftOut = 16;
constexpr std::size_t kMaxAttributes = 10'000;  // of a module

std::string key_text(const PickleValue& key, const std::string& source) {
  // An optimizer numbers its parameters.
  if (key.kind == PickleKind::integer) return fmt::format("{}", key.integer);
  if (key.kind != PickleKind::text) return "";
  check(!find_invalid_utf8(key.text), ErrorKind::data, "{}: a name in it is no UTF-8", source);
  return std::string(key.text);
}

/// A number or short text as text; "" for all else.
std::string scalar_text(const PickleValue& value) {
  switch (value.kind) {
    case PickleKind::boolean:
      return value.integer != 0 ? "true" : "false";
    case PickleKind::integer:
      return fmt::format("{}", value.integer);
    case PickleKind::real:
      return fmt::format("{}", value.real);
    case PickleKind::text: {
      const bool fits = value.text.size() <= kMaxTextBytes && !find_invalid_utf8(value.text);
      return fits ? std::string(value.text) : "";
    }
    default:
      return "";
  }
}

/// How many values looking through this one takes.
std::size_t steps_through(const PickleValue& value) {
  const bool call = value.kind == PickleKind::object && !value.arguments->items.empty();
  // Python 2 gives an OrderedDict its entries as the call's first argument.
  return 1 + value.items.size() + (call ? value.arguments->items[0]->items.size() : 0);
}

bool is_module(const PickleValue& value) {
  return value.kind == PickleKind::object && value.state != nullptr &&
         steps_through(*value.state) <= kMaxAttributes &&
         pickle_find(*value.state, "_modules") != nullptr &&
         pickle_find(*value.state, "_parameters") != nullptr;
}

bool is_dict(const PickleValue& value) {
  return value.kind == PickleKind::dict ||
         (value.kind == PickleKind::object &&
          (value.class_name() == "collections.OrderedDict" || !value.items.empty()));
}

/// What stands there, for a message.
std::string describe(const PickleValue& value) {
  constexpr std::array<std::string_view, 14> kKinds{
      "None",   "a boolean", "an integer", "an integer", "a float",  "a text",    "bytes",
      "a list", "a tuple",   "a set",      "a dict",     "a global", "an object", "a storage"};
  const std::string name = value.class_name();
  if (!name.empty()) return fmt::format("an object made by {}", name);
  return std::string(kKinds[static_cast<std::size_t>(value.kind)]);
}

std::set<std::string_view> names_in(const PickleValue* set) {
  std::set<std::string_view> names;
  if (set == nullptr) return names;
  // Protocol 2 writes a set as a call of `set` with a list.
  const bool call = set->kind == PickleKind::object && set->arguments->items.size() == 1;
  for (const PickleValue* item : call ? set->arguments->items[0]->items : set->items) {
    names.insert(item->text);
  }
  return names;
}

/// Walks what was saved and collects its tensors, numbers and short texts.
class Walk {
 public:
  /// `steps` counts over all walks of a file.
  Walk(PytorchTensors& tensors, const std::string& source, std::size_t& steps)
      : tensors_(tensors), source_(source), steps_(steps) {}

  void visit(const PickleValue& value, const std::string& name, int depth = 0) {
    charge(steps_through(value), name, depth);
    if (auto tensor = tensors_.read(value, name)) {
      keep_tensor(std::move(*tensor));
    } else if (is_module(value)) {
      visit_module(value, name, depth);
    } else if (is_dict(value)) {
      for (const auto& [key, item] : pickle_entries(value)) {
        const std::string text = key_text(*key, source_);
        if (!text.empty()) visit(*item, joined(name, text), depth + 1);
      }
    } else if (value.kind == PickleKind::list || value.kind == PickleKind::tuple) {
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        // A list of plain numbers (a history of losses) holds no tensor and may be long.
        if (!value.items[i]->items.empty() || value.items[i]->kind == PickleKind::object) {
          visit(*value.items[i], joined(name, fmt::format("{}", i)), depth + 1);
        }
      }
    } else {
      keep_scalar(name, value);
    }
  }

  /// Notes the value where it is a number or short text, its name where it is anything else.
  void keep_scalar(const std::string& name, const PickleValue& value) {
    const std::string text = scalar_text(value);
    if (!text.empty() && result_.metadata.size() < kMaxMetadata) {
      result_.metadata[name] = text;
    } else if (value.kind != PickleKind::none && left_out_.size() < kMaxLeftOut) {
      left_out_.push_back(name);
    }
  }

  PytorchStateDict take() {
    if (!left_out_.empty()) {
      result_.metadata["left_out"] = shorten_utf8(join(left_out_, ", "), kMaxTextBytes);
    }
    return std::move(result_);
  }

 private:
  static std::string joined(const std::string& name, const std::string& part) {
    return name.empty() ? part : name + "." + part;
  }

  void charge(std::size_t steps, const std::string& name, int depth) {
    steps_ += steps;
    check(depth <= kMaxDepth && steps_ <= kMaxSteps && name.size() <= kMaxNameBytes,
          ErrorKind::data, "{}: what was saved is nested too deeply, or too large, near \"{}\"",
          source_, shorten_utf8(name, 80));
  }

  void keep_tensor(TensorView tensor) {
    check(result_.tensors.size() < kMaxTensors, ErrorKind::data, "{}: more than {} tensors",
          source_, kMaxTensors);
    result_.tensors.push_back(std::move(tensor));
  }

  /// As `torch.nn.Module.state_dict()`: own parameters, own persistent buffers, then the children.
  void visit_module(const PickleValue& module, const std::string& name, int depth) {
    const auto transient = names_in(pickle_find(*module.state, "_non_persistent_buffers_set"));
    for (const std::string_view group : {"_parameters", "_buffers", "_modules"}) {
      const PickleValue* members = pickle_find(*module.state, group);
      if (members == nullptr) continue;
      const auto entries = pickle_entries(*members);
      charge(entries.size() + transient.size(), name, depth);
      for (const auto& [key, item] : entries) {
        const std::string text = key_text(*key, source_);
        // A layer without a bias holds None; buffers that are not persistent are no part of a state
        // dict.
        if (item->kind == PickleKind::none || (group == "_buffers" && transient.contains(text))) {
          continue;
        }
        visit_member(*item, joined(name, text), group == "_modules", depth + 1);
      }
    }
  }

  void visit_member(const PickleValue& member, const std::string& name, bool module, int depth) {
    check(!module || is_module(member), ErrorKind::data,
          "{}: module \"{}\" is {}, which has no parameters and modules to be read", source_, name,
          describe(member));
    if (module) return visit(member, name, depth);
    auto tensor = tensors_.read(member, name);
    check(tensor.has_value(), ErrorKind::data, "{}: parameter \"{}\" is {}, expected a tensor",
          source_, name, describe(member));
    keep_tensor(std::move(*tensor));
  }

  PytorchTensors& tensors_;
  const std::string& source_;
  std::size_t& steps_;
  std::vector<std::string> left_out_;
  PytorchStateDict result_;
};

PytorchStateDict walk(const PickleValue& value, PytorchTensors& tensors, const std::string& source,
                      std::size_t& steps) {
  Walk visitor(tensors, source, steps);
  visitor.visit(value, "");
  PytorchStateDict found = visitor.take();
  if (is_module(value)) found.metadata["module_class"] = value.class_name();
  return found;
}

/// Whether the dict itself holds tensors that are more than single numbers.
bool holds_tensors(const PickleValue& dict, PytorchTensors& tensors, const std::string& source) {
  for (const auto& [key, value] : pickle_entries(dict)) {
    const auto tensor = tensors.read(*value, key_text(*key, source));
    // A single number beside the weights (a loss, a step) does not make the dict a state dict.
    if (tensor && !tensor->shape.empty() && tensor->numel() != 1) return true;
  }
  return false;
}

/// What stands in `root` beside its entry `key`, as metadata.
CheckpointFile::Metadata facts_beside(const PickleValue& root, std::string_view key,
                                      PytorchTensors& tensors, const std::string& source,
                                      std::size_t& steps) {
  Walk visitor(tensors, source, steps);
  for (const auto& [name, value] : pickle_entries(root)) {
    const std::string text = key_text(*name, source);
    if (text != key && !text.empty()) visitor.keep_scalar(text, *value);
  }
  return visitor.take().metadata;
}

/// Whether any tensor has a name of its own: those of a list are only numbered, as torch_ema keeps
/// its average, and no model could find them.
bool has_names(const PytorchStateDict& found) {
  return std::any_of(found.tensors.begin(), found.tensors.end(), [](const TensorView& tensor) {
    const std::string& name = tensor.name;
    return !std::all_of(name.begin() + static_cast<std::ptrdiff_t>(name.rfind('.') + 1), name.end(),
                        [](char c) { return c >= '0' && c <= '9'; });
  });
}

/// Reads what stands under a wrapping key; nothing where there is none that holds tensors.
std::optional<PytorchStateDict> unwrap(const PickleValue& root, PytorchTensors& tensors,
                                       const std::string& source, std::size_t& steps, int depth) {
  if (depth > 3 || !is_dict(root) || is_module(root)) return std::nullopt;
  const bool is_bare = holds_tensors(root, tensors, source);
  for (const auto& [key, is_sure] : kWrappers) {
    if (is_bare && !is_sure) continue;
    const PickleValue* inner = pickle_find(root, key);
    if (inner == nullptr || (!is_dict(*inner) && !is_module(*inner))) continue;
    std::string path(key);
    auto found = unwrap(*inner, tensors, source, steps, depth + 1);
    if (found) {
      path += "." + found->metadata["state_dict_key"];
    } else {
      found = walk(*inner, tensors, source, steps);
    }
    // A "model" may also be a dict of settings.
    if (!has_names(*found)) continue;
    auto beside = facts_beside(root, key, tensors, source, steps);
    if (found->metadata.contains("left_out") && beside.contains("left_out")) {
      beside["left_out"] += ", " + found->metadata.extract("left_out").mapped();
    }
    found->metadata.merge(beside);
    found->metadata["state_dict_key"] = path;
    return found;
  }
  return std::nullopt;
}

void strip_wrapper_prefix(PytorchStateDict& found, std::string_view prefix) {
  const auto is_counter = [](const TensorView& tensor) {
    return tensor.name == kAverageCounter && tensor.numel() == 1;
  };
  const bool all = std::all_of(found.tensors.begin(), found.tensors.end(), [&](const auto& tensor) {
    return is_counter(tensor) ||
           (tensor.name.size() > prefix.size() && tensor.name.starts_with(prefix));
  });
  if (!all || (found.tensors.size() == 1 && is_counter(found.tensors[0]))) return;
  std::erase_if(found.tensors, is_counter);
  for (TensorView& tensor : found.tensors) tensor.name.erase(0, prefix.size());
  found.metadata["stripped_prefix"] += prefix;
}

/// Wrappers lie around each other in any order.
void strip_wrapper_prefixes(PytorchStateDict& found) {
  for (std::size_t before = std::string::npos;
       before != found.metadata["stripped_prefix"].size();) {
    before = found.metadata["stripped_prefix"].size();
    for (const std::string_view prefix : kWrapperPrefixes) strip_wrapper_prefix(found, prefix);
  }
  if (found.metadata["stripped_prefix"].empty()) found.metadata.erase("stripped_prefix");
}

bool is_list(const PickleValue& value) {
  return value.kind == PickleKind::list || value.kind == PickleKind::tuple;
}

/// The entry of a dict or list; nullptr where there is none that could hold weights.
const PickleValue* container_at(const PickleValue& value, std::string_view key) {
  const PickleValue* found = nullptr;
  if (is_list(value)) {
    for (std::size_t i = 0; i < value.items.size() && i < kMaxAttributes; ++i) {
      if (fmt::format("{}", i) == key) found = value.items[i];
    }
  } else if (is_dict(value)) {
    found = pickle_find(value, key);
  }
  const bool holds = found != nullptr && (is_dict(*found) || is_module(*found) || is_list(*found));
  return holds ? found : nullptr;
}

/// Where a key of the user's leads: as far as there are such entries, `rest` being what must be a
/// part of the tensors' names.
struct Followed {
  const PickleValue* value;
  std::string path, rest;
};

Followed follow(const PickleValue& root, const std::string& key) {
  Followed at{&root, "", key};
  while (!at.rest.empty()) {
    // The longest part first: a dict's keys may hold dots themselves.
    std::size_t end = at.rest.size();
    const PickleValue* next = container_at(*at.value, at.rest);
    while (next == nullptr && (end = at.rest.rfind('.', end - 1)) != std::string::npos && end > 0) {
      next = container_at(*at.value, std::string_view(at.rest).substr(0, end));
    }
    if (next == nullptr) break;
    at.path += (at.path.empty() ? "" : ".") + at.rest.substr(0, end);
    at.rest.erase(0, end + 1);
    at.value = next;
  }
  return at;
}

/// Keys of `root` under which there are tensors by name, but for `taken`.
std::vector<std::string> other_sets(const PickleValue& root, std::string_view taken,
                                    PytorchTensors& tensors, const std::string& source) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : pickle_entries(root)) {
    const std::string text = key_text(*key, source);
    if (text.empty() || text == taken || keys.size() == kMaxLeftOut) continue;
    if (is_module(*value) || (is_dict(*value) && holds_tensors(*value, tensors, source))) {
      keys.push_back(text);
    }
  }
  return keys;
}

PytorchStateDict choose(const PickleValue& root, const std::string& key, PytorchTensors& tensors,
                        const std::string& source, std::size_t& steps) {
  const Followed at = follow(root, key);
  auto found = unwrap(*at.value, tensors, source, steps, 0);
  if (!found) found = walk(*at.value, tensors, source, steps);
  // Beside what was chosen, not inside it.
  const std::string first = at.path.substr(0, at.path.find('.'));
  if (!first.empty()) {
    std::string& path = found->metadata["state_dict_key"];
    path = path.empty() ? at.path : at.path + "." + path;
    auto beside = facts_beside(root, first, tensors, source, steps);
    found->metadata.merge(beside);
  }
  if (!at.rest.empty()) {
    const std::string prefix = at.rest + ".";
    std::erase_if(found->tensors,
                  [&](const TensorView& tensor) { return !tensor.name.starts_with(prefix); });
    for (TensorView& tensor : found->tensors) tensor.name.erase(0, prefix.size());
    found->metadata["stripped_prefix"] = prefix;
  }
  check(
      !found->tensors.empty(), ErrorKind::user,
      "{}: weights_key \"{}\": there are no tensors under that name; sets of weights in the file: "
      "{}",
      source, key, join(other_sets(root, "", tensors, source), ", "));
  return std::move(*found);
}

}  // namespace

PytorchStateDict find_state_dict(const PickleValue& root, PytorchTensors& tensors,
                                 const std::string& source, const std::string& key) {
  check(is_dict(root) || is_module(root) || (is_list(root) && !root.items.empty()), ErrorKind::data,
        "{}: it holds {}, expected a state dict (a dict of tensors) or a module; in Python, "
        "`torch.save(model.state_dict(), FILE)` writes one",
        source, describe(root));
  std::size_t steps = 0;
  std::optional<PytorchStateDict> found;
  if (key.empty()) {
    found = unwrap(root, tensors, source, steps, 0);
    if (!found) found = walk(root, tensors, source, steps);
  } else {
    found = choose(root, key, tensors, source, steps);
  }
  const auto entries = pickle_entries(root);
  if (found->tensors.empty()) {
    for (const auto& [name, value] : entries) {
      check(value->kind != PickleKind::object || is_dict(*value), ErrorKind::data,
            "{}: it holds no tensors; \"{}\" is {}, which is not read. In Python, "
            "`torch.save(model.state_dict(), FILE)` writes a file that is",
            source, key_text(*name, source), describe(*value));
    }
  }
  check(!found->tensors.empty() || (entries.empty() && !is_list(root)), ErrorKind::data,
        "{}: it holds {}, but no tensors in it", source, describe(root));
  if (found->tensors.empty()) return std::move(*found);
  if (const auto taken = found->metadata.find("state_dict_key"); taken != found->metadata.end()) {
    const std::string first = taken->second.substr(0, taken->second.find('.'));
    const auto others = other_sets(root, first, tensors, source);
    if (!others.empty()) found->metadata["other_weights"] = join(others, ", ");
  }
  strip_wrapper_prefixes(*found);
  return std::move(*found);
}

}  // namespace attune
