#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "attune/data/readers/byte_source.h"

namespace attune {

/// `source` in UTF-8. `encoding` is any name that iconv(1) or Python know: utf-8 (the source itself
/// then), utf-8-sig, latin-1, cp1252, utf-16, shift_jis, gb18030 ... Throws `user` for an unknown
/// one. Reading throws `data` where bytes are none of the encoding's, with their offset, and where
/// they are UTF-8 beyond doubt: read as latin-1 they would look right to nobody but the program.
std::unique_ptr<ByteSource> decode_source(std::unique_ptr<ByteSource> source,
                                          const std::string& encoding);

/// The same of bytes at hand; `name` is for messages.
std::string decode_text(std::string_view bytes, const std::string& encoding,
                        const std::string& name);

}  // namespace attune
