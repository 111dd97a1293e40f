// Environments and command lines of the processes that see a tree.
//
// Read through the scanning host's /proc (proc(5)); a process belongs to a tree
// when its root folder is the tree's. Threading: one call on one thread.
#pragma once

#include <string>
#include <string_view>

#include "target/visitor_set.h"
#include "target/walk_control.h"

namespace weir::target {

/// Offers "proc/PID/environ" (a line for each variable) and "proc/PID/cmdline" (words joined with spaces) of
/// every process whose root is ROOT, a descriptor, to the visitors that ask for what is beyond the tree.
/// HOST: without those in containers. This process and its children are left out: their arguments are the
/// user's.
void VisitProcesses(int root, bool host, const VisitorSet& visitors, WalkControl& control,
                    const std::string& proc = "/proc");

/// The id of a container in the text of /proc/PID/cgroup: 64 hexadecimal digits; empty where there is none.
std::string_view ContainerInCgroup(std::string_view text);

}  // namespace weir::target
