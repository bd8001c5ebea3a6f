//! The WebSocket's frames: one kind byte, then fixed fields (integers little-endian), then bytes.
//!
//! | kind | fields | meaning |
//! |---|---|---|
//! | `01` `02` `03` | u64 offset, bytes | output of stdout, stderr, a terminal |
//! | `04` | u64 from, u64 to, u8 reason | gap: these bytes are missing for good |
//! | `05` | JSON of the Process | its state, first, at each change, and after 20 s of silence |
//! | `06` | u64 offset, u16 columns, u16 rows, bytes | the screen of a terminal that is still used, in escape codes; with `from=tail` it comes first, after the process |
//! | `07` | u64 offset | end: the process has ended and all its output was sent |
//! | `08` | JSON of the Viewers | who else watches, and who types: with `viewers=true`, first and at each change |

use super::{Process, TerminalSize};
use serde::{Deserialize, Serialize};

/// The subprotocol that both sides name in the handshake.
pub const SUBPROTOCOL: &str = "execdeck.v1";

/// Where output came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// The standard output pipe.
    Stdout = 1,
    /// The standard error pipe.
    Stderr = 2,
    /// The terminal, which has only one stream.
    Terminal = 3,
}

impl Stream {
    /// The stream with this number in frames and index records.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Stdout),
            2 => Some(Self::Stderr),
            3 => Some(Self::Terminal),
            _ => None,
        }
    }

    /// Its name, as in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Terminal => "terminal",
        }
    }
}

/// Why bytes are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// They were removed when the output passed its cap.
    Retention = 0,
    /// The viewer was too slow and asked for live output.
    Skipped = 1,
    /// They could not be written: the disk was full or failed.
    NotWritten = 2,
    /// They were written, and cannot be read any more: their file is damaged.
    Damaged = 3,
}

/// A frame from the server.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame<'a> {
    /// Bytes that begin at the offset.
    Output(Stream, u64, &'a [u8]),
    /// Bytes `from..to` are missing for good.
    Gap(u64, u64, GapReason),
    /// The process as it is now.
    Process(Box<Process>),
    /// A terminal as it is at the offset: escape codes that redraw it, with its modes, in a terminal of this size. The output at the
    /// offset follows.
    Screen(u64, TerminalSize, &'a [u8]),
    /// All output up to the offset was sent and the process has ended.
    End(u64),
    /// JSON of the [`Viewers`](crate::Viewers), for a viewer that has asked for it.
    Viewers(&'a str),
}

/// Why a frame could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Fewer bytes than its kind has.
    #[error("the frame is cut short")]
    Short,
    /// A kind that this version does not know.
    #[error("unknown frame kind {0:#04x}")]
    Kind(u8),
    /// The process in it is not valid JSON, in the words of the reader.
    #[error("the process in the frame cannot be read: {0}")]
    Json(String),
    /// The JSON in it is not UTF-8.
    #[error("the JSON in the frame is not UTF-8 text")]
    Text(#[from] std::str::Utf8Error),
}

impl<'a> Frame<'a> {
    /// The bytes of an output frame before the output itself.
    pub fn output_header(stream: Stream, offset: u64) -> [u8; 9] {
        let mut header = [0; 9];
        header[0] = stream as u8;
        header[1..].copy_from_slice(&offset.to_le_bytes());
        header
    }

    /// The frame as it goes over the wire.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Output(stream, offset, bytes) => {
                let mut frame = Self::output_header(*stream, *offset).to_vec();
                frame.extend_from_slice(bytes);
                frame
            }
            Self::Gap(from, to, reason) => {
                let mut frame = vec![4];
                frame.extend_from_slice(&from.to_le_bytes());
                frame.extend_from_slice(&to.to_le_bytes());
                frame.push(*reason as u8);
                frame
            }
            Self::Process(process) => {
                let mut frame = vec![5];
                let json = serde_json::to_vec(process);
                frame.extend_from_slice(&json.expect("a process is always valid JSON"));
                frame
            }
            Self::Screen(offset, size, bytes) => {
                let mut frame = vec![6];
                frame.extend_from_slice(&offset.to_le_bytes());
                frame.extend_from_slice(&size.cols.to_le_bytes());
                frame.extend_from_slice(&size.rows.to_le_bytes());
                frame.extend_from_slice(bytes);
                frame
            }
            Self::End(offset) => {
                let mut frame = vec![7];
                frame.extend_from_slice(&offset.to_le_bytes());
                frame
            }
            Self::Viewers(json) => [&[8], json.as_bytes()].concat(),
        }
    }

    /// Reads a frame as the server sent it.
    pub fn decode(frame: &'a [u8]) -> Result<Self, FrameError> {
        Self::decode_with(frame, |text| serde_json::from_str(text).map_err(|error| error.to_string()))
    }

    /// Reads a frame with another reader of JSON, whose error is a text. Fails as [`Frame::decode`] does.
    pub fn decode_with(frame: &'a [u8], read_json: fn(&str) -> Result<Process, String>) -> Result<Self, FrameError> {
        let number = |at: usize| -> Result<u64, FrameError> {
            let bytes = frame.get(at..at + 8).ok_or(FrameError::Short)?;
            Ok(u64::from_le_bytes(bytes.try_into().expect("eight bytes were taken")))
        };
        match *frame.first().ok_or(FrameError::Short)? {
            4 => {
                let reason = match frame.get(17).ok_or(FrameError::Short)? {
                    0 => GapReason::Retention,
                    1 => GapReason::Skipped,
                    3 => GapReason::Damaged,
                    _ => GapReason::NotWritten,
                };
                Ok(Self::Gap(number(1)?, number(9)?, reason))
            }
            5 => Ok(Self::Process(Box::new(read_json(std::str::from_utf8(&frame[1..])?).map_err(FrameError::Json)?))),
            6 => {
                let short = |at: usize| -> Result<u16, FrameError> {
                    let bytes = frame.get(at..at + 2).ok_or(FrameError::Short)?;
                    Ok(u16::from_le_bytes(bytes.try_into().expect("two bytes were taken")))
                };
                let size = TerminalSize { cols: short(9)?, rows: short(11)? };
                Ok(Self::Screen(number(1)?, size, frame.get(13..).ok_or(FrameError::Short)?))
            }
            7 => Ok(Self::End(number(1)?)),
            8 => Ok(Self::Viewers(std::str::from_utf8(&frame[1..])?)),
            kind => {
                let stream = Stream::from_byte(kind).ok_or(FrameError::Kind(kind))?;
                Ok(Self::Output(stream, number(1)?, frame.get(9..).ok_or(FrameError::Short)?))
            }
        }
    }
}

