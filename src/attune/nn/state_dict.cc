#include "attune/nn/state_dict.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"

namespace attune {

namespace {

// A checkpoint of another family differs in hundreds of names; the first ones tell which it is.
constexpr std::size_t kNamesShown = 12;

std::string list_names(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), kNamesShown);
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + shown, ", "));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

std::string mismatch_text(const LoadReport::Mismatch& mismatch) {
  return fmt::format("{} is {}, expected {}", mismatch.name, shape_text(mismatch.got),
                     shape_text(mismatch.expected));
}

std::optional<at::ScalarType> scalar_type(DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return at::kBool;
    case DType::u8:
      return at::kByte;
    case DType::i8:
      return at::kChar;
    case DType::i16:
      return at::kShort;
    case DType::f16:
      return at::kHalf;
    case DType::bf16:
      return at::kBFloat16;
    case DType::i32:
      return at::kInt;
    case DType::f32:
      return at::kFloat;
    case DType::f64:
      return at::kDouble;
    case DType::i64:
      return at::kLong;
    default:
      return {};
  }
}

DType stored_type(at::ScalarType type, const std::string& name) {
  for (const DType dtype : {DType::f32, DType::i64, DType::bf16, DType::f16, DType::f64, DType::i32,
                            DType::boolean, DType::u8, DType::i8, DType::i16}) {
    if (scalar_type(dtype) == type) return dtype;
  }
  fail(ErrorKind::internal, "tensor {} has the element type {}, which cannot be stored", name,
       at::toString(type));
}

using State = std::vector<std::pair<std::string, at::Tensor>>;

State tensors_of(const nn::Module& module) {
  State state;
  for (const auto& item : module.named_parameters()) state.emplace_back(item.name, item.tensor);
  for (const auto& item : module.named_buffers()) state.emplace_back(item.name, item.tensor);
  return state;
}

// The file's tensor of each of the model's names.
using Sources = std::map<std::string, const TensorView*>;

Sources sources_of(const CheckpointFile& file, const LoadOptions& options, LoadReport& report) {
  Sources sources;
  for (const TensorView& tensor : file.tensors()) {
    StateName target =
        options.rename ? options.rename(tensor.name) : StateName{.name = tensor.name};
    if (target.ignored) {
      report.ignored.push_back(tensor.name);
      continue;
    }
    const auto [entry, inserted] = sources.emplace(std::move(target.name), &tensor);
    check(inserted, ErrorKind::data, "{}: tensors {} and {} both mean {}", file.source(),
          entry->second->name, tensor.name, entry->first);
  }
  return sources;
}

// A state dict of torch has a tied weight under each of its names.
bool hold_the_same(const TensorView& a, const TensorView& b) {
  return a.dtype == b.dtype && a.shape == b.shape && std::ranges::equal(a.bytes, b.bytes);
}

// Brings what the file has under further names of a tied weight under its first one.
void join_tied(const CheckpointFile& file, const nn::Module& module, Sources& sources) {
  for (const nn::TiedWeights& weights : module.tied()) {
    const std::string& first = weights.names.front();
    for (const std::string& name : weights.names) {
      const auto found = name == first ? sources.end() : sources.find(name);
      if (found == sources.end()) continue;
      const auto [entry, is_new] = sources.emplace(first, found->second);
      check(is_new || hold_the_same(*entry->second, *found->second), ErrorKind::data,
            "{}: tensors {} and {} are one weight of this model, but differ: the checkpoint is of "
            "a model that does not tie them",
            file.source(), entry->second->name, found->second->name);
      sources.erase(name);
    }
  }
}

at::ScalarType check_type(const CheckpointFile& file, const TensorView& view,
                          const at::Tensor& target) {
  const auto type = scalar_type(view.dtype);
  // Whole numbers are never made of floating-point ones or the other way round: such a tensor is
  // another one of that name.
  const bool fits = type && (*type == target.scalar_type() ||
                             (at::isFloatingType(*type) && target.is_floating_point()));
  check(fits, ErrorKind::data, "{}: tensor {} holds {}, expected {}", file.source(), view.name,
        dtype_name(view.dtype), at::toString(target.scalar_type()));
  return *type;
}

bool allowed(const std::function<bool(std::string_view)>& predicate, std::string_view name) {
  return predicate && predicate(name);
}

void check_report(const LoadReport& report, const std::vector<std::string>& absent,
                  const std::vector<std::string>& misshapen) {
  // Unknown tensors alone are no error: a pre-trained checkpoint brings the heads that it was
  // trained with.
  check(absent.empty(), ErrorKind::data,
        "{}: {} tensors of the model are missing from the checkpoint: {}. Is it a checkpoint of "
        "this model family?{}",
        report.source, absent.size(), list_names(absent),
        report.unexpected.empty() ? "" : "\nIts unknown tensors: " + list_names(report.unexpected));
  check(misshapen.empty(), ErrorKind::data,
        "{}: {} tensors do not have the shape that config.json implies: {}", report.source,
        misshapen.size(), list_names(misshapen));
}

// One such weight makes every answer NaN, or, behind a maximum, a confident label out of nothing.
void check_finite(const CheckpointFile& file, const TensorView& view) {
  const std::optional<std::int64_t> first = first_not_finite(view);
  check(!first.has_value(), ErrorKind::data,
        "{}: tensor {} {} is not finite at element {}: the file is damaged, or its training "
        "diverged; take another checkpoint",
        file.source(), view.name, shape_text(view.shape), first.value_or(0));
}

