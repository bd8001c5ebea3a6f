//! Searching output that nobody waits for any more.

use crate::common::{DEADLINE, TestEngine, sh};
use execdeck_engine::{Pattern, PatternOptions};
use std::{
    sync::{Arc, mpsc},
    time::Instant,
};
use tokio::{runtime::Builder, task::spawn_blocking};

#[test]
fn what_a_search_holds_is_held_until_no_thread_searches_any_more() {
    let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let test = TestEngine::new().await;
        let (process, _) = test.run(sh("seq 1000")).await;
        let pattern = Pattern::new("7", PatternOptions::default()).unwrap();
        let mut search = test.engine.search(process.id, pattern, 1, 100).await.unwrap();
        // The only thread is busy, so the search waits for it.
        let (release, released) = mpsc::channel::<()>();
        drop(spawn_blocking(move || released.recv()));
        let held = Arc::new(());
        let given = Arc::clone(&held);
        tokio::select! {
            biased;
            _ = search.next(10, given) => panic!("there was no thread"),
            () = std::future::ready(()) => {}
        }
        drop(search);
        assert_eq!(Arc::strong_count(&held), 2, "it is still to be searched");
        drop(release);
        let give_up = Instant::now() + DEADLINE;
        while Arc::strong_count(&held) > 1 {
            assert!(Instant::now() < give_up);
            tokio::task::yield_now().await;
        }
    });
}
