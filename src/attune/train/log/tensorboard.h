#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "attune/base/files.h"

namespace attune {

/// Writes scalars as a TensorBoard event file, `events.out.tfevents.TIME.HOST.PID.N`, into a
/// folder. Format: TFRecord framing around `Event` messages
/// (tensorflow/core/lib/io/record_writer.cc, tensorflow/core/util/event.proto). Every writer opens
/// a file of its own, so that a resumed run leaves what was written before untouched.
class TensorBoardWriter {
 public:
  /// Creates the folder. `purge_from_step`: TensorBoard drops what earlier files of this folder
  /// hold from that step on. A run resumed after step n passes n + 1: steps behind its last
  /// checkpoint may have been logged before it was killed.
  explicit TensorBoardWriter(const fs::path& directory,
                             std::optional<std::int64_t> purge_from_step = std::nullopt);
  /// Writes what is left; use `flush` to learn of errors.
  ~TensorBoardWriter();
  TensorBoardWriter(const TensorBoardWriter&) = delete;
  TensorBoardWriter& operator=(const TensorBoardWriter&) = delete;

  /// `tag` is UTF-8; a slash in it makes a group ("train/loss").
  void add_scalar(std::string_view tag, double value, std::int64_t step);

  /// Hands everything to the system, so that a running TensorBoard sees it. Throws `io`.
  void flush();

  const fs::path& path() const { return path_; }

 private:
  void add_record(std::string_view event);

  fs::path path_;
  int descriptor_ = -1;
  std::string pending_;
};

/// One record: length (8 bytes, little-endian), its masked CRC-32C, the bytes, their masked
/// CRC-32C.
std::string tfrecord(std::string_view payload);

/// An `Event` with one scalar of a `Summary`.
std::string encode_scalar_event(double wall_time, std::int64_t step, std::string_view tag,
                                float value);

}  // namespace attune
