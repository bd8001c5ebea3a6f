//! `execdeck-keep keep DIR`: the keeper of one process, as a program of its own that is a fraction of the server's size.

fn main() -> std::process::ExitCode {
    execdeck_engine::keep_if_asked();
    eprintln!("execdeck-keep is started by execdeck: execdeck-keep keep FOLDER");
    std::process::ExitCode::FAILURE
}
