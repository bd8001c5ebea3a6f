//! Many more processes than may be active, asked for at the same moment.

use super::{client::Execdeck, report};
use futures_util::future::join_all;
use serde_json::json;
use std::{
    cell::Cell,
    time::{Duration, Instant},
};

const REQUESTS: usize = 1000;
/// The pause between two looks at the list.
const PAUSE: Duration = Duration::from_millis(20);

/// How long the list takes while all of them are asked for and end, in milliseconds: the 99th of a hundred.
pub async fn queue() {
    let folder = std::env::temp_dir().join(format!("execdeck-bench-{}", uuid::Uuid::now_v7()));
    let deck = Execdeck::start_with(&folder, &[("EXECDECK_PROCESS_CONCURRENT", "20"), ("EXECDECK_LIMITS_PROCESSES", "0")]);
    let begin = Instant::now();
    let answered = Cell::new(Duration::ZERO);
    let ask = async {
        let created = join_all((0..REQUESTS).map(|_| deck.create(json!({ "program": "true" })))).await;
        answered.set(begin.elapsed());
        created
    };
    let look = async {
        let mut took = Vec::new();
        loop {
            let asked = Instant::now();
            let page = deck.call("list_processes", json!({})).await;
            took.push(asked.elapsed());
            if page["counts"]["ended"] == REQUESTS {
                return took;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let (created, mut took) = tokio::join!(ask, look);
    let ended = begin.elapsed();
    let queued = created.iter().filter(|process| process.queue_position.is_some()).count();
    took.sort();
    let absolute = format!(
        "list p50 {:.0} ms, p99 {:.0} ms; {queued} queued, all answered after {:.1} s, all ended after {:.1} s",
        took[took.len() / 2].as_secs_f64() * 1000.0,
        took[took.len() * 99 / 100].as_secs_f64() * 1000.0,
        answered.get().as_secs_f64(),
        ended.as_secs_f64()
    );
    report::figure("1,000 starts at once, 20 active", "", &absolute);
}
