#pragma once

#include <chrono>
#include <string>

#include "attune/base/files.h"

namespace attune {

/// How to reach the Hugging Face hub and where its files are kept. Set by the same environment
/// variables as the Python client (huggingface_hub: src/huggingface_hub/constants.py), so that both
/// share one cache.
struct HubOptions {
  /// HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, $HF_HOME/hub; HF_HOME is by default `huggingface` in
  /// XDG_CACHE_HOME or ~/.cache.
  fs::path cache;
  std::string endpoint = "https://huggingface.co";  ///< HF_ENDPOINT, no slash at its end
  /// HF_TOKEN, HUGGING_FACE_HUB_TOKEN, or the file HF_TOKEN_PATH; "" sends none. It goes to the
  /// endpoint's own host only.
  std::string token;
  bool offline = false;  ///< HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE
  bool symlinks = true;  ///< HF_HUB_DISABLE_SYMLINKS turns it off: files are moved or copied
  std::chrono::milliseconds etag_timeout{10'000};      ///< HF_HUB_ETAG_TIMEOUT, seconds
  std::chrono::milliseconds download_timeout{10'000};  ///< HF_HUB_DOWNLOAD_TIMEOUT, without a byte

  int retries = 5;                                 ///< in a row without progress
  std::chrono::milliseconds first_wait{1'000};     ///< before a retry; doubles up to eight times it
  std::chrono::milliseconds longest_wait{60'000};  ///< a longer Retry-After is not waited for

  /// Throws `user` where a variable's value makes no sense.
  static HubOptions from_environment();
};

}  // namespace attune
