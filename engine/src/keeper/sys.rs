//! The few system calls that neither the standard library nor rustix offers safely. The only unsafe code of the project.
#![allow(unsafe_code)]

#[cfg(feature = "host")]
use crate::{confinement::Account, system_error::may_pass};
use rustix::{
    fs::{Gid, Uid},
    io::Errno,
    process::chdir,
    thread::{
        CapabilitySet, CapabilitySets, clear_ambient_capability_set, set_capabilities, set_thread_groups, set_thread_res_gid,
        set_thread_res_uid,
    },
};
use std::{
    ffi::CString,
    fs::File,
    io,
    mem::MaybeUninit,
    os::{
        fd::{AsRawFd, FromRawFd, OwnedFd},
        unix::process::CommandExt,
    },
    process::Command,
    time::Duration,
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

/// What the child does between fork and exec.
pub(crate) struct ChildSetup {
    /// Standard input is a terminal, which becomes the controlling one.
    pub terminal: bool,
    pub open_files: OpenFiles,
    /// Absent: the keeper's.
    pub user: Option<ChildUser>,
    pub no_new_privs: bool,
    /// A descriptor that the program inherits.
    pub kept: Option<OwnedFd>,
    /// The `cgroup.procs` of the control group that it enters.
    pub cgroup: Option<File>,
}

/// The user that the child becomes.
pub(crate) struct ChildUser {
    pub uid: u32,
    pub gid: u32,
    /// Entered as this user.
    pub folder: CString,
    /// If that fails, `/` is.
    pub or_root: bool,
}

impl ChildUser {
    fn become_it(&self) -> io::Result<()> {
        become_user(self.uid, self.gid).map_err(|error| staged(error, IN_USER))?;
        let entered = chdir(&*self.folder).or_else(|error| if self.or_root { chdir(c"/") } else { Err(error) });
        entered.map_err(|error| staged(error, IN_FOLDER))
    }
}

/// The supplementary groups become the one group, and all kinds of ids are set, so that nothing leads back. Any user but root is left
/// without capabilities: a change between two other users than root takes none away (`capabilities(7)`).
fn become_user(uid: u32, gid: u32) -> Result<(), Errno> {
    const NONE: CapabilitySets =
        CapabilitySets { effective: CapabilitySet::empty(), permitted: CapabilitySet::empty(), inheritable: CapabilitySet::empty() };
    let (user, group) = (Uid::from_raw(uid), Gid::from_raw(gid));
    set_thread_groups(&[group])?;
    set_thread_res_gid(group, group, group)?;
    set_thread_res_uid(user, user, user)?;
    if uid == 0 { Ok(()) } else { set_capabilities(None, NONE) }
}

/// Leaves a program without the ambient capabilities of the server, which are meant for the server alone.
fn clear_ambient() -> Result<(), Errno> {
    match clear_ambient_capability_set() {
        // The kernel has none.
        Err(Errno::INVAL) => Ok(()),
        cleared => cleared,
    }
}

/// Prepares a program that is tried out on behalf of a user, by uid and gid, or of the server's own: it has no other rights than a
/// process of theirs, and inherits the descriptor.
#[cfg(feature = "host")]
pub(crate) fn prepare_trial(command: &mut Command, user: Option<(u32, u32)>, kept: OwnedFd) {
    let prepare = move || {
        clear_ambient()?;
        user.map_or(Ok(()), |(uid, gid)| become_user(uid, gid))?;
        Ok(rustix::io::fcntl_setfd(&kept, rustix::io::FdFlags::empty())?)
    };
    // SAFETY: the closure makes plain system calls and allocates nothing, as a forked child may.
    unsafe { command.pre_exec(prepare) };
}

/// The standard library passes an error between fork and exec on as a number, so what failed is put into its high bits.
const IN_FOLDER: i32 = 1 << 16;
const IN_USER: i32 = 2 << 16;

fn staged(error: Errno, stage: i32) -> io::Error {
    io::Error::from_raw_os_error(error.raw_os_error() | stage)
}

/// The error of entering the working folder, if this is one.
pub(crate) fn in_folder(error: &io::Error) -> Option<io::Error> {
    at_stage(error, IN_FOLDER)
}

/// The error of becoming another user, if this is one.
pub(crate) fn in_user(error: &io::Error) -> Option<io::Error> {
    at_stage(error, IN_USER)
}

fn at_stage(error: &io::Error, stage: i32) -> Option<io::Error> {
    let number = error.raw_os_error().filter(|number| number >> 16 == stage >> 16)?;
    Some(io::Error::from_raw_os_error(number & 0xffff))
}

/// Prepares the child between fork and exec: a session of its own, default signals, no ambient capabilities, death with its keeper,
/// and what `setup` says.
pub(crate) fn prepare_child(command: &mut Command, setup: ChildSetup) {
    let ChildSetup { terminal, open_files, user, no_new_privs, kept, cgroup } = setup;
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
            if let Some(cgroup) = &cgroup
                && libc::write(cgroup.as_raw_fd(), c"0".as_ptr().cast(), 1) < 0
            {
                return Err(io::Error::last_os_error());
            }
            clear_ambient()?;
            user.as_ref().map_or(Ok(()), ChildUser::become_it)?;
            // A change of the user has undone it before.
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            if no_new_privs && libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 {
                return Err(io::Error::last_os_error());
            }
            libc::close_range(3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC as libc::c_int);
            if let Some(kept) = &kept {
                libc::fcntl(kept.as_raw_fd(), libc::F_SETFD, 0);
            }
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

/// User and system time of all reaped descendants together, and the resident memory of the largest of them, in bytes
/// (`getrusage(2)`).
pub(crate) fn children_usage() -> (Duration, u64) {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the struct is plain integers, zero is a valid value of it, and the kernel fills it in.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr());
        usage.assume_init()
    };
    let duration = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000);
    (duration(usage.ru_utime) + duration(usage.ru_stime), usage.ru_maxrss as u64 * 1024)
}

