#include "attune/pretrained/formats/safetensors/safetensors_header.h"

#include <unordered_set>
#include <utility>

#include <nlohmann/json.hpp>

#include "attune/base/error.h"
#include "attune/pretrained/formats/tensor_view.h"

namespace attune {
namespace {

/// Reads the header event by event: no tree is built, so a hostile header of 100 MB costs no more
/// memory than the entries it holds.
class HeaderHandler : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderHandler(const std::string& source) : source_(source) {}
  SafetensorsHeader take() { return std::move(header_); }

  bool null() override { return reject("null"); }
  bool boolean(bool) override { return reject("true or false"); }
  bool number_float(double, const string_t& text) override { return reject(text); }
  bool binary(binary_t&) override { return reject("binary data"); }
  // nlohmann/json calls this for negative numbers alone.
  bool number_integer(std::int64_t value) override { return reject(fmt::format("{}", value)); }
  bool number_unsigned(std::uint64_t value) override {
    if (place_ == Place::shape) {
      check(value <= INT64_MAX, ErrorKind::data, "{}: its shape holds {}, which is too large",
            where(), value);
      check(entry_.shape.size() < kMaxRank, ErrorKind::data, "{}: more than {} dimensions", where(),
            kMaxRank);
      entry_.shape.push_back(static_cast<std::int64_t>(value));
    } else if (place_ == Place::offsets && offsets_ < 2) {
      (offsets_++ == 0 ? entry_.begin : entry_.end) = value;
    } else {
      return reject(fmt::format("{}", value));
    }
    return true;
  }

  bool string(string_t& value) override {
    if (place_ == Place::metadata) {
      header_.metadata[key_] = value;
    } else if (place_ == Place::tensor && key_ == "dtype") {
      const auto dtype = dtype_from_name(value);
      check(dtype.has_value(), ErrorKind::data, "{}: unknown dtype \"{}\", expected one of {}",
            where(), value, known_dtype_names());
      entry_.dtype = *dtype;
    } else {
      return reject("\"" + value + "\"");
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::start) {
      place_ = Place::top;
    } else if (place_ == Place::top) {
      place_ = name_ == "__metadata__" ? Place::metadata : Place::tensor;
      entry_ = {};
      entry_.name = name_;
      offsets_ = 0;
      keys_.clear();
    } else {
      return reject("an object");
    }
    return true;
  }

  bool key(string_t& value) override {
    auto& seen = place_ == Place::top ? names_ : keys_;
    (place_ == Place::top ? name_ : key_) = value;
    // The format's rule: duplicate keys are disallowed, since parsers disagree on which counts.
    check(seen.insert(value).second, ErrorKind::data, "{}: the key \"{}\" stands twice in the {}",
          place_ == Place::top ? source_ : where(), value,
          place_ == Place::top ? "header" : "object");
    check(
        place_ != Place::tensor || value == "dtype" || value == "shape" || value == "data_offsets",
        ErrorKind::data, "{}: unknown key \"{}\", expected dtype, shape and data_offsets", where(),
        value);
    return true;
  }

  bool end_object() override {
    if (place_ == Place::tensor) {
      for (const char* wanted : {"dtype", "shape", "data_offsets"}) {
        check(keys_.contains(wanted), ErrorKind::data, "{}: the header lacks its \"{}\"", where(),
              wanted);
      }
      header_.entries.push_back(std::move(entry_));
    }
    place_ = place_ == Place::top ? Place::start : Place::top;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::tensor && key_ == "shape") {
      place_ = Place::shape;
    } else if (place_ == Place::tensor && key_ == "data_offsets") {
      place_ = Place::offsets;
    } else {
      return reject("an array");
    }
    return true;
  }

  bool end_array() override {
    check(place_ != Place::offsets || offsets_ == 2, ErrorKind::data,
          "{}: data_offsets holds {} numbers, expected 2", where(), offsets_);
    place_ = Place::tensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    const std::string what = error.what();
    const auto colon = what.find(": ");
    // Counted in the file: 8 bytes of length stand in front of the header.
    fail(ErrorKind::data, "{}: the header is not valid JSON at byte {}: {}", source_, position + 8,
         colon == std::string::npos ? what : what.substr(colon + 2));
  }

 private:
  enum class Place { start, top, tensor, shape, offsets, metadata };

  std::string where() const { return fmt::format("{}: tensor \"{}\"", source_, name_); }

  [[noreturn]] bool reject(const std::string& got) const {
    switch (place_) {
      case Place::start:
        fail(ErrorKind::data, "{}: the header is {}, expected an object", source_, got);
      case Place::top:
        fail(ErrorKind::data, "{}: its header entry is {}, expected an object", where(), got);
      case Place::metadata:
        fail(ErrorKind::data, "{}: __metadata__ maps \"{}\" to {}, expected a string", source_,
             key_, got);
      case Place::shape:
        fail(ErrorKind::data, "{}: its shape holds {}, expected integers from 0", where(), got);
      case Place::offsets:
        fail(ErrorKind::data, "{}: data_offsets holds {}, expected 2 integers from 0", where(),
             got);
      case Place::tensor:
        break;
    }
    fail(ErrorKind::data, "{}: \"{}\" is {}, expected {}", where(), key_, got,
         key_ == "dtype" ? "a string" : "an array");
  }

  const std::string& source_;
  SafetensorsHeader header_;
  Place place_ = Place::start;
  std::string name_, key_;
  SafetensorsEntry entry_;
  int offsets_ = 0;
  std::unordered_set<std::string> names_, keys_;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& source) {
  HeaderHandler handler(source);
  nlohmann::json::sax_parse(json.begin(), json.end(), &handler);
  return handler.take();
}

}  // namespace attune
