//! Gives large blocks of memory back to the system when they are freed.
//!
//! The allocator of glibc stops doing so as soon as a block of some size has been freed once: what compiling and an image took then stays
//! with the process for good. Of 10 million synapses that the engine keeps in 1.9 bytes each, 6.2 stayed resident; of 10 million others
//! 7.0 instead of 4.7. No safe call sets this, so that this module makes the one unsafe one of the project; the test below guards it.

#![allow(unsafe_code, reason = "see above")]

/// Blocks of this many bytes are mapped, and unmapped when freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BYTES: libc::c_int = 128 * 1024;

/// Has large blocks given back, here and in all threads; where the allocator is another one, nothing is to be done.
pub(crate) fn give_large_blocks_back() {
    // Sound: the call has no conditions; it sets one number of the allocator, under the allocator's lock.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES);
    }
}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod tests {
    const MEGABYTE: usize = 1 << 20;

    fn resident_pages() -> usize {
        let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
        statm.split(' ').nth(1).unwrap().parse().unwrap()
    }

    #[test]
    fn freed_blocks_are_no_longer_resident_though_others_lie_behind_them() {
        super::give_large_blocks_back();
        // From here on the allocator would keep blocks of up to 16 MB, were it not told otherwise.
        drop(std::hint::black_box(vec![1_u8; 16 * MEGABYTE]));
        let mut blocks: Vec<Vec<u8>> = (0..64).map(|_| vec![1; MEGABYTE]).collect();
        let last = std::hint::black_box(blocks.pop());
        let before = resident_pages();
        drop(std::hint::black_box(blocks));
        let freed_bytes = before.saturating_sub(resident_pages()) * 4096;
        assert!(freed_bytes > 48 * MEGABYTE, "{freed_bytes} of 63 MB");
        drop(last);
    }
}
