//! The program starts, serves its own pages and both of its Execdecks, and stops when it is told to.

use std::{
    error::Error,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// A console with an empty folder, which is killed at the end at the latest.
struct Console {
    child: Child,
    address: String,
    folder: PathBuf,
}

impl Console {
    fn start() -> Result<Self, Box<dyn Error>> {
        let folder = std::env::temp_dir().join(format!("release-console-{}", std::process::id()));
        let mut child = Command::new(env!("CARGO_BIN_EXE_release-console"))
            .env("CONSOLE_ADDRESS", "127.0.0.1:0")
            .env("CONSOLE_DATA", &folder)
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on http://").unwrap_or_default().to_owned();
        Ok(Self { child, address, folder })
    }

    /// The first line and the rest of the answer.
    fn get(&self, path: &str) -> Result<(String, String), Box<dyn Error>> {
        let mut connection = TcpStream::connect(&self.address)?;
        write!(connection, "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address)?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        let (first, rest) = answer.split_once("\r\n").ok_or("no answer")?;
        Ok((first.to_owned(), rest.to_owned()))
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn it_serves_its_own_pages_beside_two_execdecks_and_stops() -> Result<(), Box<dyn Error>> {
    let mut console = Console::start()?;
    for (path, status, text) in [
        ("/about", "200 OK", "An example of a Leptos app"),
        ("/nowhere", "404 Not Found", "The console has no such page"),
        ("/deck/healthz", "200 OK", ""),
        ("/lab/healthz", "200 OK", ""),
        // Only with another server to forward to.
        ("/far/healthz", "404 Not Found", "The console has no such page"),
        ("/deck/admin/exec", "303 See Other", "location: /sign-in?next=%2Fdeck%2Fadmin%2Fexec"),
    ] {
        let (first, rest) = console.get(path)?;
        assert!(first.ends_with(status) && rest.contains(text), "{path}: {first}\n{rest}");
    }
    Command::new("kill").args(["-TERM", &console.child.id().to_string()]).status()?;
    assert!(console.child.wait()?.success());
    Ok(())
}
