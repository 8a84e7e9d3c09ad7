#include "attune/nn/module.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <ATen/core/grad_mode.h>

#include "attune/base/error.h"

namespace attune::nn {
namespace {

std::string joined(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

// Each tensor under its first name.
std::vector<NamedTensor> once(std::vector<NamedTensor> tensors) {
  std::unordered_set<const void*> seen;
  std::erase_if(tensors, [&](const NamedTensor& item) {
    return !seen.insert(item.tensor.unsafeGetTensorImpl()).second;
  });
  return tensors;
}

}  // namespace

void Module::check_name(const std::string& name) const {
  const auto is_it = [&](const auto& name_of) { return name_of == name; };
  const auto has = [&](const std::vector<NamedTensor>& tensors) {
    return std::any_of(tensors.begin(), tensors.end(),
                       [&](const auto& t) { return is_it(t.name); });
  };
  const bool taken = has(parameters_) || has(buffers_) ||
                     std::any_of(parts_.begin(), parts_.end(),
                                 [&](const auto& part) { return is_it(part.first); });
  // A dot joins names to a path: one inside a name could give two tensors one key in a checkpoint.
  check(!name.empty() && name.find('.') == std::string::npos && !taken, ErrorKind::internal,
        "a part of a module was named \"{}\", expected a name without dots that is not taken",
        name);
}

void Module::add_part(const std::string& name, std::shared_ptr<Module> part) {
  check_name(name);
  check(part != nullptr, ErrorKind::internal, "the module {} is null", name);
  parts_.emplace_back(name, std::move(part));
}

void Module::add_part_at(const std::string& path, std::shared_ptr<Module> part) {
  const std::size_t dot = path.find('.');
  if (dot == std::string::npos) return add_part(path, std::move(part));
  const std::string name = path.substr(0, dot);
  auto found = std::find_if(parts_.begin(), parts_.end(),
                            [&](const auto& entry) { return entry.first == name; });
  if (found == parts_.end()) {
    add_part(name, std::make_shared<Module>());
    found = std::prev(parts_.end());
  }
  found->second->add_part_at(path.substr(dot + 1), std::move(part));
}

at::Tensor Module::register_parameter(const std::string& name, at::Tensor tensor) {
  check_name(name);
  tensor.set_requires_grad(true);
  parameters_.push_back({name, tensor});
  return tensor;
}

at::Tensor Module::register_buffer(const std::string& name, at::Tensor tensor) {
  check_name(name);
  buffers_.push_back({name, tensor});
  return tensor;
}

std::vector<NamedTensor> Module::named_parameters() const {
  return once(under_every_name(&Module::parameters_));
}

std::vector<NamedTensor> Module::named_buffers() const {
  return once(under_every_name(&Module::buffers_));
}

// By the tensor's identity, not its memory: a view of a parameter is a tensor of its own.
std::vector<TiedWeights> Module::tied() const {
  std::vector<TiedWeights> all;
  std::unordered_map<const void*, std::size_t> places;
  for (const Own own : {&Module::parameters_, &Module::buffers_}) {
    for (const NamedTensor& item : under_every_name(own)) {
      const auto [place, is_new] = places.emplace(item.tensor.unsafeGetTensorImpl(), all.size());
      if (is_new) all.emplace_back();
      all[place->second].names.push_back(item.name);
    }
  }
  std::erase_if(all, [](const TiedWeights& weights) { return weights.names.size() == 1; });
  return all;
}

std::vector<NamedTensor> Module::under_every_name(Own own) const {
  std::vector<NamedTensor> found;
  collect(own, "", found);
  return found;
}

// torch.nn.Module's order: own tensors before those of the parts. Checkpoints, the optimizer and
// the draws of initialisation go by it.
void Module::collect(Own own, const std::string& path, std::vector<NamedTensor>& found) const {
  for (const NamedTensor& item : this->*own)
    found.push_back({joined(path, item.name), item.tensor});
  for (const auto& [name, part] : parts_) part->collect(own, joined(path, name), found);
}

std::vector<at::Tensor> Module::parameters() const {
  std::vector<at::Tensor> tensors;
  for (const NamedTensor& item : named_parameters()) tensors.push_back(item.tensor);
  return tensors;
}

std::vector<at::Tensor> Module::own_parameters() const {
  std::vector<at::Tensor> tensors;
  for (const NamedTensor& item : parameters_) tensors.push_back(item.tensor);
  return tensors;
}

at::Tensor Module::tensor(const std::string& path) const {
  for (const Own own : {&Module::parameters_, &Module::buffers_}) {
    for (const NamedTensor& item : under_every_name(own)) {
      if (item.name == path) return item.tensor;
    }
  }
  fail(ErrorKind::internal, "the module has no parameter or buffer \"{}\"", path);
}

std::vector<NamedModule> Module::named_modules() {
  std::vector<NamedModule> found;
  collect("", found);
  std::unordered_set<const Module*> seen;
  std::erase_if(found, [&](const NamedModule& item) { return !seen.insert(item.module).second; });
  return found;
}

void Module::collect(const std::string& path, std::vector<NamedModule>& found) {
  found.push_back({path, this});
  for (const auto& [name, part] : parts_) part->collect(joined(path, name), found);
}

void Module::train(bool on) {
  is_training_ = on;
  for (const auto& [name, part] : parts_) part->train(on);
}

// Dropped, not filled with zeros: the next backward pass then writes instead of adding.
void Module::zero_grad() {
  for (at::Tensor& tensor : parameters()) tensor.mutable_grad().reset();
}

// set_data keeps the tensor that optimizers and modules hold, and its place in autograd.
void Module::to(at::Device device) {
  const at::NoGradGuard no_grad;
  for (const auto& tensors : {named_parameters(), named_buffers()}) {
    for (const NamedTensor& item : tensors) item.tensor.set_data(item.tensor.to(device));
  }
}

void Module::to(at::ScalarType type) {
  const at::NoGradGuard no_grad;
  for (const auto& tensors : {named_parameters(), named_buffers()}) {
    for (const NamedTensor& item : tensors) {
      // Counters stay whole numbers.
      if (item.tensor.is_floating_point()) item.tensor.set_data(item.tensor.to(type));
    }
  }
}

}  // namespace attune::nn
