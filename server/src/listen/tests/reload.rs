//! A certificate is renewed while the server runs.

use super::*;

impl Running {
    /// Which of the certificates a new connection gets.
    async fn serves(&self, pair: &Pair) -> bool {
        let Ok(stream) = self.tls_with(pair).await else { return false };
        assert!(ask(stream, "/", "").await.starts_with("HTTP/1.1 200"));
        true
    }

    async fn eventually_serves(&self, pair: &Pair) {
        within(async {
            while !self.serves(pair).await {
                sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
    }

    /// Handshakes all the time, and each one succeeds with this certificate.
    async fn keeps_serving(&self, pair: &Pair, duration: Duration) {
        let began = std::time::Instant::now();
        while began.elapsed() < duration {
            assert!(self.serves(pair).await, "after {:?}", began.elapsed());
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// As ACME clients do it: a new file takes the place of the old one.
fn replace(path: &Path, content: &str) {
    let new = path.with_extension("new");
    fs::write(&new, content).unwrap();
    fs::rename(new, path).unwrap();
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_up_and_open_connections_stay() {
    let server = Running::https().await;
    let (renewed, files) = (Pair::new(), server.folder.files());
    let open = server.tls().await;
    replace(&files.certificate, &renewed.certificate);
    replace(&files.key, &renewed.key);
    server.eventually_serves(&renewed).await;
    assert!(!server.serves(&server.pair).await);
    assert!(ask(open, "/", "").await.starts_with("HTTP/1.1 200"));
    // In place, as an editor or `cp` does.
    fs::write(&files.key, &server.pair.key).unwrap();
    fs::write(&files.certificate, &server.pair.certificate).unwrap();
    server.eventually_serves(&server.pair).await;
}

#[tokio::test]
async fn no_handshake_fails_while_the_files_do_not_belong_together() {
    let server = Running::https().await;
    let (renewed, files) = (Pair::new(), server.folder.files());
    replace(&files.certificate, &renewed.certificate);
    server.keeps_serving(&server.pair, Duration::from_secs(7)).await;
    replace(&files.key, &renewed.key);
    server.eventually_serves(&renewed).await;
}

#[tokio::test]
async fn files_that_are_broken_or_gone_change_nothing_until_they_are_right() {
    let server = Running::https().await;
    let files = server.folder.files();
    fs::write(&files.certificate, &server.pair.certificate[..200]).unwrap();
    server.keeps_serving(&server.pair, Duration::from_secs(5)).await;
    fs::remove_file(&files.certificate).unwrap();
    fs::remove_file(&files.key).unwrap();
    server.keeps_serving(&server.pair, Duration::from_secs(5)).await;
    let renewed = Pair::new();
    fs::write(&files.key, &renewed.key).unwrap();
    fs::write(&files.certificate, &renewed.certificate).unwrap();
    server.eventually_serves(&renewed).await;
}

#[tokio::test]
async fn a_link_that_is_moved_is_followed() {
    let server = Running::https().await;
    let (renewed, files, folder) = (Pair::new(), server.folder.files(), server.folder.path());
    for (pair, name) in [(&server.pair, "old"), (&renewed, "new")] {
        fs::create_dir(folder.join(name)).unwrap();
        fs::write(folder.join(name).join("cert.pem"), &pair.certificate).unwrap();
        fs::write(folder.join(name).join("key.pem"), &pair.key).unwrap();
    }
    // As Kubernetes mounts secrets: the folder that the files' links lead through is switched in one step.
    let current = folder.join("current");
    std::os::unix::fs::symlink("old", &current).unwrap();
    for file in [&files.certificate, &files.key] {
        fs::remove_file(file).unwrap();
        std::os::unix::fs::symlink(Path::new("current").join(file.file_name().unwrap()), file).unwrap();
    }
    server.keeps_serving(&server.pair, Duration::from_secs(5)).await;
    std::os::unix::fs::symlink("new", folder.join("switch")).unwrap();
    fs::rename(folder.join("switch"), &current).unwrap();
    server.eventually_serves(&renewed).await;
}
