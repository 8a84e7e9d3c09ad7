#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

/// A line KEY=VALUE of a .cfg file.
struct DarknetOption {
  std::string key, value;
  std::int64_t line = 0;
};

/// [TYPE] and the options below it.
struct DarknetSection {
  std::string type;  ///< "convolutional"
  std::int64_t line = 0;
  std::vector<DarknetOption> options;

  /// The option of that name, the first where it stands twice (as darknet takes it), or nullptr.
  const DarknetOption* find(std::string_view key) const;
  /// Puts a value in place of the first one, or behind the others.
  void set(std::string_view key, const std::string& value);
};

/// darknet's description of a network: sections in order, the first one about all of it.
struct DarknetCfg {
  std::string source;  ///< the file, for messages
  std::vector<DarknetSection> sections;

  /// As a file; comments are not kept.
  std::string text() const;

  /// "SOURCE line 12, [convolutional]": for messages.
  std::string where(const DarknetSection& section) const;

  // Values of an option, `otherwise` where it is missing. Behind `#` stands a comment. They throw
  // `data`, naming file and line, for what is no such number or outside of the bounds.
  std::int64_t integer(const DarknetSection& section, std::string_view key, std::int64_t otherwise,
                       std::int64_t least, std::int64_t greatest) const;
  double real(const DarknetSection& section, std::string_view key, double otherwise) const;
  std::string text(const DarknetSection& section, std::string_view key,
                   std::string_view otherwise) const;
  /// Numbers between commas; none where the option is missing.
  std::vector<std::int64_t> integers(const DarknetSection& section, std::string_view key,
                                     std::int64_t least, std::int64_t greatest) const;
  std::vector<double> reals(const DarknetSection& section, std::string_view key) const;
};

/// Parses hostile text. Throws `data`, naming `source` and the line, for a line that is neither
/// section, option nor comment, and for more of them than any network has.
DarknetCfg parse_darknet_cfg(std::string_view text, const std::string& source);

}  // namespace attune
