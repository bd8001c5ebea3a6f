//! The seed of a run: what is random follows from it, so that a run that failed can be made again.

use std::{
    io::Write,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Names the seed of the next run.
pub const VARIABLE: &str = "EXECDECK_SEED";
/// Set for the long runs of `make soak`.
const SOAK: &str = "EXECDECK_SOAK";

/// The one of these for this run: the first for `make test`, the second for `make soak`.
pub fn scale<T>(short: T, soak: T) -> T {
    if std::env::var_os(SOAK).is_some() { soak } else { short }
}

/// A seed, which is printed at the start of a run and again if it fails.
pub struct Seed {
    test: &'static str,
    value: u64,
}

impl Seed {
    /// The seed that the environment names, or a new one.
    pub fn new(test: &'static str) -> Self {
        let given = std::env::var(VARIABLE).ok();
        let value = given.map_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0, |text| text.parse().expect("EXECDECK_SEED is a number"));
        let seed = Self { test, value };
        seed.print("runs");
        seed
    }

    pub fn value(&self) -> u64 {
        self.value
    }

    pub fn random(&self) -> Random {
        Random(Arc::new(Mutex::new(self.value)))
    }

    /// Prints it even if the test passes, whose output is not shown otherwise.
    fn print(&self, what: &str) {
        let _ = writeln!(std::io::stderr(), "{} {what} with {VARIABLE}={}", self.test, self.value);
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.print("failed");
        }
    }
}

/// Random numbers (`splitmix64`); clones continue the same sequence.
#[derive(Clone)]
pub struct Random(Arc<Mutex<u64>>);

impl Random {
    pub fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in the range, which must not be empty.
    pub fn within(&self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    /// True once in so many times.
    pub fn once_in(&self, times: u64) -> bool {
        self.next().is_multiple_of(times)
    }

    pub fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        let length = from.len() as u64;
        (length > 0).then(|| &from[self.within(0..length) as usize])
    }

    /// A time of so many milliseconds.
    pub fn millis(&self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.within(range))
    }
}
