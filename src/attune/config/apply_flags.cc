#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "attune/base/log.h"
#include "attune/base/text/suggest.h"
#include "attune/config/hf_arguments.h"
#include "attune/config/schema.h"

namespace attune::config {

/// The words of a command line, one flag with its values after the other.
class Schema::FlagReader {
 public:
  FlagReader(Schema& schema, const std::vector<std::string>& words)
      : schema_(schema), words_(words) {}

  void read() {
    while (next_ < words_.size()) {
      const std::string& word = words_[next_++];
      if (!is_flag(word)) {
        problem("\"{}\": expected an option that begins with --", word);
        continue;
      }
      const auto equals = word.find('=');
      name_ = word.substr(2, equals == std::string::npos ? equals : equals - 2);
      inline_.reset();
      if (equals != std::string::npos) inline_ = word.substr(equals + 1);
      read_flag();
    }
    schema_.translate_pending();
  }

 private:
  static bool is_flag(const std::string& text) { return text.starts_with("--"); }

  template <typename... Args>
  void problem(fmt::format_string<Args...> format, Args&&... args) {
    schema_.problems_.add(fmt::format(format, std::forward<Args>(args)...));
  }

  bool has_word() const { return next_ < words_.size() && !is_flag(words_[next_]); }

  void read_flag() {
    // The whole name first: an option may itself begin with "no-". HfArgumentParser, too, offers
    // --no_x.
    if (Field* const field = schema_.find(name_)) return read_option(*field);
    const bool negates = name_.starts_with("no-") || name_.starts_with("no_");
    const std::string plain = canonical_argument(negates ? name_.substr(3) : name_);
    Field* const negated = negates ? schema_.find(plain) : nullptr;
    if (negated != nullptr && negated->type == "flag") return read_negation(*negated);
    if (const auto* translated = find_translated(plain);
        !negates && translated != nullptr && schema_.knows(plain)) {
      if (auto value = read_foreign(translated->kind)) {
        schema_.pending_.push_back({plain, "--" + name_, *std::move(value)});
      }
      return;
    }
    const HfArgument* const argument = find_hf_argument(plain);
    if (argument != nullptr && (!negates || argument->kind == HfKind::flag)) {
      return read_foreign(*argument, negates);
    }
    read_unknown();
  }

  void read_negation(Field& field) {
    if (inline_) {
      return problem("--{}: takes no value; use {}=true or {}=false", name_, field.flag(),
                     field.flag());
    }
    set(field, false);
  }

  void read_option(Field& field) {
    Json value;
    bool dummy = false;
    if (inline_) {
      value = *inline_;
    } else if (field.type == "flag" &&
               (next_ == words_.size() || !convert::read(Json(words_[next_]), dummy))) {
      // A word that is neither yes nor no is not the flag's value, but a mistake of its own.
      value = true;
    } else if (has_word()) {
      value = words_[next_++];
    } else {
      return problem("--{}: a value is missing, expected {}", name_, field.allowed());
    }
    // The way to take back on the command line what a file has set.
    if ((field.nullable || field.is_settled_later) && value == "null") value = nullptr;
    if ((field.type == "list" || field.type == "texts") && value.is_string()) {
      value = read_list(field, value);
    }
    set(field, value);
  }

  Json read_list(const Field& field, const Json& first) {
    std::vector<std::string> parts = {first.get<std::string>()};
    if (field.type == "list") convert::read(first, parts);
    // A shell makes several values of a pattern without quotes.
    const bool takes_more = field.type == "texts" && !inline_;
    while (takes_more && has_word()) parts.push_back(words_[next_++]);
    // A repeated list flag adds; the first replaces.
    const bool again = std::ranges::find(begun_lists_, field.name) != begun_lists_.end();
    Json list = again ? field.get() : Json::array();
    for (std::string& part : parts) list.push_back(std::move(part));
    begun_lists_.push_back(field.name);
    return list;
  }

  void set(Field& field, const Json& value) {
    schema_.set(field, value, field.flag());
    // The default too: whoever types it expects it to count.
    field.asked_for = field.given;
  }

  /// What HfArgumentParser takes behind the flag; none where a value is missing, which is told.
  std::optional<Json> read_foreign(HfKind kind) {
    bool dummy = false;
    if (inline_) return *inline_;
    if (kind == HfKind::flag) {
      const bool has_value = has_word() && convert::read(Json(words_[next_]), dummy);
      return has_value ? Json(words_[next_++]) : Json(true);
    }
    if (!has_word()) {
      problem("--{}: a value is missing", name_);
      return {};
    }
    Json value = words_[next_++];
    while (kind == HfKind::values && has_word()) {
      if (!value.is_array()) value = Json::array({value});
      value.push_back(words_[next_++]);
    }
    return value;
  }

  void read_foreign(const HfArgument& argument, bool negates) {
    const std::optional<Json> value = negates ? Json(false) : read_foreign(argument.kind);
    if (!value) return;
    if (argument.refused && !asks_for_nothing(argument, *value)) {
      return problem("--{}: got {}, {}", name_, value->dump(), argument.instead);
    }
    log_warning("--{}, an argument of Hugging Face's, is not used: {}", name_, argument.instead);
  }

  void read_unknown() {
    const std::string flag = "--" + name_;
    if (const std::string other = schema_.belongs_to(name_); !other.empty()) {
      problem("{}: {}", flag, other);
    } else {
      problem("{}: unknown option{}", flag, did_you_mean(flag, schema_.flags()));
    }
    // Its value, which would be reported as a mistake of its own.
    if (!inline_ && has_word()) ++next_;
  }

  Schema& schema_;
  const std::vector<std::string>& words_;
  std::size_t next_ = 0;
  std::string name_;                   ///< of the flag at hand, without --
  std::optional<std::string> inline_;  ///< its value behind "="
  std::vector<std::string> begun_lists_;
};

void Schema::apply_flags(const std::vector<std::string>& arguments) {
  FlagReader(*this, arguments).read();
}

}  // namespace attune::config
