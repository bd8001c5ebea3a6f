//! Files below a folder.

use super::text;
use std::{
    fs::{self, DirEntry},
    io,
    path::{Component, Path, PathBuf},
};

/// The most files that are listed.
const MAX_LISTED: usize = 1000;
/// The most entries that are looked at for a list, so that a huge folder keeps nobody waiting.
const MAX_VISITED: usize = 20_000;
/// How deep below the folder files are looked for.
const MAX_DEPTH: usize = 16;

/// Refuses a path that is not plainly below a folder, without looking at the disk.
pub(super) fn check_path(path: &str) -> Result<(), String> {
    text::check_length(path)?;
    text::check_line(path)?;
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    // `components` skips what is empty and what is a dot.
    if !plain || path.split('/').any(|part| part.is_empty() || part == ".") {
        return Err("Enter the path of a file relative to the folder, without . and .. in it.".into());
    }
    Ok(())
}

/// Refuses what is not a file below the folder at this moment. Links are followed, and may not lead out of it.
pub(super) fn check_file(folder: &str, path: &str) -> Result<(), String> {
    check_path(path)?;
    let folder = Path::new(folder).canonicalize().map_err(|error| unreadable(folder, &error))?;
    let is_below = |file: PathBuf| file.starts_with(&folder) && file.is_file();
    // A file outside is answered as one that does not exist.
    if folder.join(path).canonicalize().is_ok_and(is_below) { Ok(()) } else { Err(format!("There is no file {path:?} in the folder.")) }
}

fn unreadable(folder: &str, error: &io::Error) -> String {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "does not exist",
        io::ErrorKind::PermissionDenied => "may not be read by the server",
        _ => "cannot be read",
    };
    format!("The folder {folder} {why}.")
}

/// The files below a folder, sorted, relative to it: 1000 at most. Blocks.
pub fn list_files(folder: &str) -> Result<Vec<String>, String> {
    let root = Path::new(folder).canonicalize().map_err(|error| unreadable(folder, &error))?;
    fs::read_dir(&root).map_err(|error| unreadable(folder, &error))?;
    let (mut files, mut folders, mut visited) = (Vec::new(), vec![(root.clone(), 0)], 0);
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            visited += 1;
            if visited > MAX_VISITED || files.len() == MAX_LISTED {
                files.sort();
                return Ok(files);
            }
            // Links to folders are not followed: they may lead in a circle.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if depth < MAX_DEPTH {
                    folders.push((entry.path(), depth + 1));
                }
            } else {
                files.extend(file_below(&root, &entry));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The path of an entry relative to the root, if it could be chosen.
fn file_below(root: &Path, entry: &DirEntry) -> Option<String> {
    let path = entry.path();
    let inside = path.canonicalize().is_ok_and(|file| file.starts_with(root) && file.is_file());
    let relative = path.strip_prefix(root).ok()?.to_str()?;
    (inside && check_path(relative).is_ok()).then(|| relative.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// `in/` with files and links in it, and a secret outside of it.
    fn folder() -> Folder {
        let folder = Folder(std::env::temp_dir().join(format!("execdeck-test-{}", uuid::Uuid::now_v7())));
        let inside = folder.0.join("in");
        fs::create_dir_all(inside.join("sub/deep")).unwrap();
        for file in ["in/a.log", "in/sub/b c.log", "in/sub/deep/é.log", "in/-rf", "in/x\ny", "in/..a", "secret"] {
            fs::write(folder.0.join(file), "").unwrap();
        }
        symlink(folder.0.join("secret"), inside.join("out")).unwrap();
        symlink(&folder.0, inside.join("up")).unwrap();
        symlink("a.log", inside.join("link.log")).unwrap();
        symlink(".", inside.join("circle")).unwrap();
        symlink("/nowhere", inside.join("dangling")).unwrap();
        folder
    }

    #[test]
    fn a_file_is_below_its_folder_whatever_its_path_says() {
        let folder = folder();
        let inside = folder.0.join("in").display().to_string();
        for path in ["a.log", "sub/b c.log", "sub/deep/é.log", "-rf", "link.log", "..a", "circle/a.log"] {
            check_file(&inside, path).unwrap();
        }
        let absolute = folder.0.join("in/a.log").display().to_string();
        for path in [
            "",
            ".",
            "..",
            "/",
            "../secret",
            "sub/../a.log",
            "./a.log",
            "sub//b c.log",
            "a.log/",
            "sub",
            "sub/",
            "out",
            "up/secret",
            "dangling",
            "up/in/a.log/../../secret",
            "..%2Fsecret",
            "%2e%2e/secret",
            "a.log\0",
            "x\ny",
            "none",
            "~/a",
            &absolute,
            "/etc/passwd",
            &"x".repeat(5000),
            &"a/".repeat(2000),
        ] {
            let error = check_file(&inside, path).unwrap_err();
            assert!(error.ends_with('.'), "{path:?}: {error}");
        }
        assert!(check_file("/nowhere/at/all", "a").unwrap_err().contains("does not exist"));
    }

    #[test]
    fn what_is_listed_can_be_chosen_and_is_bounded() {
        let folder = folder();
        let inside = folder.0.join("in").display().to_string();
        let files = list_files(&inside).unwrap();
        assert_eq!(files, ["-rf", "..a", "a.log", "link.log", "sub/b c.log", "sub/deep/é.log"]);
        for file in &files {
            check_file(&inside, file).unwrap();
        }
        for number in 0..1100 {
            fs::write(folder.0.join(format!("in/{number}.txt")), "").unwrap();
        }
        assert_eq!(list_files(&inside).unwrap().len(), 1000);
        assert!(list_files("/nowhere/at/all").is_err() && list_files(&format!("{inside}/a.log")).is_err());
    }
}