// What the file's reader has chosen and left out.
LoadReport report_of(const CheckpointFile& file) {
  const auto fact = [&](const char* key) {
    const auto found = file.metadata().find(key);
    return found == file.metadata().end() ? std::string() : found->second;
  };
  return {.source = file.source(),
          .weights_key = fact("state_dict_key"),
          .other_weights = fact("other_weights"),
          .stripped_prefix = fact("stripped_prefix"),
          .outside_prefix = fact("outside_prefix")};
}

}  // namespace

std::string LoadReport::choice() const {
  std::vector<std::string> parts;
  if (!other_weights.empty()) {
    parts.push_back(fmt::format(
        "the weights are those under \"{}\", others in the file are not loaded: {} (--weights-key "
        "chooses)",
        weights_key, other_weights));
  }
  if (!stripped_prefix.empty()) {
    parts.push_back(fmt::format("names are taken without \"{}\"", stripped_prefix));
  }
  if (!outside_prefix.empty()) {
    parts.push_back("tensors named otherwise are left out: " + outside_prefix);
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string LoadReport::text() const {
  std::string text = fmt::format("{}: {} tensors loaded", source, loaded.size());
  if (const std::string chosen = choice(); !chosen.empty()) text += "\n  " + chosen;
  const auto add = [&](std::string_view what, const std::vector<std::string>& names) {
    if (!names.empty()) text += fmt::format("\n  {}: {}", what, list_names(names));
  };
  std::vector<std::string> shapes, types;
  for (const Mismatch& mismatch : mismatched) shapes.push_back(mismatch_text(mismatch));
  for (const Conversion& conversion : converted) {
    types.push_back(fmt::format("{} ({})", conversion.name, dtype_name(conversion.from)));
  }
  add("missing", missing);
  add("unexpected", unexpected);
  add("not needed", ignored);
  add("other shape, not loaded", shapes);
  add("converted", types);
  add("newly initialised", initialized);
  if (kept_rows) {
    text += fmt::format(
        "\n  rows of the head: {} of {} are those of the checkpoint's that mean the same{}",
        kept_rows->kept, kept_rows->all,
        kept_rows->kept < kept_rows->all ? ", the others new" : "");
  }
  return text;
}

LoadReport load_state(nn::Module& module, const CheckpointFile& file, const LoadOptions& options) {
  struct Copy {
    at::Tensor target;
    const TensorView* view;
  };
  LoadReport report = report_of(file);
  Sources sources = sources_of(file, options, report);
  join_tied(file, module, sources);
  std::vector<Copy> copies;
  std::vector<std::string> absent, misshapen;  // where that is not allowed
  for (const auto& [name, target] : tensors_of(module)) {
    const auto found = sources.find(name);
    if (found == sources.end()) {
      report.missing.push_back(name);
      if (!allowed(options.may_be_missing, name)) absent.push_back(name);
      continue;
    }
    const TensorView& view = *found->second;
    sources.erase(found);
    if (at::IntArrayRef(view.shape) != target.sizes()) {
      report.mismatched.push_back({name, view.shape, target.sizes().vec()});
      if (!allowed(options.may_differ, name)) {
        misshapen.push_back(mismatch_text(report.mismatched.back()));
      }
      continue;
    }
    const at::ScalarType type = check_type(file, view, target);
    if (type != target.scalar_type()) report.converted.push_back({name, view.dtype});
    report.loaded.push_back(name);
    copies.push_back({target, &view});
  }
  for (const auto& entry : sources) report.unexpected.push_back(entry.second->name);
  check_report(report, absent, misshapen);
  for (const Copy& copy : copies) check_finite(file, *copy.view);

  const at::NoGradGuard no_grad;
  // Nothing has been written so far: whatever was refused above, the module is as it was.
  for (const Copy& copy : copies) {
    check_stop();  // a program that stops has no further use for half a model
    copy.target.copy_(to_tensor(*copy.view));
  }
  return report;
}

at::Tensor to_tensor(const TensorView& view) {
  const auto type = scalar_type(view.dtype);
  check(type.has_value(), ErrorKind::data, "tensor {} holds {}, which cannot be computed with",
        view.name, dtype_name(view.dtype));
  at::Tensor tensor = at::empty(view.shape, *type);
  check(tensor.nbytes() == view.bytes.size(), ErrorKind::internal,
        "tensor {} has {} bytes, expected {}", view.name, view.bytes.size(), tensor.nbytes());
  // Copied byte by byte: a file's tensors need not be aligned to their type, and may be unmapped
  // while the model lives on.
  if (!view.bytes.empty()) {
    std::memcpy(tensor.mutable_data_ptr(), view.bytes.data(), view.bytes.size());
  }
  return tensor;
}

ModuleState module_state(const nn::Module& module) {
  ModuleState state;
  for (const auto& [name, tensor] : tensors_of(module)) {
    // On the CPU no copy: the views show the parameters themselves.
    const at::Tensor values = tensor.detach().to(at::kCPU).contiguous();
    state.views.push_back(
        {.name = name,
         .dtype = stored_type(values.scalar_type(), name),
         .shape = values.sizes().vec(),
         .bytes = {static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()}});
    state.keep_alive.push_back(values);
  }
  return state;
}

}  // namespace attune
