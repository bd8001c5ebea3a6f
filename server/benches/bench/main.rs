//! `make bench`: what Execdeck costs, each figure beside a bare measure of the same run, taken in turns.
//!
//! The bare server (`bare.rs`) does the same job without a keeper, a log or a history. Both are processes of their own,
//! release builds, spoken to over loopback by the same client.

mod bare;
mod client;
mod history;
mod memory;
mod report;
mod starts;
mod streams;

use client::Execdeck;

/// Rounds of each measure; the best of each side counts, which is the one that the machine disturbed least.
const ROUNDS: usize = 3;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "bare") {
        return bare::serve();
    }
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    runtime.block_on(async {
        report::head();
        let bare = bare::Bare::start();
        let deck = Execdeck::start();
        streams::live_pipe(&deck, &bare).await;
        streams::replay(&deck, &bare).await;
        streams::hundred_viewers(&deck, &bare).await;
        streams::live_terminal(&deck).await;
        streams::stalled_viewers(&deck).await;
        streams::echo(&deck, &bare).await;
        starts::starts(&deck).await;
        drop(deck);
        memory::idle().await;
        history::list_page().await;
    });
}
