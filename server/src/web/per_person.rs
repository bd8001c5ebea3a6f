//! How much each person may use at once: requests a second, open streams, and bodies that are being received. Sessions and tokens of one person count together.

use crate::{access::AccessError, config::Limits};
use execdeck_wire::{ApiError, ErrorCode};
use hashlink::LruCache;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use uuid::Uuid;

/// How many people are remembered.
const REMEMBERED: usize = 10_000;

/// The most that one person may be sending at the same time, in bytes.
const MOST_RECEIVED: usize = 64 << 20;

/// A token bucket: it fills steadily, and each request takes one token.
struct Bucket {
    tokens: f64,
    at: Instant,
}

/// Counts what each person uses.
pub(crate) struct PerPerson {
    limits: Limits,
    buckets: Mutex<LruCache<Uuid, Bucket>>,
    sockets: Arc<Mutex<HashMap<Uuid, usize>>>,
    received: Mutex<HashMap<Uuid, usize>>,
}

/// One open stream of somebody, until it is dropped.
pub(crate) struct OpenSocket {
    sockets: Arc<Mutex<HashMap<Uuid, usize>>>,
    person: Uuid,
}

impl PerPerson {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, buckets: Mutex::new(LruCache::new(REMEMBERED)), sockets: Arc::default(), received: Mutex::default() }
    }

    /// Counts a request of somebody, or says when to try again.
    pub(crate) fn request(&self, person: Uuid) -> Result<(), AccessError> {
        self.request_at(person, Instant::now())
    }

    fn request_at(&self, person: Uuid, now: Instant) -> Result<(), AccessError> {
        if self.limits.requests_per_second == 0 {
            return Ok(());
        }
        let rate = f64::from(self.limits.requests_per_second);
        let burst = f64::from(self.limits.request_burst);
        let mut buckets = lock(&self.buckets);
        let bucket = buckets.entry(person).or_insert_with(|| Bucket { tokens: burst, at: now });
        bucket.tokens = (bucket.tokens + now.saturating_duration_since(bucket.at).as_secs_f64() * rate).min(burst);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            return Err(AccessError::TooManyRequests(((1.0 - bucket.tokens) / rate).ceil() as u64));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }

    /// Counts a stream that somebody opens.
    pub(crate) fn socket(&self, person: Uuid) -> Result<OpenSocket, ApiError> {
        let most = self.limits.sockets;
        let mut sockets = lock(&self.sockets);
        let open = sockets.entry(person).or_default();
        if most > 0 && *open >= most {
            let message = format!("You have {most} streams open, which is the most for one person (limits.sockets). Close a page.");
            return Err(ApiError::new(ErrorCode::LimitReached, message));
        }
        *open += 1;
        Ok(OpenSocket { sockets: self.sockets.clone(), person })
    }

    /// Counts so many bytes of a body that somebody sends, until they are [released](Self::release).
    pub(crate) fn receive(&self, person: Uuid, bytes: usize) -> Result<(), ApiError> {
        let mut received = lock(&self.received);
        let before = received.get(&person).copied().unwrap_or_default();
        if before + bytes > MOST_RECEIVED {
            let message = "You are sending too much at the same time. Try again when your other requests have been answered.";
            return Err(ApiError::new(ErrorCode::LimitReached, message));
        }
        received.insert(person, before + bytes);
        Ok(())
    }

    /// Counts bytes of a body no more.
    pub(crate) fn release(&self, person: Uuid, bytes: usize) {
        take_off(&mut lock(&self.received), person, bytes);
    }
}

impl Drop for OpenSocket {
    fn drop(&mut self) {
        take_off(&mut lock(&self.sockets), self.person, 1);
    }
}

fn take_off(counts: &mut HashMap<Uuid, usize>, person: Uuid, number: usize) {
    if let Some(count) = counts.get_mut(&person) {
        *count -= number;
        if *count == 0 {
            counts.remove(&person);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const ADA: Uuid = Uuid::from_u128(1);
    const BOB: Uuid = Uuid::from_u128(2);

    fn limited(sockets: usize, requests_per_second: u32, request_burst: u32) -> PerPerson {
        PerPerson::new(Limits { processes: 0, sockets, requests_per_second, request_burst })
    }

    #[test]
    fn a_burst_is_followed_by_the_rate_and_others_are_not_affected() {
        let counted = limited(0, 10, 5);
        let begin = Instant::now();
        let accepted = |person, now| (0..100).take_while(|_| counted.request_at(person, now).is_ok()).count();
        assert_eq!((accepted(ADA, begin), accepted(BOB, begin)), (5, 5));
        let wait = counted.request_at(ADA, begin).unwrap_err().retry_seconds();
        assert_eq!((wait, accepted(ADA, begin + Duration::from_millis(99))), (Some(1), 0));
        assert_eq!(accepted(ADA, begin + Duration::from_millis(350)), 3);
        assert_eq!(accepted(ADA, begin + Duration::from_hours(1)), 5);
        let steady = (0..1000).filter(|number| counted.request_at(BOB, begin + Duration::from_millis(number * 100 + 1000)).is_ok());
        assert_eq!(steady.count(), 1000, "the rate itself can be kept up");
    }

    #[test]
    fn what_is_closed_can_be_opened_again_and_zero_is_no_limit() {
        let counted = limited(2, 0, 0);
        let open = [counted.socket(ADA).unwrap(), counted.socket(ADA).unwrap()];
        assert_eq!(counted.socket(ADA).err().unwrap().code, ErrorCode::LimitReached);
        drop(counted.socket(BOB).unwrap());
        drop(open);
        assert!(counted.socket(ADA).is_ok() && lock(&counted.sockets).is_empty());
        let free = limited(0, 0, 0);
        let held: Vec<_> = (0..1000).map(|_| free.socket(ADA).unwrap()).collect();
        assert!(held.len() == 1000 && (0..10_000).all(|_| free.request(ADA).is_ok()));
    }
}
