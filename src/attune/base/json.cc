#include "attune/base/json.h"

#include <algorithm>
#include <set>
#include <vector>

#include "attune/base/error.h"

namespace attune {
namespace {

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

}  // namespace

Json parse_json(std::string_view text, const std::string& source) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    check(depth <= kMaxDepth, ErrorKind::data, "{}: JSON nested deeper than {} levels", source,
          kMaxDepth);
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key) {
      const auto name = parsed.get<std::string>();
      check(keys.back().insert(name).second, ErrorKind::data,
            "{}: the key \"{}\" stands twice in one JSON object", source, name);
    }
    return true;
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
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string dump_json_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace attune
