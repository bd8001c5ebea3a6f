//! The output of a process in other forms than its bytes.
//!
//! # Layout
//! `text`: what lines show, with or without their times. `cast`: a recording for asciinema.

mod cast;
mod text;

use crate::{attach::on_blocking_pool, engine::Engine, error::Error, log::Pieces, sizes::Sizes, viewer::Viewer};
use cast::CastWriter;
use std::io;
use text::TextWriter;
use uuid::Uuid;

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// What the lines show: without escape sequences, and what was overwritten after a carriage return as it was in the end.
    Text,
    /// The same, each line with the time at which it began.
    Times,
    /// A recording that asciinema plays: [asciicast v3](https://docs.asciinema.org/manual/asciicast/v3/).
    Asciicast,
}

/// About so many bytes are made at a time.
const AT_ONCE: usize = 256 << 10;

/// Output as it is being put into its form.
pub struct Export {
    work: Option<Box<Work>>,
    is_done: bool,
    viewer: Viewer,
}

struct Work {
    pieces: Pieces,
    writer: Writer,
}

enum Writer {
    Text(Box<TextWriter>),
    Cast(CastWriter),
}

impl Export {
    /// The next bytes, never none; `None` at the end. Cannot be cancelled: an error follows then.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.is_done {
            return Ok(None);
        }
        let Some(mut work) = self.work.take() else { return Err(self.viewer.reading_failed(io::ErrorKind::Interrupted.into())) };
        let run = move || Ok((work.next()?, work));
        let ((bytes, has_more), work) = on_blocking_pool(run).await.map_err(|error| self.viewer.reading_failed(error))?;
        (self.is_done, self.work) = (!has_more, Some(work));
        Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

impl Work {
    /// Some bytes, and whether there are more.
    fn next(&mut self) -> io::Result<(Vec<u8>, bool)> {
        let Self { pieces, writer } = self;
        let mut out = Vec::new();
        while out.len() < AT_ONCE {
            let more = pieces.next(|piece| match writer {
                Writer::Text(text) => text.write(piece, &mut out),
                Writer::Cast(cast) => cast.write(piece, &mut out),
            })?;
            if !more {
                match writer {
                    Writer::Text(text) => text.finish(&mut out),
                    Writer::Cast(cast) => cast.finish(&mut out),
                }
                return Ok((out, false));
            }
        }
        Ok((out, true))
    }
}

impl Engine {
    /// The output that there is now, in another form.
    pub async fn export(&self, id: Uuid, format: Format) -> Result<Export, Error> {
        let mut viewer = self.view(id).await?;
        let process = viewer.process();
        let writer = match format {
            Format::Text => Writer::Text(Box::new(TextWriter::new(false))),
            Format::Times => Writer::Text(Box::new(TextWriter::new(true))),
            Format::Asciicast => {
                let folder = viewer.log().folder;
                let sizes = on_blocking_pool(move || Sizes::of_log(&folder)).await.map_err(|error| viewer.reading_failed(error))?;
                Writer::Cast(CastWriter::new(&process, sizes))
            }
        };
        let work = Work { pieces: Pieces::new(viewer.log()), writer };
        Ok(Export { work: Some(Box::new(work)), is_done: false, viewer })
    }
}

/// What is said in the place of missing bytes.
fn gap_text(gap: execdeck_wire::LineGap) -> String {
    use execdeck_wire::GapReason;
    let why = match gap.reason {
        GapReason::Retention => "no longer stored",
        GapReason::Skipped => "skipped",
        GapReason::NotWritten => "not saved: the disk was full or failed",
        GapReason::Damaged => "damaged on the disk",
    };
    format!("{} bytes {why}", gap.to - gap.from)
}

/// Output as anybody may print it, after a byte that says where it is cut: as text it has no escape sequence, and as a recording it is JSON.
#[cfg(any(test, feature = "fuzzing"))]
pub fn fuzz_text(bytes: &[u8]) {
    use crate::{log::Piece, process::new_process};
    use execdeck_wire::{ProcessSpec, Stream};
    let Some((cut, printed)) = bytes.split_first() else { return };
    let (first, second) = printed.split_at(printed.len() * usize::from(*cut) / 256);
    let process = new_process(Uuid::nil(), ProcessSpec::default(), "", None);
    let (mut text, mut cast, mut plain, mut recording) =
        (TextWriter::new(false), CastWriter::new(&process, Sizes::default()), Vec::new(), Vec::new());
    for bytes in [first, second] {
        let piece = || Piece::Output { stream: Stream::Terminal, offset: 0, time_us: Some(0), bytes };
        text.write(piece(), &mut plain);
        cast.write(piece(), &mut recording);
    }
    text.finish(&mut plain);
    cast.finish(&mut recording);
    let plain = String::from_utf8(plain).expect("text is UTF-8");
    assert!(!plain.contains('\x1b'), "{plain:?}");
    for line in recording.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        serde_json::from_slice::<serde_json::Value>(line).expect("each line is JSON");
    }
}
