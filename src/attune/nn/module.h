#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

namespace attune::nn {

class Module;

/// A parameter or buffer by its path: "encoder.layer.0.output.dense.weight".
struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

/// A tensor with several names, in the order of registration: one parameter. The first name is the
/// one that counts, in `named_parameters` and in what is saved.
struct TiedWeights {
  std::vector<std::string> names;
};

/// A module by its path; "" for the one that was asked.
struct NamedModule {
  std::string name;
  Module* module;
};

/// A part of a network: parameters, buffers and parts of its own, all by name. The names joined by
/// dots are the keys of a checkpoint. Order is that of registration, own tensors before those of
/// the parts, as torch.nn.Module has it. LibTorch's class of that name is not used: its header
/// takes ten seconds to compile, and a twentieth of it is needed here.
///
/// Objects are neither copied nor moved; parts are shared pointers, so that a constructor can keep
/// a typed one of what it registers.
class Module {
 public:
  Module() = default;
  virtual ~Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// Returns `part`. Throws `internal` where the name is empty, has a dot or is taken.
  template <typename Part>
  std::shared_ptr<Part> register_module(const std::string& name, std::shared_ptr<Part> part) {
    add_part(name, part);
    return part;
  }
  /// The same at a path below this module, "attention.self.query": the modules on the way are made
  /// where there are none.
  template <typename Part>
  std::shared_ptr<Part> register_at(const std::string& path, std::shared_ptr<Part> part) {
    add_part_at(path, part);
    return part;
  }
  /// A tensor that is trained: it requires a gradient from now on. Returns it.
  at::Tensor register_parameter(const std::string& name, at::Tensor tensor);
  /// A tensor that is saved with the parameters but not trained. Returns it.
  at::Tensor register_buffer(const std::string& name, at::Tensor tensor);

  /// Each once, also where it is registered under several names or its module is.
  std::vector<NamedTensor> named_parameters() const;
  std::vector<NamedTensor> named_buffers() const;
  /// The parameters and buffers with more than one name ("shared.weight", "lm_head.weight"): which
  /// those are, the tensors themselves tell.
  std::vector<TiedWeights> tied() const;
  /// Of this module and its parts.
  std::vector<at::Tensor> parameters() const;
  /// Of this module alone.
  std::vector<at::Tensor> own_parameters() const;
  /// The parameter or buffer of that path, any of its names. Throws `internal` where there is none.
  at::Tensor tensor(const std::string& path) const;

  /// This module and all below it, parents before their parts; each once.
  std::vector<NamedModule> named_modules();
  bool has_parts() const { return !parts_.empty(); }

  /// Training mode (dropout, batch statistics) or evaluation mode, of this module and its parts.
  void train(bool on = true);
  void eval() { train(false); }
  bool is_training() const { return is_training_; }

  /// Drops all gradients.
  void zero_grad();
  /// Moves every parameter and buffer. Tensors that others hold move too: they stay the same.
  void to(at::Device device);
  /// Converts every floating-point parameter and buffer.
  void to(at::ScalarType type);

 private:
  void add_part(const std::string& name, std::shared_ptr<Module> part);
  void add_part_at(const std::string& path, std::shared_ptr<Module> part);
  void check_name(const std::string& name) const;
  using Own = std::vector<NamedTensor> Module::*;
  std::vector<NamedTensor> under_every_name(Own own) const;
  void collect(Own own, const std::string& path, std::vector<NamedTensor>& found) const;
  void collect(const std::string& path, std::vector<NamedModule>& found);

  std::vector<NamedTensor> parameters_, buffers_;
  std::vector<std::pair<std::string, std::shared_ptr<Module>>> parts_;
  bool is_training_ = true;
};

}  // namespace attune::nn
