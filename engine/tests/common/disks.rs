//! Small disks of a test's own: file systems in memory, and ext4 in a file, which can be broken.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Set for a test that runs itself again where it may mount.
const MAY_MOUNT: &str = "EXECDECK_TEST_MAY_MOUNT";

/// Runs a test again in mounts of its own: as root or, with a user namespace, as anybody else. True if this is that run.
pub fn may_mount(test: &str) -> bool {
    may_mount_as(test, &[&["--mount"], &["--user", "--map-root-user", "--mount"]])
}

/// The same for what takes root and loop devices. Without them the test is skipped, and says so.
pub fn may_mount_images(test: &str) -> bool {
    let may = rustix::process::geteuid().is_root() && Path::new("/dev/loop-control").exists();
    if !may {
        eprintln!("{test} is skipped: it takes root and loop devices");
        return false;
    }
    may_mount_as(test, &[&["--mount"]])
}

fn may_mount_as(test: &str, ways: &[&[&str]]) -> bool {
    if std::env::var_os(MAY_MOUNT).is_some() {
        return true;
    }
    let run = |options: &[&str]| {
        let mut unshare = Command::new("unshare");
        let test = [std::env::current_exe().unwrap().to_str().unwrap(), "--exact", test, "--nocapture"].map(str::to_owned);
        unshare.args(options).args(test).env(MAY_MOUNT, "1").output().expect("unshare (util-linux) is installed")
    };
    let probe = |options: &[&str]| Command::new("unshare").args(options).arg("true").output().is_ok_and(|probe| probe.status.success());
    let way = ways.iter().find(|way| probe(way));
    let done = run(way.expect("this test needs a small file system: run it as root, or allow user namespaces"));
    let output = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && output.contains("1 passed"), "{output}{}", String::from_utf8_lossy(&done.stderr));
    false
}

/// Gives a folder room for so many megabytes; the mount goes with the namespace.
pub fn mount_memory(folder: &Path, megabytes: u32) {
    let options = format!("size={megabytes}m,mode=700");
    run(Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder));
}

fn run(command: &mut Command) {
    let done = command.stdin(Stdio::null()).output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// An ext4 file system in a file, mounted on a folder.
pub struct Disk {
    image: PathBuf,
    folder: PathBuf,
}

/// What becomes of what was written and is still in memory (`EXT4_IOC_SHUTDOWN`).
#[derive(Clone, Copy)]
pub enum Loss {
    /// It is written out first.
    Nothing,
    /// It is lost, as when the power fails.
    Unsynced,
}

impl Disk {
    /// Creates one and mounts it. `folder` must exist; the image is beside it.
    pub fn new(folder: &Path, megabytes: u64) -> Self {
        let image = folder.with_extension("image");
        fs::File::create(&image).unwrap().set_len(megabytes << 20).unwrap();
        run(Command::new("mkfs.ext4").args(["-q", "-m", "0"]).arg(&image));
        let disk = Self { image, folder: folder.to_owned() };
        disk.mount();
        disk
    }

    /// Mounts it; what was written and synced before the power failed is there.
    pub fn mount(&self) {
        run(Command::new("mount").args(["-o", "loop"]).arg(&self.image).arg(&self.folder));
    }

    /// Fails every access from now on, like a device that is gone.
    pub fn fail(&self, loss: Loss) {
        let flag = match loss {
            Loss::Nothing => 0,
            Loss::Unsynced => 2,
        };
        let script = format!("open F, '<', $ARGV[0] or die; my $flag = pack('L', {flag}); ioctl(F, 0x8004587d, $flag) or die \"$!\\n\";");
        run(Command::new("perl").args(["-e", &script]).arg(&self.folder));
    }

    /// Makes it read-only, as the kernel does when it finds an error in it.
    pub fn become_read_only(&self) {
        // What is in memory only would be lost.
        run(Command::new("sync").arg("--file-system").arg(&self.folder));
        run(Command::new("mount").args(["-o", "remount,abort"]).arg(&self.folder));
        // The next attempt to write is what makes it so.
        let _ = fs::write(self.folder.join("last-straw"), "");
    }

    /// Whether it could be unmounted, since nobody uses it any more.
    pub fn unmount(&self) -> bool {
        Command::new("umount").arg(&self.folder).output().unwrap().status.success()
    }

    /// Puts a copy of it, mended, in its place, while others may still have files of the broken one open.
    pub fn replace(&mut self) {
        run(Command::new("umount").arg("--lazy").arg(&self.folder));
        let mended = self.image.with_extension("mended");
        fs::copy(&self.image, &mended).unwrap();
        // 1: errors were corrected.
        let checked = Command::new("e2fsck").arg("-fp").arg(&mended).output().unwrap();
        assert!(matches!(checked.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&checked.stdout));
        self.image = mended;
        self.mount();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.folder).output();
        let _ = fs::remove_file(&self.image);
        let _ = fs::remove_file(self.folder.with_extension("image"));
    }
}
