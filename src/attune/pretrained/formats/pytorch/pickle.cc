#include "attune/pretrained/formats/pytorch/pickle.h"

#include <cstring>
#include <unordered_map>

#include "attune/base/error.h"

namespace attune {
namespace {

constexpr std::size_t kMaxValues = 4'000'000;
// LONG4 allows an integer of 2 GiB; the legacy form's magic number takes 10 bytes.
constexpr std::size_t kMaxBigInteger = 1024;

// Opcodes, under the names of CPython's Lib/pickle.py.
enum Opcode : unsigned char {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kDup = '2',
  kBinFloat = 'G',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kBinPersId = 'Q',
  kReduce = 'R',
  kBinString = 'T',
  kShortBinString = 'U',
  kBinUnicode = 'X',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kDict = 'd',
  kEmptyDict = '}',
  kAppends = 'e',
  kBinGet = 'h',
  kInst = 'i',
  kLongBinGet = 'j',
  kList = 'l',
  kEmptyList = ']',
  kObj = 'o',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kEmptyTuple = ')',
  kSetItems = 'u',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kProto = 0x80,
  kNewObj = 0x81,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kLong4 = 0x8b,
  kShortBinUnicode = 0x8c,
  kBinUnicode8 = 0x8d,
  kBinBytes8 = 0x8e,
  kEmptySet = 0x8f,
  kAddItems = 0x90,
  kFrozenSet = 0x91,
  kNewObjEx = 0x92,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
  kByteArray8 = 0x96,
};

}  // namespace

/// The stack machine that a pickle is a program of.
/// Python's unpickler imports and calls whatever a pickle names, so that a hostile checkpoint runs
/// code. This machine knows the same instructions and has nothing to call.
class PickleMachine {
 public:
  PickleMachine(std::string_view bytes, const std::string& source)
      : bytes_(bytes), source_(source) {}

  Pickle run() {
    // From protocol 2 on a pickle begins with PROTO (PEP 307); torch.save writes 2 unless told
    // otherwise.
    need(read<std::uint8_t>() == kProto, "does not begin with a protocol number");
    const unsigned protocol = read<std::uint8_t>();
    need(protocol >= 2 && protocol <= 5, "is not of protocol 2 to 5");
    for (;;) {
      const auto opcode = read<std::uint8_t>();
      if (opcode == kStop) break;
      if (!number(opcode) && !string(opcode) && !container(opcode) && !object(opcode) &&
          !memo(opcode) && !stack(opcode)) {
        fail(ErrorKind::data, "{}: byte {} of the pickle is 0x{:02x}, no instruction that is read",
             source_, position_ - 1, opcode);
      }
    }
    result_.root_ = pop();
    result_.size_ = position_;
    return std::move(result_);
  }

 private:
  using Items = std::vector<const PickleValue*>;

  void need(bool ok, std::string_view what) const {
    check(ok, ErrorKind::data, "{}: the pickle {} (byte {})", source_, what, position_);
  }

