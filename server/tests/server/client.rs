//! The client of Rust programs: its calls, streams, events and output.

use crate::{
    common::{TempFolder, within},
    support::{Server, ada, server},
};
use execdeck_client::{
    Client, ClientError, Event, Follow, Mode, ProcessStream, StartAt,
    wire::{ApiError, AuditFilter, ErrorCode, Exit, Frame, Process, ProcessFilter, ProcessSpec, ProcessState, Template, TerminalSize},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A client that is signed in as ada.
pub fn deck(server: &Server) -> Client {
    Client::new(&server.url(""), &ada().token).unwrap()
}

pub fn sh(script: &str) -> ProcessSpec {
    ProcessSpec { program: "sh".into(), args: vec!["-c".into(), script.into()], ..ProcessSpec::default() }
}

/// What a process has printed, followed from the start to the end, and the process as it was then.
pub async fn followed(follow: &mut Follow) -> (Vec<u8>, Process) {
    let (mut output, mut process, mut end) = (Vec::new(), None, None);
    while let Some(frame) = within(follow.next()).await.unwrap() {
        match frame {
            Frame::Output(_, offset, bytes) => {
                assert_eq!(offset, output.len() as u64, "every byte once and in order");
                output.extend_from_slice(bytes);
            }
            Frame::Process(now) => process = Some(*now),
            Frame::Screen(..) | Frame::Viewers(_) => panic!("no terminal, and not asked for"),
            Frame::End(offset) => end = Some(offset),
            Frame::Gap(from, to, reason) => panic!("{from} to {to}: {reason:?}"),
        }
    }
    assert_eq!((end, follow.position()), (Some(output.len() as u64), Some(output.len() as u64)));
    (output, process.unwrap())
}

async fn ended(client: &Client, id: Uuid) -> Process {
    followed(&mut within(client.follow(id, StartAt::Offset(0))).await.unwrap()).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_are_created_found_stopped_run_again_and_removed() {
    let folder = TempFolder::new();
    let server = Server::start_with(folder.path(), &[("EXECDECK_SERVER_BASE_PATH", "/tools/deck")]);
    let client = deck(&server);
    assert!(client.address().ends_with("/tools/deck"));
    let me = within(client.whoami()).await.unwrap();
    assert_eq!(me.name, "ada");
    let process =
        within(client.create_process(&ProcessSpec { stdin: true, ..sh("read line; echo got $line; sleep 94020") })).await.unwrap();
    assert_eq!(process.state, ProcessState::Running);
    assert_eq!(within(client.get_process(process.id)).await.unwrap().pid, process.pid);
    let active = ProcessFilter { state: Some("active".parse().unwrap()), ..ProcessFilter::default() };
    let page = within(client.list_processes(&active)).await.unwrap();
    assert_eq!((page.processes.len(), page.processes[0].id), (1, process.id));
    within(client.write_input(process.id, "it\n")).await.unwrap();
    let mut stream = within(client.stream(process.id, StartAt::Tail, Mode::Live)).await.unwrap();
    until(&mut stream, "got it").await;
    let conflict = within(client.remove_process(process.id)).await.unwrap_err();
    assert_eq!(conflict.code(), Some(ErrorCode::Conflict), "{conflict}");
    within(client.kill_process(process.id, Some("KILL"))).await.unwrap();
    assert_eq!(ended(&client, process.id).await.exit, Some(Exit::Signal("KILL".into())));
    let again = within(client.restart_process(process.id)).await.unwrap();
    assert_eq!(again.spec.args, process.spec.args);
    within(client.kill_process(again.id, None)).await.unwrap();
    assert_eq!(ended(&client, again.id).await.exit, Some(Exit::Signal("TERM".into())));
    within(client.remove_process(process.id)).await.unwrap();
    let gone = within(client.get_process(process.id)).await.unwrap_err();
    assert!(matches!(&gone, ClientError::Api(error) if error.code == ErrorCode::NotFound), "{gone}");
    let audit = within(client.list_audit(&AuditFilter { action: Some("kill_process".into()), ..AuditFilter::default() })).await.unwrap();
    assert_eq!(audit.entries.len(), 2);
    let tokens: Vec<Value> = within(client.call("list_tokens", &json!({}))).await.unwrap();
    assert_eq!(tokens[0]["label"], "tests");
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_are_saved_previewed_started_and_removed() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let template: Template = serde_json::from_value(json!({ "name": "Greet", "reason": "required",
        "spec": { "program": "echo", "args": ["hello {{whom}}"] }, "parameters": [{ "name": "whom", "pattern": "[a-z]+", "required": true }] }))
    .unwrap();
    let values: BTreeMap<_, _> = [("whom".to_owned(), json!("world"))].into();
    let preview = within(client.preview_template(&template, &values)).await.unwrap();
    assert_eq!(preview.args, ["hello world"]);
    let saved = within(client.save_template(&template)).await.unwrap();
    let id = saved.id.unwrap();
    assert_eq!(within(client.list_templates()).await.unwrap()[0].id, Some(id));
    assert_eq!(within(client.get_template(id)).await.unwrap().name, "Greet");
    let process = within(client.start_template(id, &values, Some("a test"))).await.unwrap();
    assert_eq!(process.template, Some(id));
    let (output, _) = followed(&mut within(client.follow(process.id, StartAt::Offset(0))).await.unwrap()).await;
    assert_eq!(output, b"hello world\n");
    let misfit = within(client.start_template(id, &[("whom".to_owned(), json!("W"))].into(), Some("a test"))).await.unwrap_err();
    assert!(
        matches!(&misfit, ClientError::Api(ApiError { code: ErrorCode::BadRequest, field: Some(name), .. }) if name == "whom"),
        "{misfit}"
    );
    within(client.remove_template(id)).await.unwrap();
    assert!(within(client.list_templates()).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_keeps_its_code_its_message_and_its_field() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let mut spec = sh("true");
    spec.stop.signal = "NOPE".into();
    let (_, answered) = server.call("create_process", json!({ "spec": &spec })).await;
    let answered: ApiError = serde_json::from_value(answered).unwrap();
    assert_eq!((answered.code, answered.field.as_deref()), (ErrorCode::BadRequest, Some("stop.signal")));
    assert_eq!(within(client.create_process(&spec)).await.unwrap_err(), ClientError::Api(answered));
    let unknown = within(client.call::<Value>("no_such_function", &json!({}))).await.unwrap_err();
    assert_eq!((unknown.code(), unknown.is_temporary()), (Some(ErrorCode::NotFound), false), "{unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_to_whoever_has_no_valid_token() {
    let (server, _folder) = server().await;
    let process = server.sh("echo secret; sleep 94021").await;
    let stranger = Client::new(&server.url(""), "deck_wrong").unwrap();
    let unauthorized = |error: ClientError| {
        assert_eq!(error.code(), Some(ErrorCode::Unauthorized), "{error}");
        assert!(!format!("{error} {error:?} {stranger:?}").contains("deck_wrong"), "{error:?}");
        error
    };
    unauthorized(within(stranger.whoami()).await.unwrap_err());
    unauthorized(within(stranger.events()).await.err().unwrap());
    unauthorized(within(stranger.output(process.id, ..)).await.err().unwrap());
    let mut stream = within(stranger.stream(process.id, StartAt::Offset(0), Mode::Full)).await.unwrap();
    let closed = unauthorized(within(stream.next()).await.unwrap_err());
    assert!(matches!(closed, ClientError::Closed { code: 4401, .. }), "{closed}");
    let mut follow = within(stranger.follow(process.id, StartAt::Offset(0))).await.unwrap();
    unauthorized(within(follow.next()).await.unwrap_err());
    within(deck(&server).kill_process(process.id, Some("KILL"))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_cannot_be_is_closed_with_the_reason() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let process = server.sh("echo hello").await;
    server.ended(process.id).await;
    for (id, start, code) in [(Uuid::nil(), StartAt::Tail, 4404), (process.id, StartAt::Offset(1000), 4400)] {
        let mut stream = within(client.stream(id, start, Mode::Full)).await.unwrap();
        let closed = within(stream.next()).await.unwrap_err();
        assert!(matches!(&closed, ClientError::Closed { code: found, reason } if *found == code && !reason.is_empty()), "{closed}");
        let mut follow = within(client.follow(id, start)).await.unwrap();
        assert_eq!(within(follow.next()).await.unwrap_err(), closed, "trying again is of no use");
    }
}

/// Reads a stream until a text is in the output, which is returned.
async fn until(stream: &mut ProcessStream, text: &str) -> String {
    let mut output = String::new();
    while !output.contains(text) {
        match within(stream.next()).await.unwrap() {
            Some(Frame::Output(_, _, bytes)) => output.push_str(&String::from_utf8_lossy(bytes)),
            Some(_) => {}
            None => panic!("the stream has ended after {output:?}"),
        }
    }
    output
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_resized_and_typed_into() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let spec = ProcessSpec {
        terminal: Some(TerminalSize { cols: 80, rows: 24 }),
        ..sh("stty -echo; echo ready; read line; stty size; echo got $line")
    };
    let process = within(client.create_process(&spec)).await.unwrap();
    let mut stream = within(client.stream(process.id, StartAt::Offset(0), Mode::Full)).await.unwrap();
    until(&mut stream, "ready").await;
    within(stream.resize(101, 33)).await.unwrap();
    loop {
        if let Some(Frame::Process(now)) = within(stream.next()).await.unwrap()
            && now.terminal == Some(TerminalSize { cols: 101, rows: 33 })
        {
            break;
        }
    }
    within(stream.send_input("words\n")).await.unwrap();
    let output = until(&mut stream, "got").await;
    assert!(output.contains("33 101"), "{output}");
    while within(stream.next()).await.unwrap().is_some() {}
    assert!(within(stream.next()).await.unwrap().is_none(), "after the end there is nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn input_of_any_size_arrives_whole_and_ends() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let process =
        within(client.create_process(&ProcessSpec { stdin: true, program: "cat".into(), ..ProcessSpec::default() })).await.unwrap();
    let mut stream = within(client.stream(process.id, StartAt::Offset(0), Mode::Full)).await.unwrap();
    let input: Vec<u8> = (0..1_500_000_u32).map(|number| (number % 251) as u8).collect();
    within(stream.send_input(input.clone())).await.unwrap();
    within(stream.close_stdin()).await.unwrap();
    let mut output = Vec::new();
    while let Some(frame) = within(stream.next()).await.unwrap() {
        if let Frame::Output(_, _, bytes) = frame {
            output.extend_from_slice(bytes);
        }
    }
    assert!(output == input, "{} of {} bytes", output.len(), input.len());
    assert_eq!(stream.position(), Some(input.len() as u64));
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_output_is_read_by_absolute_offsets() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let process = server.sh("printf 0123456789").await;
    server.ended(process.id).await;
    let all = within(client.output(process.id, ..)).await.unwrap();
    assert_eq!((all.start(), within(all.read_to_end()).await.unwrap().as_slice()), (0, b"0123456789".as_slice()));
    let rest = within(client.output(process.id, 7..)).await.unwrap();
    assert_eq!((rest.start(), within(rest.read_to_end()).await.unwrap().as_slice()), (7, b"789".as_slice()));
    let part = within(client.output(process.id, 2..=4)).await.unwrap();
    assert_eq!((part.start(), within(part.read_to_end()).await.unwrap().as_slice()), (2, b"234".as_slice()));
    for (from, to) in [(10, 12), (100, 200)] {
        let beyond = within(client.output(process.id, from..to)).await.err().unwrap();
        assert_eq!(beyond.code(), Some(ErrorCode::BadRequest), "{beyond}");
    }
    assert!(matches!(within(client.output(process.id, 5..5)).await, Err(ClientError::Invalid(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_tell_what_happens_to_processes() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let mut events = within(client.events()).await.unwrap();
    assert!(matches!(within(events.next()).await.unwrap(), Some(Event::Ping(_))));
    let process = server.sh("exit 4").await;
    server.ended(process.id).await;
    within(client.remove_process(process.id)).await.unwrap();
    let mut states = Vec::new();
    loop {
        match within(events.next()).await.unwrap() {
            Some(Event::Process(now)) => states.push(now.state),
            Some(Event::Removed(id)) => break assert_eq!(id, process.id),
            Some(_) => {}
            None => panic!("the events have ended"),
        }
    }
    assert_eq!(states, [ProcessState::Running, ProcessState::Exited]);
}
