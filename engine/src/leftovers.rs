//! What dead keepers have left behind: processes whose environment has the id of a process in [`MARKER`].
//!
//! A search reads the environment of every process of the machine, so those that are asked for together are one search.

use crate::tree::{FREEZE_FOR, MARKER, Member, pids, signal_member, stat};
use rustix::process::Signal;
use std::{
    collections::{HashMap, HashSet},
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    sync::{Mutex as Turn, oneshot},
    task::spawn_blocking,
};

/// How long survivors of a dead keeper are looked for.
const KILL_FOR: Duration = Duration::from_secs(10);
/// The pause before survivors are looked for again; it doubles up to [`MAX_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// Searches for leftovers. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Leftovers(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// What is to be looked for from the next round on.
    asked: Mutex<Vec<Search>>,
    new: Condvar,
    /// Held by the thread that searches.
    turn: Arc<Turn<()>>,
}

/// What the keeper of one folder has left.
struct Search {
    folder: PathBuf,
    killed: HashSet<Member>,
    give_up: Instant,
    done: oneshot::Sender<usize>,
}

impl Search {
    fn id(&self) -> &[u8] {
        self.folder.file_name().unwrap_or_default().as_bytes()
    }
}

impl Leftovers {
    /// Kills what the dead keeper of a process's folder has left behind. It is suspended first, as in
    /// [`kill_descendants`](crate::tree::kill_descendants), and looked for again until none is left. Processes below a keeper of
    /// another folder are spared: in a copy of a data folder, they have the ids that they have in the original. Returns how many
    /// were killed.
    pub(crate) async fn kill(&self, folder: &Path) -> usize {
        let (done, mut killed) = oneshot::channel();
        let search = Search { folder: folder.to_owned(), killed: HashSet::new(), give_up: Instant::now() + KILL_FOR, done };
        self.0.asked.lock().unwrap_or_else(PoisonError::into_inner).push(search);
        self.0.new.notify_one();
        let turn = tokio::select! {
            biased;
            killed = &mut killed => return killed.unwrap_or(0),
            turn = Arc::clone(&self.0.turn).lock_owned() => turn,
        };
        let inner = Arc::clone(&self.0);
        spawn_blocking(move || {
            inner.search();
            drop(turn);
        });
        killed.await.unwrap_or(0)
    }
}

