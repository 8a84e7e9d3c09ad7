#pragma once

#include <string>
#include <string_view>

#include "attune/pretrained/formats/pytorch/pickle.h"
#include "attune/pretrained/formats/pytorch/pickle_bytes.h"
#include "attune/pretrained/formats/pytorch/pickle_stack.h"

namespace attune {

/// The stack machine that a pickle is a program of.
/// Python's unpickler imports and calls whatever a pickle names, so that a hostile checkpoint runs
/// code. This machine knows the same instructions and has nothing to call.
class PickleMachine {
 public:
  PickleMachine(std::string_view bytes, const std::string& source)
      : bytes_(bytes, source), stack_(bytes_) {}
  PickleMachine(const PickleMachine&) = delete;
  PickleMachine& operator=(const PickleMachine&) = delete;

  /// Throws as `parse_pickle` does. To be called once.
  Pickle run();

 private:
  using Items = PickleStack::Items;

  // The instructions by what they are about; false for one of another kind.
  bool number(unsigned opcode);
  bool string(unsigned opcode);
  bool container(unsigned opcode);
  bool object(unsigned opcode);
  bool memo(unsigned opcode);
  bool stack(unsigned opcode);

  bool push_long(std::string_view digits);
  bool push_float();
  bool append(const Items& items);
  bool set_items(const Items& items);

  PickleBytes bytes_;
  PickleStack stack_;
};

}  // namespace attune
