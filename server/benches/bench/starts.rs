//! From the wish to the known end.

use super::{ROUNDS, client::Execdeck, report};
use serde_json::json;
use std::{
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

const STARTS: usize = 400;
const AT_ONCE: usize = 8;

fn bare_round() -> f64 {
    let begin = Instant::now();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::Relaxed) < STARTS {
                    Command::new("true").status().expect("true is there");
                }
            });
        }
    });
    begin.elapsed().as_secs_f64()
}

async fn round(deck: &Execdeck) -> f64 {
    let begin = Instant::now();
    let next = AtomicUsize::new(0);
    let worker = async || {
        while next.fetch_add(1, Ordering::Relaxed) < STARTS {
            let process = deck.create(json!({ "program": "true" })).await;
            let mut state = process.state;
            while state.is_active() {
                tokio::time::sleep(Duration::from_millis(1)).await;
                let now = deck.call("get_process", json!({ "id": process.id })).await;
                state = serde_json::from_value(now["state"].clone()).expect("a state");
            }
        }
    };
    futures_util::future::join_all((0..AT_ONCE).map(|_| worker())).await;
    begin.elapsed().as_secs_f64()
}

pub async fn starts(deck: &Execdeck) {
    let (mut ours, mut theirs) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        theirs = theirs.min(bare_round());
        ours = ours.min(round(deck).await);
    }
    let absolute = format!("{:.0} of {:.0} per second; target 150", STARTS as f64 / ours, STARTS as f64 / theirs);
    report::row("start to exit known, over HTTP, 8 at once", theirs / ours, "", &absolute);
}