impl Inner {
    /// Searches for all that is asked for, until that is nothing.
    fn search(&self) {
        let (mut searches, mut pause) = (Vec::<Search>::new(), FIRST_PAUSE);
        loop {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            if !searches.is_empty() {
                let waited = self.new.wait_timeout_while(asked, pause, |asked| asked.is_empty());
                asked = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            searches.append(&mut asked);
            drop(asked);
            if searches.is_empty() {
                return;
            }
            let mut new = false;
            let (mut found, is_complete) = suspend(&searches);
            for member in found.values().flatten() {
                signal_member(*member, Signal::KILL);
            }
            for mut search in std::mem::take(&mut searches) {
                let found = found.remove(search.id()).unwrap_or_default();
                let is_over = found.is_empty() && is_complete || Instant::now() > search.give_up;
                let before = search.killed.len();
                search.killed.extend(found);
                new |= search.killed.len() > before;
                if is_over {
                    let _ = search.done.send(search.killed.len());
                } else {
                    searches.push(search);
                }
            }
            // Survivors that wait for the kernel are looked for ever less often.
            pause = if new { FIRST_PAUSE } else { (pause * 2).min(MAX_PAUSE) };
        }
    }
}

/// A search is over when it has found nothing new this often in a row: for a moment during `execve(2)` a process has no
/// environment, and one that forks the next and exits may fall between two looks.
const QUIET_PASSES: u32 = 5;

/// Suspends what is searched for, the newest first and each as soon as it is seen, until no more is found. Returns it by the id, and
/// whether nothing more was found for long enough.
fn suspend(searches: &[Search]) -> (HashMap<Vec<u8>, HashSet<Member>>, bool) {
    let folders: HashMap<_, _> = searches.iter().map(|search| (search.id(), search.folder.as_path())).collect();
    // The first look, at every process of the machine, takes as long as it takes.
    let mut give_up = None;
    // Pids are not used again within this short time, so a stranger need not be looked at twice.
    let (mut frozen, mut strangers, mut quiet) = (HashMap::<_, HashSet<_>>::new(), HashSet::new(), 0);
    while quiet < QUIET_PASSES && give_up.is_none_or(|give_up| Instant::now() < give_up) {
        quiet += 1;
        let mut pids: Vec<_> = pids().filter(|pid| !strangers.contains(pid)).collect();
        pids.sort_unstable_by(|a, b| b.cmp(a));
        for pid in pids {
            let Some((_, started)) = stat(pid) else { continue };
            let environment = environment(pid);
            let member = Member { pid, started };
            let mark = marks(&environment).find(|mark| folders.get(mark).is_some_and(|folder| !is_kept_elsewhere(pid, folder)));
            if let Some(mark) = mark {
                if frozen.entry(mark.to_owned()).or_default().insert(member) {
                    signal_member(member, Signal::STOP);
                    quiet = 0;
                }
            } else if !environment.is_empty() {
                strangers.insert(pid);
            }
        }
        give_up.get_or_insert_with(|| Instant::now() + FREEZE_FOR);
    }
    (frozen, quiet == QUIET_PASSES)
}

fn environment(pid: i32) -> Vec<u8> {
    fs::read(format!("/proc/{pid}/environ")).unwrap_or_default()
}

/// The ids in an environment.
fn marks(environment: &[u8]) -> impl Iterator<Item = &[u8]> {
    environment.split(|byte| *byte == 0).filter_map(|variable| variable.strip_prefix(MARKER.as_bytes())?.strip_prefix(b"="))
}

/// Whether a process is below the keeper of a folder of the same name in another place: `execdeck keep FOLDER` (`proc_pid_cmdline(5)`),
/// which itself carries no such mark, as whatever a process has started and calls itself so does.
fn is_kept_elsewhere(pid: i32, folder: &Path) -> bool {
    let id = folder.file_name().unwrap_or_default().as_bytes();
    let mut ancestor = pid;
    while let Some((parent, _)) = stat(ancestor).filter(|(parent, _)| *parent > 1) {
        ancestor = parent;
        let arguments = fs::read(format!("/proc/{ancestor}/cmdline")).unwrap_or_default();
        let mut arguments = arguments.split(|byte| *byte == 0).skip(1);
        let (verb, kept) = (arguments.next(), arguments.next().map(|kept| Path::new(OsStr::from_bytes(kept))));
        if verb == Some(b"keep")
            && kept.is_some_and(|kept| kept.file_name() == folder.file_name() && kept != folder)
            && !marks(&environment(ancestor)).any(|mark| mark == id)
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::descendants;
    use std::process::{Child, Command};

    #[tokio::test(flavor = "multi_thread")]
    async fn what_many_dead_keepers_have_left_is_found_in_one_search() {
        let ids = (0..40).map(|number| format!("many-{}-{number}", std::process::id()));
        let folders: Vec<_> = ids.map(|id| Path::new("/no/such/folder").join(id)).collect();
        let start = |folder: &PathBuf| Command::new("sleep").arg("93404").env(MARKER, folder.file_name().unwrap()).spawn().unwrap();
        let left: Vec<Child> = folders.iter().map(start).collect();
        let search = |folder: &PathBuf| Search {
            folder: folder.clone(),
            killed: HashSet::new(),
            give_up: Instant::now(),
            done: oneshot::channel().0,
        };
        let (found, _) = suspend(&folders.iter().map(search).collect::<Vec<_>>());
        let pids = |folder: &PathBuf| found[folder.file_name().unwrap().as_bytes()].iter().map(|member| member.pid as u32).collect();
        let pids: Vec<Vec<u32>> = folders.iter().map(pids).collect();
        assert_eq!(pids, left.iter().map(|child| vec![child.id()]).collect::<Vec<_>>());

        let leftovers = Leftovers::default();
        let kill = |folder: PathBuf| {
            let leftovers = leftovers.clone();
            async move { leftovers.kill(&folder).await }
        };
        let killed = folders.into_iter().map(kill).collect::<tokio::task::JoinSet<_>>().join_all().await;
        assert_eq!(killed, vec![1; left.len()]);
        for mut child in left {
            assert_eq!(child.wait().unwrap().code(), None);
        }
    }

    #[tokio::test]
    async fn what_another_folders_keeper_keeps_is_spared_and_what_a_dead_one_has_left_is_not() {
        let folder = std::env::temp_dir().join(format!("execdeck-tree-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let id = format!("process-{}", std::process::id());
        // Looks like a keeper, and starts something with a mark.
        fs::write(folder.join("keep"), format!("{MARKER}={id} sleep 93403 &\nwait\n")).unwrap();
        let original = folder.join("original").join(&id);
        let mut keeper = std::process::Command::new("sh").arg("keep").arg(&original).current_dir(&folder).spawn().unwrap();
        let marked = || {
            let members = descendants(keeper.id() as i32).into_iter();
            members.filter(|member| marks(&environment(member.pid)).any(|mark| mark == id.as_bytes())).count()
        };
        let deadline = Instant::now() + Duration::from_mins(1);
        while marked() == 0 {
            assert!(Instant::now() < deadline);
            std::thread::yield_now();
        }
        let leftovers = Leftovers::default();
        assert_eq!((leftovers.kill(&folder.join("copy").join(&id)).await, marked()), (0, 1));
        assert_eq!((leftovers.kill(&original).await, marked()), (1, 0));
        keeper.wait().unwrap();
        fs::remove_dir_all(&folder).unwrap();
    }
}
