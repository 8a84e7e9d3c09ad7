#include "attune/models/head_rows.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/strings.h"
#include "attune/models/config_fields.h"

namespace attune {

namespace {

// A thousand labels would hide what the line says.
std::string short_list(const std::vector<std::string>& labels) {
  constexpr std::size_t kShown = 8;
  const auto shown = std::span(labels).first(std::min(labels.size(), kShown));
  return join(shown, ", ") +
         (labels.size() > kShown ? fmt::format(", ... ({} in all)", labels.size()) : "");
}

// The place of each of `asked` in `known`; `missing` receives those that have none or several.
std::vector<std::int64_t> places_of(const std::vector<std::string>& asked,
                                    const std::vector<std::string>& known,
                                    std::vector<std::string>& missing) {
  std::unordered_map<std::string_view, std::int64_t> places;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto [place, is_new] = places.emplace(known[i], static_cast<std::int64_t>(i));
    if (!is_new) place->second = -1;
  }
  std::vector<std::int64_t> rows;
  for (const std::string& label : asked) {
    const auto place = places.find(label);
    if (place == places.end() || place->second < 0) {
      missing.push_back(label);
    } else {
      rows.push_back(place->second);
    }
  }
  return rows;
}

// LABEL_3 and "3" mean the same.
std::vector<std::string> numbers_of(std::size_t count) {
  std::vector<std::string> numbers;
  for (std::size_t i = 0; i < count; ++i) numbers.push_back(std::to_string(i));
  return numbers;
}

}  // namespace

bool is_nameless(const std::vector<std::string>& labels) {
  return labels == default_labels(static_cast<std::int64_t>(labels.size()));
}

bool is_numbered(const std::vector<std::string>& labels) {
  return is_nameless(labels) || labels == numbers_of(labels.size());
}

HeadRows head_rows(const std::vector<std::string>& known, std::optional<ProblemType> known_type,
                   const std::vector<std::string>& asked, const HeadOptions& head) {
  HeadRows result{.known = static_cast<std::int64_t>(known.size())};
  if (asked == known) return result;
  // A number has no classes that its name could tell apart.
  if (head.problem_type == ProblemType::regression && asked.size() == 1 &&
      known_problem_type(known_type, result.known) == ProblemType::regression) {
    return result;
  }
  std::vector<std::string> missing;
  result.rows = places_of(asked, known, missing);
  if (missing.empty()) {
    result.told = fmt::format(
        "the head's rows follow their label names: the checkpoint's labels are {}; here they are "
        "{}",
        short_list(known), short_list(asked));
    return result;
  }
  result.rows.clear();
  const bool same_count = asked.size() == known.size();
  if (same_count && (is_nameless(known) || (head.labels_in_order && is_numbered(known)))) {
    // Their numbers say which is which where the asked ones have no other names either.
    if (is_numbered(asked)) return result;
    result.told = fmt::format(
        "the checkpoint does not name its {} labels: its head is kept, and its outputs are taken "
        "for the labels {} in this order{}",
        known.size(), short_list(asked),
        head.labels_in_order ? "" : " (--labels names them in another)");
    return result;
  }
  result.fresh = true;
  result.told = fmt::format("the head is begun anew: the checkpoint's labels ({}) do not cover {}",
                            short_list(known), short_list(missing));
  return result;
}

std::string settle_labels(std::vector<std::string>& labels, const Json& config,
                          const TensorView* weight) {
  if (weight == nullptr || weight->shape.empty()) return "";
  const std::int64_t outputs = weight->shape.front();
  if (outputs == static_cast<std::int64_t>(labels.size())) return "";
  const auto says = [&](const char* key) {
    const auto found = config.find(key);
    return found != config.end() && !found->is_null();
  };
  if (!says("id2label") && !says("num_labels") && outputs >= 1 && outputs <= kMaxLabels) {
    labels = default_labels(outputs);
    return "";
  }
  return fmt::format("config.json has {} labels ({}), but {} in its weights has the shape [{}]",
                     labels.size(), short_list(labels), weight->name,
                     fmt::join(weight->shape, ", "));
}

CheckpointFile with_head_rows(const CheckpointFile& file, const HeadRows& rows,
                              const std::function<bool(std::string_view)>& is_head) {
  struct Storage {
    std::shared_ptr<const void> file;
    std::deque<std::vector<std::byte>> chosen;
  };
  auto storage = std::make_shared<Storage>();
  storage->file = file.storage();
  std::vector<TensorView> views = file.tensors();
  bool has_head = false;
  for (TensorView& view : views) {
    if (!is_head(view.name) || view.shape.empty() || view.shape[0] != rows.known) continue;
    has_head = true;
    if (rows.rows.empty()) continue;
    const std::size_t row = view.bytes.size() / static_cast<std::size_t>(rows.known);
    std::vector<std::byte>& bytes = storage->chosen.emplace_back();
    bytes.reserve(row * rows.rows.size());
    for (const std::int64_t from : rows.rows) {
      const auto part = view.bytes.subspan(row * static_cast<std::size_t>(from), row);
      bytes.insert(bytes.end(), part.begin(), part.end());
    }
    view.shape[0] = static_cast<std::int64_t>(rows.rows.size());
    view.bytes = bytes;
  }
  if (has_head && !rows.told.empty()) log_info("{}: {}", file.source(), rows.told);
  if (rows.rows.empty()) return file;
  return {file.source(), std::move(views), file.metadata(), std::move(storage), file.format()};
}

void keep_head_rows(std::span<const std::int64_t> rows, std::span<const std::string> names,
                    const CheckpointFile& file, nn::Module& module, LoadReport& report) {
  if (rows.empty()) return;
  const at::NoGradGuard no_grad;
  std::int64_t kept = 0;
  for (const std::string& name : names) {
    const TensorView* view = file.find(name);
    if (view == nullptr) return;  // a pre-trained checkpoint has no head
    const at::Tensor target = module.tensor(name);
    const bool fits =
        static_cast<std::int64_t>(view->shape.size()) == target.dim() &&
        std::equal(view->shape.begin() + 1, view->shape.end(), target.sizes().begin() + 1);
    if (!fits) {
      report.mismatched.push_back({name, view->shape, target.sizes().vec()});
      return;
    }
    check(!first_not_finite(*view), ErrorKind::data,
          "{}: tensor {} has values that are not finite: the file is damaged, or its training "
          "diverged; take another checkpoint",
          file.source(), name);
    const at::Tensor source = to_tensor(*view);
    kept = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::int64_t row = rows[i];
      if (row < 0 || row >= source.size(0)) continue;
      target.select(0, static_cast<std::int64_t>(i)).copy_(source.select(0, row));
      ++kept;
    }
  }
  const std::int64_t all = std::ssize(rows);
  report.kept_rows = LoadReport::KeptRows{kept, all};
  for (const std::string& name : names) {
    std::erase(report.ignored, name);
    if (kept < all) continue;
    std::erase(report.initialized, name);
    report.loaded.push_back(name);
  }
}

}  // namespace attune
