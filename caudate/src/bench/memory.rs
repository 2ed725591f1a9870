//! What the process holds in memory; 0 where the system does not say (`/proc` is Linux's).

/// The resident set now, without pages of the program's own files: those come in with whatever code runs first.
pub(super) fn resident_bytes() -> u64 {
    field("RssAnon:")
}

/// The largest resident set so far.
pub(super) fn peak_bytes() -> u64 {
    field("VmHWM:")
}

fn field(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}
