#pragma once

#include <string>

#include "attune/pretrained/hub/remote_file.h"

namespace attune {

/// Downloads `remote` to `destination`, which appears only when its size and its hash (where the
/// ETag is one) are right. Resumes after a broken connection, and what an earlier attempt on this
/// machine left unfinished. `label` names the file in messages and progress.
/// Throws `io` where the network, the server or the disk fails.
void download_blob(HttpClient& client, const RemoteFile& remote, const HubOptions& options,
                   const std::string& label, const fs::path& destination);

}  // namespace attune
