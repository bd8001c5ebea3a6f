use std::path::Path;

/// The files below a folder that hold the text.
fn files_with(text: &str, folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(text, &path));
        } else if std::fs::read_to_string(&path).unwrap().contains(text) {
            found.push(path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap().display().to_string());
        }
    }
    found
}

#[test]
fn only_the_facade_knows_the_engine() {
    let found = files_with("execdeck_engine", &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    // `main` becomes a keeper before it is anything else.
    let others: Vec<_> = found.iter().filter(|file| !file.starts_with("deck/") && *file != "main.rs").collect();
    assert!(found.iter().any(|file| file == "deck/mod.rs") && others.is_empty(), "{others:?}");
}