/// Returns freed memory to the system, of which the allocator would keep a reserve (`malloc_trim(3)`).
pub(crate) fn return_free_memory() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it touches only memory that the allocator has been given back.
    unsafe {
        libc::malloc_trim(0)
    };
}

/// A group as the system's database has it.
#[cfg(feature = "host")]
pub(crate) struct Group {
    pub name: String,
    pub gid: u32,
}

/// The buffer that an entry of the user database begins with, and the most that it may grow to, in bytes.
#[cfg(feature = "host")]
const ENTRY_BYTES: std::ops::RangeInclusive<usize> = 1 << 10..=1 << 20;

/// Calls one of the functions that fill in an entry and a buffer for its texts, with a larger one as long as it asks for that
/// (`getpwnam_r(3)`), and reads the entry before the buffer is freed. What may pass is an error; any other one means that there is no
/// such entry, for which the sources of the database return many.
#[cfg(feature = "host")]
fn look_up<E, T>(
    call: impl Fn(*mut E, *mut libc::c_char, usize, *mut *mut E) -> libc::c_int,
    read: impl Fn(&E) -> T,
) -> io::Result<Option<T>> {
    let mut size = *ENTRY_BYTES.start();
    loop {
        let mut buffer = vec![0; size];
        let (mut entry, mut found) = (MaybeUninit::<E>::uninit(), std::ptr::null_mut());
        match call(entry.as_mut_ptr(), buffer.as_mut_ptr(), buffer.len(), &raw mut found) {
            libc::ERANGE if size < *ENTRY_BYTES.end() => size *= 2,
            // SAFETY: on success `found` is null or the entry, filled in, whose texts are in the buffer.
            0 => return Ok(unsafe { found.as_ref() }.map(read)),
            number => return Some(io::Error::from_raw_os_error(number)).filter(may_pass).map_or(Ok(None), Err),
        }
    }
}

#[cfg(feature = "host")]
fn text(text: *const libc::c_char) -> String {
    // SAFETY: only called with the texts of an entry that `look_up` has found, which end with NUL.
    unsafe { std::ffi::CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

#[cfg(feature = "host")]
fn account(entry: &libc::passwd) -> Account {
    let (name, home, shell) = (text(entry.pw_name), text(entry.pw_dir), text(entry.pw_shell));
    Account { uid: entry.pw_uid, gid: entry.pw_gid, name, home, shell }
}

/// The user of a name, with the group that is the user's own. Waits for the system's database.
#[cfg(feature = "host")]
pub(crate) fn user_by_name(name: &str) -> io::Result<Option<Account>> {
    let Ok(name) = CString::new(name) else { return Ok(None) };
    // SAFETY: all pointers are valid for the call, and the length is the buffer's.
    look_up(|entry, buffer, length, found| unsafe { libc::getpwnam_r(name.as_ptr(), entry, buffer, length, found) }, account)
}

/// The user of a number.
#[cfg(feature = "host")]
pub(crate) fn user_by_id(uid: u32) -> io::Result<Option<Account>> {
    // SAFETY: as above.
    look_up(|entry, buffer, length, found| unsafe { libc::getpwuid_r(uid, entry, buffer, length, found) }, account)
}

/// The group of a name.
#[cfg(feature = "host")]
pub(crate) fn group_by_name(name: &str) -> io::Result<Option<Group>> {
    let Ok(name) = CString::new(name) else { return Ok(None) };
    // SAFETY: as above.
    look_up(|entry, buffer, length, found| unsafe { libc::getgrnam_r(name.as_ptr(), entry, buffer, length, found) }, group)
}

/// The group of a number.
#[cfg(feature = "host")]
pub(crate) fn group_by_id(gid: u32) -> io::Result<Option<Group>> {
    // SAFETY: as above.
    look_up(|entry, buffer, length, found| unsafe { libc::getgrgid_r(gid, entry, buffer, length, found) }, group)
}

#[cfg(feature = "host")]
fn group(entry: &libc::group) -> Group {
    Group { name: text(entry.gr_name), gid: entry.gr_gid }
}
