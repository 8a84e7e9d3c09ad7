#include "attune/pretrained/formats/pytorch/pytorch_walk.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/pretrained/formats/pytorch/pytorch_labels.h"

namespace attune {
namespace {

constexpr int kMaxDepth = 100;
// A pickle can share its values so that it describes exponentially many.
constexpr std::size_t kMaxSteps = 4'000'000, kMaxTensors = 1'000'000, kMaxNameBytes = 4096;
constexpr std::size_t kMaxMetadata = 1000, kMaxTextBytes = 200;

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

// Under these keys programs keep what they were run with: argparse's and fairseq's (args, cfg),
// Lightning's (hyper_parameters).
constexpr std::array<std::string_view, 4> kSettings{"args", "cfg", "config", "hyper_parameters"};

/// What an object of OmegaConf's stands for; other values as they are.
const PickleValue& plain(const PickleValue& value) {
  if (!value.class_name().starts_with("omegaconf.") || value.state == nullptr) return value;
  for (const std::string_view member : {"_content", "_val"}) {
    if (const PickleValue* inner = pickle_find(*value.state, member)) return *inner;
  }
  return value;
}

/// What holds the fields of such settings; nullptr where `value` is none.
const PickleValue* fields_of(const PickleValue& value) {
  if (value.class_name() == "argparse.Namespace") return value.state;
  const PickleValue& inner = plain(value);
  return is_dict(inner) ? &inner : nullptr;
}

/// How many values looking through this one takes.
std::size_t steps_through(const PickleValue& value) {
  const bool call = value.kind == PickleKind::object && !value.arguments->items.empty();
  // Python 2 gives an OrderedDict its entries as the call's first argument.
  return 1 + value.items.size() + (call ? value.arguments->items[0]->items.size() : 0);
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

  /// Notes the numbers and short texts of settings, and of settings in them.
  void keep_settings(const std::string& name, const PickleValue& fields, int depth = 0) {
    charge(steps_through(fields), name, depth);
    for (const auto& [key, item] : pickle_entries(fields)) {
      const std::string text = key_text(*key, source_);
      if (text.empty()) continue;
      if (const PickleValue* inner = fields_of(*item)) {
        keep_settings(joined(name, text), *inner, depth + 1);
      } else if (std::string scalar = scalar_text(plain(*item));
                 !scalar.empty() && result_.metadata.size() < kMaxMetadata) {
        result_.metadata[joined(name, text)] = std::move(scalar);
      }
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

void keep_label_names(const PickleValue& holder, CheckpointFile::Metadata& metadata) {
  if (std::string names = find_label_names(holder); !names.empty()) {
    metadata["label_names"] = std::move(names);
  }
}

}  // namespace

std::string key_text(const PickleValue& key, const std::string& source) {
  // An optimizer numbers its parameters.
  if (key.kind == PickleKind::integer) return fmt::format("{}", key.integer);
  if (key.kind != PickleKind::text) return "";
  check(!find_invalid_utf8(key.text), ErrorKind::data, "{}: a name in it is no UTF-8", source);
  return std::string(key.text);
}

bool is_module(const PickleValue& value) {
  return value.kind == PickleKind::object && value.state != nullptr &&
         steps_through(*value.state) <= kMaxModuleAttributes &&
         pickle_find(*value.state, "_modules") != nullptr &&
         pickle_find(*value.state, "_parameters") != nullptr;
}

bool is_dict(const PickleValue& value) {
  return value.kind == PickleKind::dict ||
         (value.kind == PickleKind::object &&
          (value.class_name() == "collections.OrderedDict" || !value.items.empty()));
}

std::string describe(const PickleValue& value) {
  constexpr std::array<std::string_view, 14> kKinds{
      "None",   "a boolean", "an integer", "an integer", "a float",  "a text",    "bytes",
      "a list", "a tuple",   "a set",      "a dict",     "a global", "an object", "a storage"};
  const std::string name = value.class_name();
  if (!name.empty()) return fmt::format("an object made by {}", name);
  return std::string(kKinds[static_cast<std::size_t>(value.kind)]);
}

PytorchStateDict collect_state_dict(const PickleValue& value, PytorchTensors& tensors,
                                    const std::string& source, std::size_t& steps) {
  Walk visitor(tensors, source, steps);
  visitor.visit(value, "");
  PytorchStateDict found = visitor.take();
  if (is_module(value)) found.metadata["module_class"] = value.class_name();
  keep_label_names(is_module(value) ? *value.state : value, found.metadata);
  return found;
}

CheckpointFile::Metadata facts_beside(const PickleValue& root, std::string_view key,
                                      PytorchTensors& tensors, const std::string& source,
                                      std::size_t& steps) {
  Walk visitor(tensors, source, steps);
  for (const auto& [name, value] : pickle_entries(root)) {
    const std::string text = key_text(*name, source);
    if (text == key || text.empty()) continue;
    const bool settings = std::ranges::find(kSettings, text) != kSettings.end();
    const PickleValue* fields = settings ? fields_of(*value) : nullptr;
    if (fields != nullptr) {
      visitor.keep_settings(text, *fields);
    } else {
      visitor.keep_scalar(text, *value);
    }
  }
  auto metadata = visitor.take().metadata;
  keep_label_names(root, metadata);
  return metadata;
}

}  // namespace attune
