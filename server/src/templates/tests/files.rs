use super::template;
use crate::templates::render;
use serde_json::json;

#[test]
fn a_file_is_looked_for_when_a_template_is_started() {
    let folder = std::env::temp_dir().join(format!("execdeck-test-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a b.log"), "").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.join("link")).unwrap();
    let path = folder.display().to_string();
    let print = template(&["{{file}}", &format!("{path}/{{{{file}}}}")], json!([{ "name": "file", "type": "file", "folder": path }]));
    let start = |file: &str| render(&print, &[("file".to_owned(), file.into())].into()).map(|rendered| rendered.spec.args);
    assert_eq!(start("a b.log").unwrap(), ["a b.log".to_owned(), format!("{path}/a b.log")]);
    for file in ["link", "../passwd", "none", "a%20b.log", "/etc/passwd", "a b.log/", "."] {
        assert_eq!(start(file).unwrap_err().field.as_deref(), Some("file"), "{file}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(start("a b.log").unwrap_err().message.contains("does not exist"));
}