/// A text message from the viewer; binary ones are input as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// All output before this offset was processed.
    Ack {
        /// An absolute offset.
        offset: u64,
    },
    /// The viewer's terminal has this size.
    Resize {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
    /// No more input will come.
    CloseStdin {},
    /// Input that nobody has typed: the viewer's terminal answers a query of the program, or reports where the pointer is. It is
    /// taken if nobody else has typed last, and does not count as typing.
    Reply {
        /// The input.
        text: String,
    },
    /// Take over typing from the current writer; only for those who may.
    TakeOver {},
    /// Ask the current writer for permission to type. Granted after 15 seconds without an answer, unless they have said no before.
    AskToType {},
    /// Answer a viewer that asks to type.
    AnswerAsk {
        /// The viewer's number.
        viewer: u32,
        /// Whether they type from now on.
        accept: bool,
    },
}

impl ClientMessage {
    /// A resize to this size.
    pub const fn resize(size: TerminalSize) -> Self {
        Self::Resize { cols: size.cols, rows: size.rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_they_went() {
        for frame in [
            Frame::Output(Stream::Stderr, u64::MAX - 1, b"\xff\x00text"),
            Frame::Gap(1, 1 << 40, GapReason::NotWritten),
            Frame::Screen(1 << 40, TerminalSize { cols: 300, rows: 1 }, b"\x1bctext"),
            Frame::End(7),
            Frame::Viewers("{}"),
        ] {
            assert_eq!(Frame::decode(&frame.encode()).unwrap(), frame);
        }
        assert_eq!(Frame::Output(Stream::Stdout, 258, b"a").encode(), b"\x01\x02\x01\0\0\0\0\0\0a");
    }

    #[test]
    fn frames_that_are_cut_or_unknown_are_errors() {
        let screen = Frame::Screen(1, TerminalSize { cols: 2, rows: 3 }, b"");
        for whole in [Frame::Gap(1, 2, GapReason::Skipped), screen].map(|frame| frame.encode()) {
            for length in 0..whole.len() {
                assert!(Frame::decode(&whole[..length]).is_err(), "{length} bytes");
            }
        }
        assert!(matches!(Frame::decode(&[9, 0, 0]), Err(FrameError::Kind(9))));
    }

    #[test]
    fn client_messages_have_the_contracts_json() {
        let json = serde_json::to_string(&ClientMessage::Ack { offset: 5 }).unwrap();
        assert_eq!(json, r#"{"type":"ack","offset":5}"#);
        let close: ClientMessage = serde_json::from_str(r#"{"type":"close_stdin"}"#).unwrap();
        assert_eq!(close, ClientMessage::CloseStdin {});
        assert!(serde_json::from_str::<ClientMessage>(r#"{"type":"close_stdin","when":1}"#).is_err());
    }
}
