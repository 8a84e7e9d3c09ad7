#include "attune/pretrained/formats/pytorch/pickle_machine.h"

#include <cstring>
#include <utility>

#include "attune/base/error.h"
#include "attune/pretrained/formats/pytorch/pickle_opcodes.h"

namespace attune {
namespace {

// LONG4 allows an integer of 2 GiB; the legacy form's magic number takes 10 bytes.
constexpr std::size_t kMaxBigInteger = 1024;

}  // namespace

Pickle PickleMachine::run() {
  // From protocol 2 on a pickle begins with PROTO (PEP 307); torch.save writes 2 unless told
  // otherwise.
  bytes_.need(bytes_.read<std::uint8_t>() == kProto, "does not begin with a protocol number");
  const unsigned protocol = bytes_.read<std::uint8_t>();
  bytes_.need(protocol >= 2 && protocol <= 5, "is not of protocol 2 to 5");
  for (;;) {
    const auto opcode = bytes_.read<std::uint8_t>();
    if (opcode == kStop) break;
    if (!number(opcode) && !string(opcode) && !container(opcode) && !object(opcode) &&
        !memo(opcode) && !stack(opcode)) {
      fail(ErrorKind::data, "{}: byte {} of the pickle is 0x{:02x}, no instruction that is read",
           bytes_.source(), bytes_.position() - 1, opcode);
    }
  }
  return stack_.finish();
}

bool PickleMachine::number(unsigned opcode) {
  switch (opcode) {
    case kNone:
      return stack_.push(stack_.make(PickleKind::none));
    case kNewTrue:
      return stack_.push_integer(PickleKind::boolean, 1);
    case kNewFalse:
      return stack_.push_integer(PickleKind::boolean, 0);
    case kBinInt:
      return stack_.push_integer(PickleKind::integer, bytes_.read<std::int32_t>());
    case kBinInt1:
      return stack_.push_integer(PickleKind::integer, bytes_.read<std::uint8_t>());
    case kBinInt2:
      return stack_.push_integer(PickleKind::integer, bytes_.read<std::uint16_t>());
    case kLong1:
      return push_long(bytes_.take(bytes_.read<std::uint8_t>()));
    case kLong4:
      return push_long(bytes_.take(bytes_.read<std::uint32_t>()));
    case kBinFloat:
      return push_float();
    default:
      return false;
  }
}

bool PickleMachine::push_long(std::string_view digits) {
  bytes_.need(digits.size() <= kMaxBigInteger, "holds an integer of more than 1024 bytes");
  if (digits.size() > 8) return stack_.push_text(PickleKind::big_integer, digits);
  const bool negative = !digits.empty() && (digits.back() & 0x80) != 0;
  // Little-endian two's complement of any length (pickletools.py: long1); no bytes at all are 0.
  std::int64_t value = negative ? -1 : 0;
  std::memcpy(&value, digits.data(), digits.size());
  return stack_.push_integer(PickleKind::integer, value);
}

bool PickleMachine::push_float() {
  // BINFLOAT is the one big-endian argument (pickletools.py: float8).
  std::uint64_t bits = 0;
  for (const char byte : bytes_.take(8)) bits = bits << 8 | static_cast<unsigned char>(byte);
  PickleValue& value = stack_.make(PickleKind::real);
  std::memcpy(&value.real, &bits, sizeof bits);
  return stack_.push(value);
}

bool PickleMachine::string(unsigned opcode) {
  switch (opcode) {
    case kShortBinUnicode:
    // Python 2's byte strings: its checkpoints hold names and keys as such.
    case kShortBinString:
      return stack_.push_text(PickleKind::text, bytes_.take(bytes_.read<std::uint8_t>()));
    case kBinUnicode:
    case kBinString:
      return stack_.push_text(PickleKind::text, bytes_.take(bytes_.read<std::uint32_t>()));
    case kBinUnicode8:
      return stack_.push_text(PickleKind::text, bytes_.take(bytes_.read<std::uint64_t>()));
    case kShortBinBytes:
      return stack_.push_text(PickleKind::bytes, bytes_.take(bytes_.read<std::uint8_t>()));
    case kBinBytes:
      return stack_.push_text(PickleKind::bytes, bytes_.take(bytes_.read<std::uint32_t>()));
    case kBinBytes8:
    case kByteArray8:
      return stack_.push_text(PickleKind::bytes, bytes_.take(bytes_.read<std::uint64_t>()));
    default:
      return false;
  }
}

bool PickleMachine::container(unsigned opcode) {
  switch (opcode) {
    case kEmptyList:
      return stack_.push(stack_.make(PickleKind::list));
    case kEmptyTuple:
      return stack_.push(stack_.make(PickleKind::tuple));
    case kEmptyDict:
      return stack_.push(stack_.make(PickleKind::dict));
    case kEmptySet:
      return stack_.push(stack_.make(PickleKind::set));
    case kList:
      return stack_.push_items(PickleKind::list, stack_.pop_to_mark());
    case kTuple:
      return stack_.push_items(PickleKind::tuple, stack_.pop_to_mark());
    case kTuple1:
      return stack_.push_items(PickleKind::tuple, stack_.pop_count(1));
    case kTuple2:
      return stack_.push_items(PickleKind::tuple, stack_.pop_count(2));
    case kTuple3:
      return stack_.push_items(PickleKind::tuple, stack_.pop_count(3));
    case kFrozenSet:
      return stack_.push_items(PickleKind::set, stack_.pop_to_mark());
    case kDict: {
      Items items = stack_.pop_to_mark();
      bytes_.need(items.size() % 2 == 0, "makes a dict of an odd number of values");
      return stack_.push_items(PickleKind::dict, std::move(items));
    }
    case kAppend:
      return append(stack_.pop_count(1));
    case kAppends:
    case kAddItems:
      return append(stack_.pop_to_mark());
    case kSetItem:
      return set_items(stack_.pop_count(2));
    case kSetItems:
      return set_items(stack_.pop_to_mark());
    default:
      return false;
  }
}

bool PickleMachine::append(const Items& items) {
  PickleValue& target = stack_.top();
  // What a subclass of list or set holds is not kept: no tensor of a checkpoint lies there.
  if (target.kind == PickleKind::object) return true;
  bytes_.need(target.kind == PickleKind::list || target.kind == PickleKind::set,
              "appends to something that is no list");
  target.items.insert(target.items.end(), items.begin(), items.end());
  return true;
}

bool PickleMachine::set_items(const Items& items) {
  PickleValue& target = stack_.top();
  bytes_.need(target.kind == PickleKind::dict || target.kind == PickleKind::object,
              "sets items of something that is no dict");
  bytes_.need(items.size() % 2 == 0, "sets an odd number of keys and values");
  target.items.insert(target.items.end(), items.begin(), items.end());
  return true;
}

bool PickleMachine::object(unsigned opcode) {
  switch (opcode) {
    case kGlobal: {
      const auto module = bytes_.line();
      return stack_.push_global(module, bytes_.line());
    }
    case kStackGlobal: {
      const Items names = stack_.pop_count(2);
      bytes_.need(names[0]->kind == PickleKind::text && names[1]->kind == PickleKind::text,
                  "names a class by something that is no text");
      return stack_.push_global(names[0]->text, names[1]->text);
    }
    case kReduce:
    case kNewObj: {
      // A class or function and its arguments: what an unpickler would call is noted and never
      // looked up.
      const Items call = stack_.pop_count(2);
      return stack_.push_object(call[0], call[1]);
    }
    case kNewObjEx: {
      // The keyword arguments are left out: no object that is read takes any.
      const Items call = stack_.pop_count(3);  // class, arguments, keyword arguments
      return stack_.push_object(call[0], call[1]);
    }
    case kObj: {
      Items items = stack_.pop_to_mark();
      bytes_.need(!items.empty(), "makes an object of no class");
      PickleValue& arguments = stack_.make(PickleKind::tuple);
      arguments.items.assign(items.begin() + 1, items.end());
      return stack_.push_object(items[0], &arguments);
    }
    // INST and OBJ make instances of Python 2's classic classes.
    case kInst: {
      const auto module = bytes_.line();
      stack_.push_global(module, bytes_.line());
      const PickleValue* callable = stack_.pop();
      stack_.push_items(PickleKind::tuple, stack_.pop_to_mark());
      return stack_.push_object(callable, stack_.pop());
    }
    case kBuild: {
      const PickleValue* state = stack_.pop();
      stack_.top().state = state;
      return true;
    }
    case kBinPersId:
      return stack_.push_persistent(stack_.pop());
    default:
      return false;
  }
}

bool PickleMachine::memo(unsigned opcode) {
  switch (opcode) {
    case kBinPut:
      return stack_.remember(bytes_.read<std::uint8_t>());
    case kLongBinPut:
      return stack_.remember(bytes_.read<std::uint32_t>());
    case kMemoize:
      // MEMOIZE (PEP 3154) takes the number of what is stored so far.
      return stack_.remember();
    case kBinGet:
      return stack_.recall(bytes_.read<std::uint8_t>());
    case kLongBinGet:
      return stack_.recall(bytes_.read<std::uint32_t>());
    default:
      return false;
  }
}

bool PickleMachine::stack(unsigned opcode) {
  switch (opcode) {
    case kMark:
      stack_.mark();
      return true;
    case kPop:
      stack_.pop_value_or_mark();
      return true;
    case kPopMark:
      stack_.pop_to_mark();
      return true;
    case kDup:
      return stack_.push(stack_.top());
    case kProto:
      bytes_.take(1);
      return true;
    case kFrame:
      // A frame's length (PEP 3154) helps those who read from a stream.
      bytes_.take(8);
      return true;
    default:
      return false;
  }
}

}  // namespace attune
