#pragma once

#include <optional>
#include <span>
#include <string>

#include "attune/pretrained/hub/hub_options.h"

namespace attune {

// Files of model repositories on the Hugging Face hub, in the cache that the Python client uses
// too. Without network where the revision is a commit and the file is cached; otherwise the hub is
// asked once, and where it cannot be reached (or `offline` is set) what is cached is used.
// `repo_id` is "org/name" or "name"; `revision` a branch, tag or commit.
// All throw `user` where repository, revision or file are not there or may not be read, and `io`
// where network, server or disk fail; the message says what to do.

/// The path of a file in the cache, downloaded if need be. Its bytes must not be changed.
fs::path hub_file(const std::string& repo_id, const std::string& file,
                  const std::string& revision = "main",
                  const HubOptions& options = HubOptions::from_environment());

/// The same for a file that the repository may lack: nothing then. Offline, what is not cached
/// counts as lacking.
std::optional<fs::path> hub_file_if_exists(
    const std::string& repo_id, const std::string& file, const std::string& revision = "main",
    const HubOptions& options = HubOptions::from_environment());

/// The snapshot folder that holds all `required` files and those of the `optional` ones that the
/// repository has, all of one commit. Requires at least one required file.
fs::path hub_snapshot(const std::string& repo_id, const std::string& revision,
                      std::span<const std::string> required, std::span<const std::string> optional,
                      const HubOptions& options = HubOptions::from_environment());

/// Whether `name` can be the id of a repository: "org/name" or "name" of letters, digits, '-', '_'
/// and '.', without "--" and "..", and without ".git" at the end, as of an address to clone.
bool is_repo_id(std::string_view name);

}  // namespace attune
