#include "attune/base/json.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "attune/base/error.h"

namespace attune {
namespace {

// RFC 8259, section 9, lets a parser limit the depth; writing a value is recursive, so that each
// level costs stack.
constexpr std::size_t kMaxDepth = 64;

std::string position_text(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto newline = before.rfind('\n');
  const auto column = before.size() - (newline == std::string_view::npos ? 0 : newline + 1);
  return fmt::format("{}:{}", line, std::max<std::size_t>(column, 1));
}

/// "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ..." -> the end.
std::string reason_of(const nlohmann::json::exception& error) {
  const std::string what = error.what();
  const auto bracket = what.find("] ");
  const auto column = what.find("column ");
  const auto colon = column == std::string::npos ? column : what.find(": ", column);
  if (colon != std::string::npos) return what.substr(colon + 2);
  return bracket == std::string::npos ? what : what.substr(bracket + 2);
}

/// Builds the document from the parser's events. nlohmann/json's own builder finds the place of
/// each key in an ordered object by looking through it, and, with a callback, of each value through
/// all before it: a configuration of 40,000 labels took 8 s.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  Json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // JSON has none

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    // RFC 8259, section 4: what a name that stands twice means is unpredictable. nlohmann/json
    // keeps the last, another reader may keep the first: they would see two files.
    check(open_.back().keys.insert(name).second, ErrorKind::data,
          "{}: the key \"{}\" stands twice in one JSON object", source_, name);
    open_.back().key = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& error) override {
    fail(ErrorKind::data, "{}:{}: not valid JSON: {}", source_, position_text(text_, position),
         reason_of(error));
  }

 private:
  struct Container {
    Json value;
    std::string key;  ///< of the member that comes next
    std::unordered_set<std::string> keys;
  };

  bool add(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Container& parent = open_.back(); parent.value.is_array()) {
      parent.value.get_ref<Json::array_t&>().push_back(std::move(value));
    } else {
      // As a list of pairs: that the key is new is known.
      parent.value.get_ref<Json::object_t&>().Json::object_t::Container::emplace_back(
          std::move(parent.key), std::move(value));
    }
    return true;
  }

  bool open(Json value) {
    check(open_.size() < kMaxDepth, ErrorKind::data, "{}: JSON nested deeper than {} levels",
          source_, kMaxDepth);
    open_.push_back({.value = std::move(value)});
    return true;
  }

  bool close() {
    Json done = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(done));
  }

  std::string_view text_;
  const std::string& source_;
  Json root_;
  std::vector<Container> open_;
};

}  // namespace

Json parse_json(std::string_view text, const std::string& source) {
  Builder builder(text, source);
  Json::sax_parse(text.begin(), text.end(), &builder);  // throws where it would say no
  return builder.take();
}

Json read_json(const fs::path& path, std::uint64_t max_bytes) {
  return parse_json(read_file(path, max_bytes), path.string());
}

std::string dump_json(const Json& value) {
  // Text from elsewhere (a file's name) need not be UTF-8; by default nlohmann/json would throw
  // there.
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string dump_json_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace attune
