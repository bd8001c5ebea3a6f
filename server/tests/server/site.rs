//! The files of the page.

use crate::{
    common::{TempFolder, within},
    support::{Server, client},
};
use reqwest::{Response, header};

async fn get(url: String, encodings: &str) -> Response {
    within(client().get(url).header(header::ACCEPT_ENCODING, encodings).send()).await.unwrap()
}

/// The addresses of this build's files that a document names.
fn files_in(document: &str) -> Vec<&str> {
    let mut files: Vec<_> = document.split('"').filter(|text| text.contains("/pkg/") && !text.contains(' ')).collect();
    files.sort_unstable();
    files.dedup();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn every_file_that_a_page_names_is_there_and_kept_for_good() {
    for base in ["", "/tools/deck"] {
        let folder = TempFolder::new();
        let server = Server::start_with(folder.path(), &[("EXECDECK_SERVER_BASE_PATH", base)]);
        let document = get(server.url("/admin/exec"), "").await.text().await.unwrap();
        let files = files_in(&document);
        for wanted in ["execdeck.js", "execdeck_bg.wasm", "execdeck.css"] {
            assert!(files.iter().any(|file| file.ends_with(wanted)), "{wanted} in {files:?}");
        }
        for file in files {
            assert!(file.starts_with(&format!("{base}/pkg/")), "{file}");
            let response = get(format!("http://{}{file}", server.address), "gzip, br;q=1.0").await;
            assert_eq!(response.status(), 200, "{file}");
            assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable", "{file}");
            assert_eq!(response.headers()[header::VARY], "accept-encoding", "{file}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_asks_at_once_for_its_own_part_of_the_code() {
    let folder = TempFolder::new();
    let server = Server::start(folder.path());
    for (path, part) in [("/admin/exec", "list_route"), ("/admin/exec/new", "new_route")] {
        let document = get(server.url(path), "").await.text().await.unwrap();
        let (head, _) = document.split_once("</head>").unwrap();
        assert!(files_in(head).iter().any(|file| file.contains(part)), "{part} in {:?}", files_in(head));
        assert_eq!(files_in(head).iter().filter(|file| file.contains("_route")).count(), 1, "{:?}", files_in(head));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_another_build_are_not_found() {
    let folder = TempFolder::new();
    let server = Server::start(folder.path());
    for path in ["/pkg/0.1.0-0123456789abcdef/execdeck.js", "/pkg/execdeck.js", "/pkg/../Cargo.toml"] {
        assert_eq!(get(server.url(path), "").await.status(), 404, "{path}");
    }
}
