//! Memory that nobody uses goes back to the system.

/// What was freed, and the pages of the program file that only the start needed. Takes milliseconds and the allocator's locks: for quiet
/// moments, off the screen's thread.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn give_back() {
    freed();
    program();
}

/// Only the pages of the program: each is mapped in with its neighbours, and those of them that run stay few. Costs a millisecond.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn rest() {
    program();
}

/// glibc keeps what was freed between things that live on, and after a burst (stored rows read and replaced, a fleet written down) that
/// is more than the fleet itself.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code, reason = "the standard library has no call for it")]
fn freed() {
    // SAFETY: takes a number by value and touches only the allocator's own free lists, under the allocator's own locks.
    unsafe { libc::malloc_trim(0) };
}

/// Parsing arguments, shaking hands, reading a fleet for the first time: most of the program is used once. Its pages are read again from
/// the file, which the system caches, where they are wanted.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code, reason = "the standard library has no call for it")]
fn program() {
    let Ok(program) = std::fs::read_link("/proc/self/exe") else { return };
    let Ok(maps) = std::fs::read_to_string("/proc/self/smaps") else { return };
    for (start, length) in untouched(&maps, &program.to_string_lossy()) {
        let address = std::ptr::with_exposed_provenance_mut(start);
        // SAFETY: a mapping of the program file that is not writable and in which no page differs from the file: what is dropped is read
        // again from there, the same, at the next access.
        unsafe { libc::madvise(address, length, libc::MADV_DONTNEED) };
    }
}

/// Mappings of a file, as (start, length), that cannot be written and hold the file's own bytes: relocated tables and what a debugger
/// wrote are pages of their own ("Anonymous") and are kept.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn untouched(smaps: &str, file: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open = None;
    for line in smaps.lines() {
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { continue };
        if let Some((from, to)) = first.split_once('-') {
            let is_readable_only = words.next().is_some_and(|mode| mode.starts_with('r') && !mode.contains(['w', 's']));
            let range = usize::from_str_radix(from, 16).ok().zip(usize::from_str_radix(to, 16).ok());
            open = range.filter(|_| is_readable_only && line.ends_with(&format!(" {file}")));
        } else if first == "Anonymous:" && words.next() != Some("0") {
            open = None;
        } else if let ("Swap:", Some((from, to))) = (first, open) {
            // Pages of its own that were swapped out count nowhere else.
            if words.next() == Some("0") {
                found.push((from, to.saturating_sub(from)));
            }
            open = None;
        }
    }
    found
}

/// Other allocators give memory back by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back() {}
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn rest() {}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;

    #[test]
    fn only_mappings_of_the_program_that_are_as_the_file_says_are_let_go() {
        let swapped = |range: &str, own: u32, swap: u32| {
            format!("{range} r--p 00001000 fe:00 12345   /bin/driftdeck\nRss:  100 kB\nAnonymous:  {own} kB\nSwap:  {swap} kB\n")
        };
        let map = |range: &str, mode: &str, file: &str, own: u32| {
            format!(
                "{range} {mode} 00001000 fe:00 12345                      {file}\nSize:  100 kB\nRss:  100 kB\nAnonymous:  {own} kB\nSwap:  0 kB\nVmFlags: rd\n"
            )
        };
        let smaps = [
            map("1000-3000", "r--p", "/bin/driftdeck", 0),
            map("3000-9000", "r-xp", "/bin/driftdeck", 0),
            map("9000-a000", "r--p", "/bin/driftdeck", 4),
            map("a000-b000", "rw-p", "/bin/driftdeck", 0),
            map("b000-c000", "r-xp", "/lib/libc.so.6", 0),
            map("c000-d000", "r-xp", "/opt/bin/driftdeck", 0),
            map("d000-e000", "r--s", "/bin/driftdeck", 0),
            map("e000-f000", "rw-p", "[heap]", 8),
            swapped("10000-11000", 0, 4),
            "11000-12000 r--p 00001000 fe:00 12345   /bin/driftdeck\nAnonymous:  0 kB\n".to_owned(),
        ]
        .concat();
        assert_eq!(untouched(&smaps, "/bin/driftdeck"), [(0x1000, 0x2000), (0x3000, 0x6000)]);
    }

    /// KiB of the program file that are mapped in.
    fn resident() -> u64 {
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap_or_default();
        let program = std::fs::read_link("/proc/self/exe").unwrap_or_default();
        let (mut is_ours, mut sum) = (false, 0);
        for line in maps.lines() {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                [range, mode, ..] if range.contains('-') && !range.ends_with(':') => {
                    is_ours = mode == "r-xp" && line.ends_with(&*program.to_string_lossy());
                }
                ["Rss:", kib, _] if is_ours => sum += kib.parse::<u64>().unwrap_or_default(),
                _ => {}
            }
        }
        sum
    }

    #[test]
    fn the_code_of_the_program_is_let_go_and_comes_back_where_it_runs() {
        let word = std::hint::black_box("relocated tables, constants and code");
        let before = resident();
        // Others of this program run meanwhile, and fetch theirs again.
        let after = (0..50).map(|_| {
            give_back();
            resident()
        });
        assert!(before > 0 && after.min().is_some_and(|least| least < before), "of {before} KiB nothing was let go");
        assert_eq!(word.replace("code", "code."), "relocated tables, constants and code.");
    }
}
