#include "attune/pretrained/formats/pytorch/pytorch_state_dict.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

// An average of the weights comes before the weights, in timm's order (timm/models/_helpers.py,
// load_state_dict: state_dict_ema, model_ema, state_dict, model); "params_ema" and "params" are
// BasicSR's, "ema" ultralytics'; "swa" is PyTorch's name of an average (torch.optim.swa_utils).
// Then keys of PyTorch's ImageNet example and of Lightning
// ("state_dict"), its tutorials ("model_state_dict"), torchvision's references and DeiT ("model"),
// pytorch-cifar ("net"), DeepSpeed ("module").
struct Wrapper {
  std::string_view key;
  bool is_sure;  // cannot be a part of a network: tensors beside it are no parameters then
};
constexpr std::array<Wrapper, 18> kWrappers{{{"state_dict_ema", true},
                                             {"model_ema", true},
                                             {"ema_state_dict", true},
                                             {"model_ema_state_dict", true},
                                             {"model_state_dict_ema", true},
                                             {"ema_model", true},
                                             {"params_ema", true},
                                             {"net_ema", true},
                                             {"ema", false},
                                             {"swa_state_dict", true},
                                             {"swa_model_state_dict", true},
                                             {"swa_model", true},
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

/// Whether the dict itself holds tensors that are more than single numbers.
bool holds_tensors(const PickleValue& dict, PytorchTensors& tensors, const std::string& source) {
  for (const auto& [key, value] : pickle_entries(dict)) {
    const auto tensor = tensors.read(*value, key_text(*key, source));
    // A single number beside the weights (a loss, a step) does not make the dict a state dict.
    if (tensor && !tensor->shape.empty() && tensor->numel() != 1) return true;
  }
  return false;
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
      found = collect_state_dict(*inner, tensors, source, steps);
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
    for (std::size_t i = 0; i < value.items.size() && i < kMaxModuleAttributes; ++i) {
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
  if (!found) found = collect_state_dict(*at.value, tensors, source, steps);
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
  const std::string others =
      found->tensors.empty() ? join(other_sets(root, "", tensors, source), ", ") : "";
  check(!found->tensors.empty(), ErrorKind::user,
        "{}: weights_key \"{}\": there are no tensors under that name; {}", source, key,
        others.empty() ? "the file has one set of weights, without a key: leave the option out"
                       : "sets of weights in the file: " + others);
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
    if (!found) found = collect_state_dict(root, tensors, source, steps);
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
