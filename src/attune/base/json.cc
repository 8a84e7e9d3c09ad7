#include "attune/base/json.h"

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include <fmt/ranges.h>

#include "attune/base/error.h"

namespace attune {
namespace {

// RFC 8259, section 9, lets a parser limit the depth; writing a value is recursive, so that each
// level costs stack.
constexpr int kMaxDepth = 64;

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

/// Takes the members of one object out of the stream of parser events.
class TableReader {
 public:
  TableReader(JsonTable& table, const std::string& source) : table_(table), source_(source) {}

  /// `depth` counts the containers around the key. False where its value belongs to the table.
  bool keep_key(std::size_t depth, const std::string& name) {
    if (table_.path.empty()) return true;
    const bool inside = depth == table_.path.size() + 1 && path_.size() >= depth - 1 &&
                        std::equal(table_.path.begin(), table_.path.end(), path_.begin());
    path_.resize(depth - 1);  // array levels have no key and stay ""
    path_.push_back(name);
    pending_ = inside;
    return !inside;
  }

  void value(const Json& parsed) {
    if (pending_) table_.members.emplace_back(path_.back(), parsed);
    pending_ = false;
  }

  void container() {
    check(!pending_, ErrorKind::data, "{}: {}[\"{}\"]: expected a number or a string", source_,
          fmt::join(table_.path, "."), path_.empty() ? "" : path_.back());
  }

 private:
  JsonTable& table_;
  const std::string& source_;
  std::vector<std::string> path_;
  bool pending_ = false;
};

}  // namespace

Json parse_json(std::string_view text, const std::string& source) {
  JsonTable none;
  return parse_json(text, source, none);
}

Json parse_json(std::string_view text, const std::string& source, JsonTable& table) {
  std::vector<std::set<std::string, std::less<>>> keys;
  TableReader reader(table, source);
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    check(depth <= kMaxDepth, ErrorKind::data, "{}: JSON nested deeper than {} levels", source,
          kMaxDepth);
    // RFC 8259, section 4: what a name that stands twice means is unpredictable. nlohmann/json
    // keeps the last, another reader may keep the first: they would see two files.
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::value) reader.value(parsed);
    if (event == Event::object_start || event == Event::array_start) reader.container();
    if (event != Event::key) return true;
    const auto& name = parsed.get_ref<const std::string&>();
    check(keys.back().insert(name).second, ErrorKind::data,
          "{}: the key \"{}\" stands twice in one JSON object", source, name);
    return reader.keep_key(static_cast<std::size_t>(depth), name);
  };
  try {
    return Json::parse(text.begin(), text.end(), watch);
  } catch (const nlohmann::json::parse_error& error) {
    fail(ErrorKind::data, "{}:{}: not valid JSON: {}", source, position_text(text, error.byte),
         reason_of(error));
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorKind::data, "{}: not valid JSON: {}", source, reason_of(error));
  }
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
