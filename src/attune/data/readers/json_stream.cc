#include "attune/data/readers/json_stream.h"

#include <algorithm>

namespace attune {

void JsonStream::consume(std::size_t bytes) {
  const std::string_view passed = window_.rest().substr(0, bytes);
  line_ += std::count(passed.begin(), passed.end(), '\n');
  window_.consume(bytes);
}

char JsonStream::peek() {
  while (true) {
    const std::size_t at = window_.rest().find_first_not_of(" \t\r\n");
    if (at != std::string_view::npos) {
      consume(at);
      return window_.rest().front();
    }
    consume(window_.rest().size());
    if (!window_.refill(line_)) return '\0';
  }
}

std::string JsonStream::read_string() {
  // Keys are short: one that is longer than what is read ahead is none.
  for (std::size_t at = 1;; ++at) {
    while (at + 1 >= window_.rest().size()) {
      if (!window_.refill(line_)) fail("the file ends within a name");
    }
    const char c = window_.rest()[at];
    if (c == '\\') {
      ++at;
    } else if (c == '"') {
      std::string text(window_.rest().substr(1, at - 1));
      consume(at + 1);
      return text;
    }
    if (at > 4096) fail("a name of more than 4096 bytes");
  }
}

bool JsonStream::next_key(std::string& key) {
  if (!is_open_) {
    if (peek() != '{') {
      fail("expected an object that begins with {{, got {}",
           peek() == '\0' ? "an empty file" : "something else");
    }
    consume(1);
    is_open_ = true;
    if (peek() == '}') {
      consume(1);
      return false;
    }
  } else {
    const char between = peek();
    if (between != ',' && between != '}') {
      fail("{}", between == '\0' ? "the file is cut off: its object does not end"
                                 : "expected a comma or the object's end");
    }
    consume(1);
    if (between == '}') {
      if (peek() != '\0') fail("there is more behind the object's end");
      return false;
    }
  }
  if (peek() != '"') fail("expected a name in quotes");
  key = read_string();
  if (peek() != ':') fail("expected a colon behind a name");
  consume(1);
  return true;
}

void JsonStream::skip() {
  // A list of what nobody asks for may be as long as the file.
  if (each([](std::string_view) {})) return;
  const ArrayElement value = next(true);
  if (value.kind != ArrayElement::Kind::element) fail("expected a value");
  consume(value.end);
}

ArrayElement JsonStream::next(bool is_first) {
  while (true) {
    const ArrayElement element = next_array_element(window_.rest(), 0, is_first, window_.at_end());
    if (element.kind == ArrayElement::Kind::malformed) {
      const bool is_end = element.begin >= window_.rest().size();
      consume(std::min(element.begin, window_.rest().size()));
      fail("{}",
           is_end ? "the file is cut off within a list or value" : "what stands here is no JSON");
    }
    if (element.kind != ArrayElement::Kind::needs_more) return element;
    window_.refill(line_);
  }
}

}  // namespace attune
