//! What is wrong with the server, and how full its disk is. Server only; `frontend/js/health.js` keeps both up to date.

use crate::{format, texts::t, wire::DiskUse};
use leptos::prelude::*;

/// The problems of the server, at the lower edge of the window, where they move nothing.
#[component]
pub(crate) fn ProblemNotes(problems: Vec<String>) -> impl IntoView {
    let none = problems.is_empty();
    view! {
        <div class="problems" role="alert" hidden=none>
            <ul>{problems.into_iter().map(|text| view! { <li>{text}</li> }).collect_view()}</ul>
        </div>
    }
}

/// How full the disk is, at the foot of the list.
#[component]
pub(crate) fn DiskNote(disk: Option<DiskUse>) -> impl IntoView {
    view! { <footer class="disk-use" hidden=disk.is_none()>{disk.map(|disk| disk_text(&disk))}</footer> }
}

fn disk_text(disk: &DiskUse) -> String {
    let DiskUse { output_bytes, database_bytes, free_bytes, .. } = *disk;
    let [output, history, free] = [output_bytes, database_bytes, free_bytes].map(format::size);
    t!("Output {output} · history {history} · {free} free", output, history, free)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_is_described_in_one_line() {
        let disk = DiskUse { output_bytes: 1_200_000_000, database_bytes: 3_000_000, free_bytes: 40_000_000_000, total_bytes: 0 };
        assert_eq!(disk_text(&disk), "Output 1.2 GB · history 3.0 MB · 40.0 GB free");
    }

    #[test]
    fn what_is_wrong_is_text_and_takes_no_place_while_nothing_is() {
        let markup = |problems: &[&str]| {
            let problems = problems.iter().map(|text| (*text).to_owned()).collect();
            Owner::new().with(|| view! { <ProblemNotes problems/> }.to_html())
        };
        assert!(markup(&[]).contains("hidden"));
        let shown = markup(&["No space left on /data <b>"]);
        assert!(shown.contains("No space left on /data &lt;b&gt;") && !shown.contains("hidden"), "{shown}");
    }
}
