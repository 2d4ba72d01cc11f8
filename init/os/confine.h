// Giving up what a process does not need that reads what strangers have written.
#pragma once

namespace usher {

// Ends this process with that of the parent, and when one piece of work takes more than some seconds of
// the processor: to be called again before each.
void end_with_parent() noexcept;
void limit_work() noexcept;

// No new privileges, no user and no capabilities of root's, no new process, no file to be written; and
// no system call but those that a process needs to talk over the descriptors that it has. For good.
// What the system does not let us give up is kept.
void confine() noexcept;

}  // namespace usher
