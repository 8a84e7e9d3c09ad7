#include "attune/data/image/image_options.h"

#include "attune/base/error.h"
#include "attune/base/text/byte_size.h"

namespace attune {

void DecodeMemoryOption::find_problems(config::Problems& problems) const {
  try {
    parse_byte_size(decode_memory);
  } catch (const Error& error) {
    problems.add(std::string("--decode-memory: ") + error.what());
  }
}

std::shared_ptr<MemoryBudget> DecodeMemoryOption::budget() const {
  return std::make_shared<MemoryBudget>(static_cast<std::uint64_t>(parse_byte_size(decode_memory)));
}

}  // namespace attune
