//! Memory that nobody uses goes back to the system.

/// glibc keeps what was freed between things that live on, and after a burst (stored rows read and replaced, a fleet written down) that
/// is more than the fleet itself. Takes milliseconds and the allocator's locks: for quiet moments, off the screen's thread.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code, reason = "the standard library has no call for it")]
pub fn give_back() {
    // SAFETY: takes a number by value and touches only the allocator's own free lists, under the allocator's own locks.
    unsafe { libc::malloc_trim(0) };
}

/// Other allocators give memory back by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back() {}
