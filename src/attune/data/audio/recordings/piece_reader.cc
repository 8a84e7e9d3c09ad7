#include "attune/data/audio/recordings/piece_reader.h"

#include <algorithm>
#include <cmath>

#include "attune/base/error.h"

namespace attune {

PieceReader::PieceReader(const AudioExample& clip) : clip_(clip), reader_(fs::path(clip.path)) {
  const auto rate = static_cast<double>(info().sample_rate);
  const std::int64_t first = std::llround(clip.begin * rate);
  if (clip.end) {
    left_ = std::llround(*clip.end * rate) - first;
    check(*left_ > 0, ErrorKind::data, "{}: there is no sample in it", piece_name(clip));
  }
  if (first > 0) reader_.seek(first);
}

std::int64_t PieceReader::read(std::span<float> samples) {
  const auto wanted = std::ssize(samples);
  const std::int64_t most = std::min(wanted, left_.value_or(wanted));
  const std::int64_t got = reader_.read(samples.first(static_cast<std::size_t>(most)));
  decoded_ += got;
  if (left_) *left_ -= got;
  if (got < wanted) check_end();
  return got;
}

void PieceReader::check_end() const {
  if (clip_.begin == 0 && !clip_.end) {
    check_complete(reader_, decoded_);
    check(decoded_ > 0, ErrorKind::data, "{}: the recording holds no sample", clip_.path);
    return;
  }
  const double missing =
      static_cast<double>(left_.value_or(0)) / static_cast<double>(info().sample_rate);
  check(decoded_ > 0 && missing <= kMaxOvershoot, ErrorKind::data,
        "{}: the recording ends before, {} of {} samples are there", piece_name(clip_), decoded_,
        decoded_ + left_.value_or(0));
}

}  // namespace attune
