//! What the server keeps of forms for a while, in memory only.

use execdeck_wire::{ApiError, ErrorCode, TemplateValues};
use hashlink::LruCache;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// How many starts are remembered.
const STARTS: usize = 10_000;
/// How long one is remembered.
const START_KEPT: Duration = Duration::from_mins(10);
/// For how many forms secrets are kept.
const FORMS: usize = 256;
/// How long they are kept.
const SECRETS_KEPT: Duration = Duration::from_mins(15);

/// A start, by whoever sent it, the form, and all that was entered.
type Mark = [u8; 32];
/// The process that a start has led to; empty while it is being started.
type Started = Arc<OnceCell<Uuid>>;
/// Secrets by their names, and since when they are kept.
type Secrets = (Instant, BTreeMap<String, String>);

/// What the server keeps of forms: which ones have started something, and the secrets of those that are not finished, since no page
/// contains a secret.
pub(crate) struct FormMemory {
    starts: Mutex<LruCache<Mark, (Instant, Started)>>,
    secrets: Mutex<LruCache<(Uuid, Uuid), Secrets>>,
}

impl Default for FormMemory {
    fn default() -> Self {
        Self { starts: Mutex::new(LruCache::new(STARTS)), secrets: Mutex::new(LruCache::new(FORMS)) }
    }
}

/// What a form is about to start, or to create.
pub(crate) struct Start<'a> {
    pub person: Uuid,
    pub key: Uuid,
    /// The nil id for what is no template.
    pub template: Uuid,
    pub values: &'a TemplateValues,
    pub reason: Option<&'a str>,
}

impl Start<'_> {
    fn mark(&self) -> Mark {
        let entered = serde_json::json!([self.values, self.reason]).to_string();
        let mut hash = Sha256::new();
        for id in [self.person, self.key, self.template] {
            hash.update(id.as_bytes());
        }
        hash.update(entered);
        hash.finalize().into()
    }
}

impl FormMemory {
    /// Starts a process, unless the same form has just done so with the same values: then it is that process. A browser gives the
    /// first request of a double click up, so the work is done whether or not anybody waits for it.
    pub(crate) async fn start_once(
        &self,
        start: &Start<'_>,
        work: impl Future<Output = Result<Uuid, ApiError>> + Send + 'static,
    ) -> Result<Uuid, ApiError> {
        let cell = self.cell(start.mark());
        let work = async move { cell.get_or_try_init(|| work).await.copied() };
        tokio::spawn(work)
            .await
            .unwrap_or_else(|_| Err(ApiError::new(ErrorCode::Unavailable, "Internal server error; see the server log.")))
    }

