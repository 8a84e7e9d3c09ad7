#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "attune/base/error.h"
#include "attune/data/readers/byte_source.h"
#include "attune/data/readers/json_array.h"

namespace attune {

/// An object of a JSON file whose lists are as long as the file: read key by key, and a list an
/// element at a time. Whether a value is well formed its parser finds out.
class JsonStream {
 public:
  explicit JsonStream(std::unique_ptr<ByteSource> source) : window_(std::move(source)) {}

  const std::string& name() const { return window_.name(); }
  std::int64_t line() const { return line_; }
  /// The next character that is no blank, which stays; '\0' at the end.
  char peek();
  /// The next key, into `key`; false where the object ends. Throws `data` for what is no object,
  /// for one that is cut off, and for more behind it.
  bool next_key(std::string& key);
  /// Calls `use(text)` for each element of the list that is the value; false, and nothing was read,
  /// where the value is no list. Behind `text` lie the 64 bytes that simdjson wants.
  template <typename Use>
  bool each(const Use& use) {
    if (peek() != '[') return false;
    consume(1);
    for (bool is_first = true;; is_first = false) {
      const ArrayElement element = next(is_first);
      // Passed over first, so that the line is that of the element.
      consume(element.begin);
      if (element.kind == ArrayElement::Kind::element) {
        use(window_.rest().substr(0, element.end - element.begin));
      }
      consume(element.end - element.begin);
      if (element.kind == ArrayElement::Kind::array_end) return true;
    }
  }
  /// Passes over the value.
  void skip();

  template <typename... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    attune::fail(ErrorKind::data, "{}:{}: {}", name(), line_,
                 fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  ArrayElement next(bool is_first);
  void consume(std::size_t bytes);
  std::string read_string();

  RecordWindow window_;
  std::int64_t line_ = 1;
  bool is_open_ = false;
};

}  // namespace attune