  template <typename T>
  T read() {
    T value{};
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::string_view take(std::uint64_t size) {
    need(size <= bytes_.size() - position_, "ends in the middle: cut off, download it again");
    const auto part = bytes_.substr(position_, static_cast<std::size_t>(size));
    position_ += part.size();
    return part;
  }

  std::string_view line() {
    const auto end = bytes_.find('\n', position_);
    need(end != std::string_view::npos, "ends in the middle of a name");
    const auto text = take(end - position_);
    take(1);
    return text;
  }

  PickleValue& make(PickleKind kind) {
    need(result_.values_.size() < kMaxValues, "holds more than 4 million values");
    PickleValue& value = result_.values_.emplace_back();
    value.kind = kind;
    return value;
  }

  bool push(PickleValue& value) {
    stack_.push_back(&value);
    return true;
  }
  bool push_text(PickleKind kind, std::string_view text) {
    PickleValue& value = make(kind);
    value.text = text;
    return push(value);
  }
  bool push_integer(PickleKind kind, std::int64_t integer) {
    PickleValue& value = make(kind);
    value.integer = integer;
    return push(value);
  }
  bool push_items(PickleKind kind, Items items) {
    PickleValue& value = make(kind);
    value.items = std::move(items);
    return push(value);
  }

  PickleValue* pop() {
    // CPython's machine keeps what lies below a mark out of reach in the same way (its
    // `metastack`).
    need(stack_.size() > (marks_.empty() ? 0 : marks_.back()), "takes a value that is not there");
    PickleValue* value = stack_.back();
    stack_.pop_back();
    return value;
  }
  PickleValue& top() {
    need(stack_.size() > (marks_.empty() ? 0 : marks_.back()), "takes a value that is not there");
    return *stack_.back();
  }
  Items pop_to_mark() {
    need(!marks_.empty(), "takes values down to a mark that is not there");
    Items items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  Items pop_count(std::size_t count) {
    Items items(count);
    while (count > 0) items[--count] = pop();
    return items;
  }

  bool number(unsigned opcode) {
    switch (opcode) {
      case kNone:
        return push(make(PickleKind::none));
      case kNewTrue:
        return push_integer(PickleKind::boolean, 1);
      case kNewFalse:
        return push_integer(PickleKind::boolean, 0);
      case kBinInt:
        return push_integer(PickleKind::integer, read<std::int32_t>());
      case kBinInt1:
        return push_integer(PickleKind::integer, read<std::uint8_t>());
      case kBinInt2:
        return push_integer(PickleKind::integer, read<std::uint16_t>());
      case kLong1:
        return push_long(take(read<std::uint8_t>()));
      case kLong4:
        return push_long(take(read<std::uint32_t>()));
      case kBinFloat:
        return push_float();
      default:
        return false;
    }
  }

  bool push_long(std::string_view digits) {
    need(digits.size() <= kMaxBigInteger, "holds an integer of more than 1024 bytes");
    if (digits.size() > 8) return push_text(PickleKind::big_integer, digits);
    const bool negative = !digits.empty() && (digits.back() & 0x80) != 0;
    // Little-endian two's complement of any length (pickletools.py: long1); no bytes at all are 0.
    std::int64_t value = negative ? -1 : 0;
    std::memcpy(&value, digits.data(), digits.size());
    return push_integer(PickleKind::integer, value);
  }

  bool push_float() {
    // BINFLOAT is the one big-endian argument (pickletools.py: float8).
    std::uint64_t bits = 0;
    for (const char byte : take(8)) bits = bits << 8 | static_cast<unsigned char>(byte);
    PickleValue& value = make(PickleKind::real);
    std::memcpy(&value.real, &bits, sizeof bits);
    return push(value);
  }

  bool string(unsigned opcode) {
    switch (opcode) {
      case kShortBinUnicode:
      // Python 2's byte strings: its checkpoints hold names and keys as such.
      case kShortBinString:
        return push_text(PickleKind::text, take(read<std::uint8_t>()));
      case kBinUnicode:
      case kBinString:
        return push_text(PickleKind::text, take(read<std::uint32_t>()));
      case kBinUnicode8:
        return push_text(PickleKind::text, take(read<std::uint64_t>()));
      case kShortBinBytes:
        return push_text(PickleKind::bytes, take(read<std::uint8_t>()));
      case kBinBytes:
        return push_text(PickleKind::bytes, take(read<std::uint32_t>()));
      case kBinBytes8:
      case kByteArray8:
        return push_text(PickleKind::bytes, take(read<std::uint64_t>()));
      default:
        return false;
    }
  }

  bool container(unsigned opcode) {
    switch (opcode) {
      case kEmptyList:
        return push(make(PickleKind::list));
      case kEmptyTuple:
        return push(make(PickleKind::tuple));
      case kEmptyDict:
        return push(make(PickleKind::dict));
      case kEmptySet:
        return push(make(PickleKind::set));
      case kList:
        return push_items(PickleKind::list, pop_to_mark());
      case kTuple:
        return push_items(PickleKind::tuple, pop_to_mark());
      case kTuple1:
        return push_items(PickleKind::tuple, pop_count(1));
      case kTuple2:
        return push_items(PickleKind::tuple, pop_count(2));
      case kTuple3:
        return push_items(PickleKind::tuple, pop_count(3));
      case kFrozenSet:
        return push_items(PickleKind::set, pop_to_mark());
      case kDict: {
        Items items = pop_to_mark();
        need(items.size() % 2 == 0, "makes a dict of an odd number of values");
        return push_items(PickleKind::dict, std::move(items));
      }
      case kAppend:
        return append(pop_count(1));
      case kAppends:
      case kAddItems:
        return append(pop_to_mark());
      case kSetItem:
        return set_items(pop_count(2));
      case kSetItems:
        return set_items(pop_to_mark());
      default:
        return false;
    }
  }

  bool append(const Items& items) {
    PickleValue& target = top();
    // What a subclass of list or set holds is not kept: no tensor of a checkpoint lies there.
    if (target.kind == PickleKind::object) return true;
    need(target.kind == PickleKind::list || target.kind == PickleKind::set,
         "appends to something that is no list");
    target.items.insert(target.items.end(), items.begin(), items.end());
    return true;
  }

  bool set_items(const Items& items) {
    PickleValue& target = top();
    need(target.kind == PickleKind::dict || target.kind == PickleKind::object,
         "sets items of something that is no dict");
    need(items.size() % 2 == 0, "sets an odd number of keys and values");
    target.items.insert(target.items.end(), items.begin(), items.end());
    return true;
  }

  bool object(unsigned opcode) {
    switch (opcode) {
      case kGlobal: {
        const auto module = line();
        return push_global(module, line());
      }
      case kStackGlobal: {
        const Items names = pop_count(2);
        need(names[0]->kind == PickleKind::text && names[1]->kind == PickleKind::text,
             "names a class by something that is no text");
        return push_global(names[0]->text, names[1]->text);
      }
      case kReduce:
      case kNewObj: {
        // A class or function and its arguments: what an unpickler would call is noted and never
        // looked up.
        const Items call = pop_count(2);
        return push_object(call[0], call[1]);
      }
      case kNewObjEx: {
        // The keyword arguments are left out: no object that is read takes any.
        const Items call = pop_count(3);  // class, arguments, keyword arguments
        return push_object(call[0], call[1]);
      }
      case kObj: {
        Items items = pop_to_mark();
        need(!items.empty(), "makes an object of no class");
        PickleValue& arguments = make(PickleKind::tuple);
        arguments.items.assign(items.begin() + 1, items.end());
        return push_object(items[0], &arguments);
      }
      // INST and OBJ make instances of Python 2's classic classes.
      case kInst: {
        const auto module = line();
        push_global(module, line());
        const PickleValue* callable = pop();
        push_items(PickleKind::tuple, pop_to_mark());
        return push_object(callable, pop());
      }
      case kBuild: {
        const PickleValue* state = pop();
        top().state = state;
        return true;
      }
      case kBinPersId: {
        PickleValue& value = make(PickleKind::persistent);
        value.arguments = pop();
        result_.persistent_.push_back(&value);
        return push(value);
      }
      default:
        return false;
    }
  }

  bool push_global(std::string_view module, std::string_view name) {
    PickleValue& value = make(PickleKind::global);
    value.text = module;
    value.name = name;
    return push(value);
  }
  bool push_object(const PickleValue* callable, const PickleValue* arguments) {
    need(arguments->kind == PickleKind::tuple, "calls with something that is no tuple");
    PickleValue& value = make(PickleKind::object);
    value.callable = callable;
    value.arguments = arguments;
    return push(value);
  }

  bool memo(unsigned opcode) {
    switch (opcode) {
      case kBinPut:
        return remember(read<std::uint8_t>());
      case kLongBinPut:
        return remember(read<std::uint32_t>());
      case kMemoize:
        // MEMOIZE (PEP 3154) takes the number of what is stored so far.
        return remember(static_cast<std::uint32_t>(memo_.size()));
      case kBinGet:
        return recall(read<std::uint8_t>());
      case kLongBinGet:
        return recall(read<std::uint32_t>());
      default:
        return false;
    }
  }
  bool remember(std::uint32_t index) {
    memo_[index] = &top();
    return true;
  }
  bool recall(std::uint32_t index) {
    const auto found = memo_.find(index);
    need(found != memo_.end(), "recalls a value that it did not store");
    return push(*found->second);
  }

  bool stack(unsigned opcode) {
    switch (opcode) {
      case kMark:
        marks_.push_back(stack_.size());
        return true;
      case kPop:
        // As CPython's load_pop: with nothing above the last mark, it is the mark that goes.
        if (!marks_.empty() && marks_.back() == stack_.size()) {
          marks_.pop_back();
        } else {
          pop();
        }
        return true;
      case kPopMark:
        pop_to_mark();
        return true;
      case kDup:
        return push(top());
      case kProto:
        take(1);
        return true;
      case kFrame:
        // A frame's length (PEP 3154) helps those who read from a stream.
        take(8);
        return true;
      default:
        return false;
    }
  }

  std::string_view bytes_;
  const std::string& source_;
  std::size_t position_ = 0;
  Pickle result_;
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, PickleValue*> memo_;
};

Pickle parse_pickle(std::string_view bytes, const std::string& source) {
  return PickleMachine(bytes, source).run();
}

std::string PickleValue::class_name() const {
  const PickleValue* value = this;
  if (kind == PickleKind::object) value = callable;
  // The legacy form saves a module's class behind a persistent id ("module", class, file, text).
  if (value->kind == PickleKind::persistent && value->arguments->kind == PickleKind::tuple &&
      value->arguments->items.size() > 1 && value->arguments->items[0]->is_text("module")) {
    value = value->arguments->items[1];
  }
  if (value->kind != PickleKind::global) return "";
  return fmt::format("{}.{}", value->text, value->name);
}

std::vector<std::pair<const PickleValue*, const PickleValue*>> pickle_entries(
    const PickleValue& value) {
  std::vector<std::pair<const PickleValue*, const PickleValue*>> entries;
  if (value.kind != PickleKind::dict && value.kind != PickleKind::object) return entries;
  // Python 2 gives an OrderedDict its entries as a list of [key, value] in the call.
  if (value.kind == PickleKind::object && value.class_name() == "collections.OrderedDict" &&
      !value.arguments->items.empty()) {
    for (const PickleValue* pair : value.arguments->items[0]->items) {
      if (pair->items.size() == 2) entries.emplace_back(pair->items[0], pair->items[1]);
    }
  }
  for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
    entries.emplace_back(value.items[i], value.items[i + 1]);
  }
  return entries;
}

const PickleValue* pickle_find(const PickleValue& value, std::string_view key) {
  for (const auto& [name, found] : pickle_entries(value)) {
    if (name->is_text(key)) return found;
  }
  return nullptr;
}

}  // namespace attune