    fn cell(&self, mark: Mark) -> Started {
        let mut starts = self.starts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, cell)) = starts.get(&mark)
            && at.elapsed() < START_KEPT
        {
            return cell.clone();
        }
        let cell = Started::default();
        starts.insert(mark, (Instant::now(), cell.clone()));
        cell
    }

    /// Remembers what a form has led to under other values: it comes without its secrets once they are forgotten.
    pub(crate) fn remember_start(&self, start: &Start<'_>, process: Uuid) {
        let cell = Arc::new(OnceCell::new_with(Some(process)));
        self.starts.lock().unwrap_or_else(PoisonError::into_inner).insert(start.mark(), (Instant::now(), cell));
    }

    /// Keeps the secrets of a form until it is sent again, beside those that are kept already.
    pub(crate) fn keep_secrets(&self, person: Uuid, key: Uuid, secrets: BTreeMap<String, String>) {
        let mut kept = self.kept();
        let mut all = kept.remove(&(person, key)).map(|(_, secrets)| secrets).unwrap_or_default();
        all.extend(secrets);
        if !all.is_empty() {
            kept.insert((person, key), (Instant::now(), all));
        }
    }

    /// The secrets that are kept for a form.
    pub(crate) fn secrets(&self, person: Uuid, key: Uuid) -> BTreeMap<String, String> {
        self.kept().get(&(person, key)).map(|(_, secrets)| secrets.clone()).unwrap_or_default()
    }

    /// Forgets the secrets of a form that has done what it is for.
    pub(crate) fn forget_secrets(&self, person: Uuid, key: Uuid) {
        self.kept().remove(&(person, key));
    }

    /// What is kept, without what has been kept long enough.
    fn kept(&self) -> MutexGuard<'_, LruCache<(Uuid, Uuid), Secrets>> {
        let mut kept = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (at, _)| at.elapsed() < SECRETS_KEPT);
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn the_same_form_starts_once_and_another_value_is_another_start() {
        let (memory, count) = (FormMemory::default(), Arc::new(AtomicU32::new(0)));
        let (person, key, template) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let work = |fails: bool| {
            let count = count.clone();
            async move {
                tokio::task::yield_now().await;
                count.fetch_add(1, Ordering::SeqCst);
                if fails { Err(ApiError::new(ErrorCode::Unavailable, "full")) } else { Ok(Uuid::now_v7()) }
            }
        };
        let values = TemplateValues::from([("a".to_owned(), "1".into())]);
        let start = Start { person, key, template, values: &values, reason: None };
        assert!(memory.start_once(&start, work(true)).await.is_err());
        let (first, second) = tokio::join!(memory.start_once(&start, work(false)), memory.start_once(&start, work(false)));
        assert_eq!((first.unwrap(), count.load(Ordering::SeqCst)), (second.unwrap(), 2));
        for other in [
            Start { person: Uuid::now_v7(), ..Start { person, key, template, values: &values, reason: None } },
            Start { person, key: Uuid::now_v7(), template, values: &values, reason: None },
            Start { person, key, template, values: &values, reason: Some("again") },
            Start { person, key, template, values: &TemplateValues::new(), reason: None },
        ] {
            let before = count.load(Ordering::SeqCst);
            memory.start_once(&other, work(false)).await.unwrap();
            assert_eq!(count.load(Ordering::SeqCst), before + 1);
        }
        let (process, before) = (Uuid::now_v7(), count.load(Ordering::SeqCst));
        let known = Start { person, key, template, values: &values, reason: Some("known") };
        memory.remember_start(&known, process);
        assert_eq!((memory.start_once(&known, work(false)).await.unwrap(), count.load(Ordering::SeqCst)), (process, before));
    }

    #[test]
    fn secrets_are_kept_for_the_one_who_entered_them() {
        let (memory, person, key) = (FormMemory::default(), Uuid::now_v7(), Uuid::now_v7());
        memory.keep_secrets(person, key, [("A".to_owned(), "1".to_owned())].into());
        memory.keep_secrets(person, key, [("B".to_owned(), "2".to_owned())].into());
        assert_eq!(memory.secrets(person, key).len(), 2);
        assert!(memory.secrets(Uuid::now_v7(), key).is_empty() && memory.secrets(person, Uuid::now_v7()).is_empty());
        for _ in 0..FORMS {
            memory.keep_secrets(person, Uuid::now_v7(), [("A".to_owned(), "1".to_owned())].into());
        }
        assert!(memory.secrets(person, key).is_empty());
    }

    #[test]
    fn secrets_go_when_their_form_is_done_or_old() {
        let (memory, person, [done, old, new]) = (FormMemory::default(), Uuid::now_v7(), [(); 3].map(|()| Uuid::now_v7()));
        for key in [done, old, new] {
            memory.keep_secrets(person, key, [("A".to_owned(), "1".to_owned())].into());
        }
        memory.forget_secrets(person, done);
        assert!(memory.secrets(person, done).is_empty());
        // Looking at it makes it the freshest, and not younger.
        assert_eq!(memory.secrets(person, old).len(), 1);
        memory.secrets.lock().unwrap().get_mut(&(person, old)).unwrap().0 -= SECRETS_KEPT;
        assert_eq!(memory.secrets(person, new).len(), 1);
        assert_eq!(memory.secrets.lock().unwrap().len(), 1);
    }
}
