//! What is known of this boot of the machine and the one before, for starting at boot what ran when the machine went down.
//!
//! `boot.json` names the boot in which an engine last used the folder. In another one, what is to be started again is entered
//! with the ids that it will have, before anything else happens to it. So an engine that is killed meanwhile starts none twice:
//! what has its new id in the history has been started.

use crate::{attach::on_blocking_pool, config::EngineConfig, folder::write_new, regular_file};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use uuid::Uuid;

/// Changes whenever the machine is started (`proc_sys_kernel(5)`).
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Its name in the data folder.
pub(crate) const BOOT_FILE: &str = "boot.json";

/// `boot.json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct BootFile {
    /// The boot in which an engine last used the folder; empty in a folder that was never used.
    #[serde(default)]
    boot_id: String,
    /// Processes that ended in it only because their keepers were told to end.
    #[serde(default)]
    stopped: Vec<Uuid>,
    /// What is being started again.
    #[serde(default)]
    pending: Vec<Pending>,
}

/// A process that ran, and the id of the one that is started instead.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub old: Uuid,
    pub new: Uuid,
}

/// What is known of this boot and the one before. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Boot(Arc<Inner>);

struct Inner {
    path: PathBuf,
    /// `None` where the system does not tell.
    id: Option<String>,
    file: Mutex<BootFile>,
}

impl Boot {
    pub(crate) fn open(config: &EngineConfig) -> Self {
        let path = config.folder.join(BOOT_FILE);
        let id = config.boot_id.clone().or_else(|| match fs::read_to_string(BOOT_ID) {
            Ok(id) => Some(id.trim().to_owned()),
            Err(error) => {
                tracing::warn!(%error, "whether the machine was started anew cannot be told; nothing is started at boot");
                None
            }
        });
        let file = read(&path).unwrap_or_else(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::error!(path = %path.display(), %error, "what ran before the last boot cannot be read; it is not started again");
            }
            BootFile::default()
        });
        Self(Arc::new(Inner { path, id, file: Mutex::new(file) }))
    }

    /// Whether an engine has used the folder in this boot already, as far as can be told.
    pub(crate) fn is_known(&self) -> bool {
        let file = self.0.file.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.id.as_ref().is_none_or(|id| file.boot_id == *id)
    }

    /// What is being started again.
    pub(crate) fn pending(&self) -> Vec<Pending> {
        self.0.file.lock().unwrap_or_else(PoisonError::into_inner).pending.clone()
    }

    /// Begins this boot: what was active when the machine went down is pending from now on, and so is what ended with its keeper.
    pub(crate) async fn begin(&self, active: Vec<Uuid>) {
        let id = self.0.id.clone().unwrap_or_default();
        let enter = move |file: &mut BootFile| {
            let stopped = std::mem::take(&mut file.stopped);
            let was_used = !std::mem::replace(&mut file.boot_id, id).is_empty();
            for old in active.into_iter().chain(stopped).filter(|_| was_used) {
                if file.pending.iter().all(|pending| pending.old != old) {
                    file.pending.push(Pending { old, new: Uuid::now_v7() });
                }
            }
        };
        self.change(enter).await;
    }

    /// Enters a process that ended only because its keeper was told to end, for the case that the machine is going down.
    pub(crate) async fn note_stopped(&self, id: Uuid) {
        let enter = move |file: &mut BootFile| {
            // One that is pending ended in the boot before.
            if !file.stopped.contains(&id) && file.pending.iter().all(|pending| pending.old != id) {
                file.stopped.push(id);
            }
        };
        self.change(enter).await;
    }

    /// Gives what is to be started another id, since the one that it had was used for a start that never happened.
    pub(crate) async fn renew(&self, old: Uuid) -> Uuid {
        let new = Uuid::now_v7();
        self.change(move |file| file.pending.iter_mut().filter(|pending| pending.old == old).for_each(|pending| pending.new = new)).await;
        new
    }

    /// These have been started again, or need not be.
    pub(crate) async fn forget(&self, old: HashSet<Uuid>) {
        if self.pending().iter().any(|pending| old.contains(&pending.old)) {
            self.change(move |file| file.pending.retain(|pending| !old.contains(&pending.old))).await;
        }
    }

    /// Changes the file. What cannot be written is logged, and holds for this engine.
    async fn change(&self, change: impl FnOnce(&mut BootFile) + Send + 'static) {
        let boot = self.clone();
        let written = on_blocking_pool(move || {
            let mut file = boot.0.file.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut file);
            replace(&boot.0.path, &file)
        });
        if let Err(error) = written.await {
            tracing::error!(path = %self.0.path.display(), %error, "what is to be started at boot could not be written");
        }
    }
}

fn read(path: &Path) -> io::Result<BootFile> {
    Ok(serde_json::from_slice(&regular_file::read(path)?)?)
}

/// The processes that are to be started again.
pub(crate) fn pending_in(path: &Path) -> io::Result<Vec<Uuid>> {
    Ok(read(path)?.pending.iter().map(|pending| pending.old).collect())
}

/// Replaces the file so that it holds after a power cut.
fn replace(path: &Path, file: &BootFile) -> io::Result<()> {
    let new = path.with_extension("json.new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_new(&new, &serde_json::to_vec(file)?)?;
    File::open(&new)?.sync_all()?;
    fs::rename(&new, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
