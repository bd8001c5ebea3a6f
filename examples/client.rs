//! Runs a command on an Execdeck server as if it ran here: prints its output, passes Ctrl-C on, and exits with its code.
//!
//! ```sh
//! export EXECDECK_TOKEN=…
//! cargo run -p execdeck-client --example client -- http://127.0.0.1:3000 sh -c 'echo hello; sleep 5'
//! ```

use execdeck_client::{
    Client, StartAt,
    wire::{Exit, Frame, Process, ProcessSpec, Stream},
};
use std::{error::Error, io::Write, process::ExitCode};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(address), Some(program)) = (args.next(), args.next()) else {
        return Err("usage: client ADDRESS PROGRAM [ARGUMENT…]".into());
    };
    let token = std::env::var("EXECDECK_TOKEN").map_err(|_| "set EXECDECK_TOKEN to an API token")?;
    let client = Client::new(&address, &token)?;

    // From here on Ctrl-C stops the process, and not this program.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut process = client.create_process(&ProcessSpec::new(program, args)).await?;
    eprintln!("{} {}", process.id, process.state.as_str());

    let mut output = client.follow(process.id, StartAt::Offset(0)).await?;
    loop {
        tokio::select! {
            frame = output.next() => match frame? {
                Some(Frame::Output(Stream::Stderr, _, bytes)) => std::io::stderr().write_all(bytes)?,
                Some(Frame::Output(_, _, bytes)) => {
                    let mut stdout = std::io::stdout();
                    stdout.write_all(bytes)?;
                    stdout.flush()?;
                }
                Some(Frame::Gap(from, to, _)) => eprintln!("[{} bytes are missing]", to - from),
                Some(Frame::Process(now)) => process = *now,
                Some(Frame::Screen(..) | Frame::Viewers(_) | Frame::End(_)) => {}
                None => break,
            },
            // Its tree gets the stop signal, and KILL after the grace period; its last words are still printed.
            _ = interrupt.recv() => process = client.kill_process(process.id, None).await?,
        }
    }
    Ok(code(&process))
}

/// The code to exit with: that of the process, or what a shell makes of how it ended.
fn code(process: &Process) -> ExitCode {
    match &process.exit {
        Some(Exit::Code(code)) => ExitCode::from(u8::try_from(*code).unwrap_or(u8::MAX)),
        Some(Exit::Signal(signal)) => {
            eprintln!("ended by {signal}");
            ExitCode::from(128)
        }
        Some(Exit::Error(error)) => {
            eprintln!("{error}");
            ExitCode::from(127)
        }
        None => ExitCode::FAILURE,
    }
}
