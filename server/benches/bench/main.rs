//! `make bench`: what Execdeck costs, each figure beside a bare measure of the same run, taken in turns.
//!
//! The bare server (`bare.rs`) does the same job without a keeper, a log or a history. Both are processes of their own,
//! release builds, spoken to over loopback by the same client.

mod bare;
mod client;
mod history;
mod memory;
mod queue;
mod report;
mod scale;
mod starts;
mod streams;

use client::Execdeck;

/// Rounds of each measure; the best of each side counts, which is the one that the machine disturbed least.
const ROUNDS: usize = 3;

/// The measures, by the names under which `make bench ONLY="pipe echo"` takes some of them.
const MEASURES: [&str; 11] = ["pipe", "replay", "many", "terminal", "stalled", "echo", "starts", "queue", "memory", "list", "scale"];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if words.first().is_some_and(|word| word == "bare") {
        return bare::serve();
    }
    if let Some(wrong) = words.iter().find(|word| !MEASURES.contains(&word.as_str())) {
        eprintln!("there is no measure {wrong:?}; there are: {}", MEASURES.join(" "));
        std::process::exit(2);
    }
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    runtime.block_on(async {
        report::head();
        let bare = bare::Bare::start();
        let deck = Execdeck::start();
        for name in MEASURES.into_iter().filter(|name| words.is_empty() || words.iter().any(|word| word == name)) {
            match name {
                "pipe" => streams::live_pipe(&deck, &bare).await,
                "replay" => streams::replay(&deck, &bare).await,
                "many" => streams::hundred_viewers(&deck, &bare).await,
                "terminal" => streams::live_terminal(&deck).await,
                "stalled" => streams::stalled_viewers(&deck).await,
                "echo" => streams::echo(&deck, &bare).await,
                "starts" => starts::starts(&deck).await,
                "queue" => queue::queue().await,
                "memory" => memory::idle().await,
                "list" => history::list_page().await,
                _ => scale::scale().await,
            }
        }
    });
}
