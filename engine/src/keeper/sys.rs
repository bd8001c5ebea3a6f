//! The few system calls that neither the standard library nor rustix offers safely. The only unsafe code of the project.
#![allow(unsafe_code)]

use execdeck_wire::Usage;
use std::{
    io,
    mem::MaybeUninit,
    os::{
        fd::{FromRawFd, OwnedFd},
        unix::process::CommandExt,
    },
    process::Command,
};

/// Closes every descriptor but 0, 1 and 2: whatever our parent forgot to mark close-on-exec.
pub(crate) fn close_inherited_fds() {
    // SAFETY: called first thing in the keeper, before it has opened any descriptor that some object owns.
    unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
}

/// Has glibc return the memory of large buffers to the system when they are freed. By itself it keeps up to twice as much as the
/// largest one it has ever seen freed (`mallopt(3)`), and hashing a password takes 19 MiB. It does so in each of its arenas, of
/// which there are eight per core; so both numbers are below the size of the largest message (1 MiB), and above that of a
/// frame of output (256 KiB), which is faster without a system call.
#[cfg(feature = "host")]
pub fn return_large_buffers() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it sets two numbers of the allocator, under the allocator's own lock.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 512 << 10);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 1 << 20);
    }
}

/// The child's limit of open files (`RLIMIT_NOFILE`).
#[derive(Clone, Copy)]
pub(crate) enum OpenFiles {
    /// As the keeper's.
    Inherited,
    /// The soft limit alone; the hard one stays.
    Soft(u64),
    /// Both.
    Both(u64),
}

impl OpenFiles {
    /// The limit of a spec, where 0 means none; without it, the soft limit that the server began with.
    pub(crate) fn new(spec: u64, soft: Option<u64>) -> Self {
        match (spec, soft) {
            (0, None) => Self::Inherited,
            (0, Some(soft)) => Self::Soft(soft),
            (both, _) => Self::Both(both),
        }
    }
}

/// Prepares the child between fork and exec: a session of its own, default signals, and death with its keeper.
/// With a terminal, which must be its standard input, that becomes its controlling terminal.
pub(crate) fn prepare_child(command: &mut Command, terminal: bool, open_files: OpenFiles) {
    let prepare = move || {
        // SAFETY: plain system calls with constant arguments, all async-signal-safe (signal-safety(7)) and with
        // nothing to free; the child is single-threaded here and runs nothing else before exec.
        unsafe {
            for signal in 1..=LAST_SIGNAL {
                set_action(signal, libc::SIG_DFL);
            }
            let mut none = MaybeUninit::<libc::sigset_t>::uninit();
            libc::sigemptyset(none.as_mut_ptr());
            libc::sigprocmask(libc::SIG_SETMASK, none.as_ptr(), std::ptr::null_mut());
            if libc::setsid() < 0 {
                return Err(io::Error::last_os_error());
            }
            if terminal && libc::ioctl(0, libc::TIOCSCTTY, 0) < 0 {
                return Err(io::Error::last_os_error());
            }
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) < 0 {
                return Err(io::Error::last_os_error());
            }
            match open_files {
                OpenFiles::Inherited => {}
                OpenFiles::Soft(soft) => limit.rlim_cur = soft.min(limit.rlim_max),
                OpenFiles::Both(both) => (limit.rlim_cur, limit.rlim_max) = (both, both),
            }
            if libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) < 0 {
                return Err(io::Error::last_os_error());
            }
            libc::close_range(3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC as libc::c_int);
        }
        Ok(())
    };
    // SAFETY: the closure keeps to what a forked child may do, as said above.
    unsafe { command.pre_exec(prepare) };
}

const LAST_SIGNAL: libc::c_int = 64;

/// Sets what a signal does, to `SIG_DFL` or `SIG_IGN`, for any signal: the C library's own function leaves out those that
/// the library uses itself.
///
/// # Safety
/// The action must be one of these two.
unsafe fn set_action(signal: libc::c_int, action: libc::sighandler_t) {
    // The kernel's `sigaction`: the handler, flags, restorer and a mask of 64 bits, in the order of the architecture,
    // which matters to none of those that are zero.
    let action = [action as u64, 0, 0, 0];
    // SAFETY: the kernel reads at most these 32 bytes, and writes nothing.
    unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, action.as_ptr(), std::ptr::null_mut::<u64>(), 8_usize) };
}

/// A descriptor from which the arrival of `SIGCHLD` and `SIGTERM` is read (`signalfd(2)`). All other signals are ignored
/// from then on: a keeper has nothing to do with them, and must not end by them.
pub(crate) fn signal_fd() -> io::Result<OwnedFd> {
    // SAFETY: the set is initialised by sigemptyset before it is read; no handler is installed; the returned descriptor
    // is ours alone.
    unsafe {
        for signal in (1..=LAST_SIGNAL).filter(|signal| ![libc::SIGCHLD, libc::SIGTERM].contains(signal)) {
            set_action(signal, libc::SIG_IGN);
        }
        let mut set = MaybeUninit::<libc::sigset_t>::uninit();
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGCHLD);
        libc::sigaddset(set.as_mut_ptr(), libc::SIGTERM);
        if libc::sigprocmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut()) < 0 {
            return Err(io::Error::last_os_error());
        }
        match libc::signalfd(-1, set.as_ptr(), libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) {
            fd if fd < 0 => Err(io::Error::last_os_error()),
            fd => Ok(OwnedFd::from_raw_fd(fd)),
        }
    }
}

/// What all reaped descendants used together (`getrusage(2)`).
pub(crate) fn children_usage() -> Usage {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the struct is plain integers, zero is a valid value of it, and the kernel fills it in.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr());
        usage.assume_init()
    };
    let ms = |time: libc::timeval| time.tv_sec as u64 * 1000 + time.tv_usec as u64 / 1000;
    Usage { cpu_ms: ms(usage.ru_utime) + ms(usage.ru_stime), peak_memory_bytes: usage.ru_maxrss as u64 * 1024 }
}

/// Returns freed memory to the system, of which the allocator would keep a reserve (`malloc_trim(3)`).
pub(crate) fn return_free_memory() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it touches only memory that the allocator has been given back.
    unsafe {
        libc::malloc_trim(0)
    };
}
