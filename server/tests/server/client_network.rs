//! What the client of Rust programs makes of connections that break, of servers that are gone, and of strangers.

use crate::{
    client::{deck, followed, sh},
    common::{TempFolder, within},
    support::{Server, ada, server},
};
use execdeck_client::{
    Client, ClientError, StartAt,
    wire::{Exit, Frame},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy, copy_bidirectional},
    net::{TcpListener, TcpStream},
    select, spawn,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, pem::PemObject},
    },
};

/// Starts a server at the address that another one had.
fn start_again(folder: &TempFolder, address: &str) -> Server {
    Server::start_after(&format!("set -- \"$1\" \"$2\" {address} \"$4\" \"$5\""), folder.path(), &[])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_is_followed_across_restarts_of_the_server_with_every_byte_once() {
    let folder = TempFolder::new();
    let mut server = Server::start(folder.path());
    let client = deck(&server);
    let script = "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; [ $((i % 10)) = 0 ] && sleep 0.005; done; exit 42";
    let process = within(client.create_process(&sh(script))).await.unwrap();
    let follow = within(client.follow(process.id, StartAt::Offset(0))).await.unwrap();
    let following = spawn(async move {
        let mut follow = follow;
        followed(&mut follow).await
    });
    let reached = async |server: &Server, end: u64| {
        while within(deck(server).get_process(process.id)).await.unwrap().output.end < end {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    within(reached(&server, 2000)).await;
    // Once without a word, and once with a close frame.
    server.kill();
    let address = server.address.clone();
    let mut server = start_again(&folder, &address);
    within(reached(&server, 12_000)).await;
    std::process::Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap();
    server.child.wait().unwrap();
    let server = start_again(&folder, &address);
    let (output, ended) = within(following).await.unwrap();
    let expected: Vec<String> = (1..=3000).map(|number| format!("line {number}\n")).collect();
    assert!(output == expected.concat().as_bytes(), "{} bytes", output.len());
    assert_eq!(ended.exit, Some(Exit::Code(42)));
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_want_to_wait_for_the_server_gives_up() {
    let (mut server, _folder) = server().await;
    let client = deck(&server);
    let process = within(client.create_process(&sh("echo first; sleep 94022"))).await.unwrap();
    let follow = within(client.follow(process.id, StartAt::Tail)).await.unwrap();
    let mut follow = follow.give_up_after(Duration::from_millis(300));
    while !matches!(within(follow.next()).await.unwrap(), Some(Frame::Output(..))) {}
    assert_eq!(follow.position(), Some(6));
    let kept = process.pid.unwrap().to_string();
    server.kill();
    let error = loop {
        match within(follow.next()).await {
            Ok(frame) => assert!(frame.is_some(), "it has not ended"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, ClientError::Unreachable { .. }) && error.is_temporary(), "{error}");
    let failed = within(client.whoami()).await.unwrap_err();
    assert!(matches!(&failed, ClientError::Unreachable { address, .. } if address.ends_with("/api/whoami")), "{failed}");
    std::process::Command::new("kill").args(["-KILL", &kept]).status().unwrap();
}

/// A proxy to the server, all of whose connections break after so many bytes of the answer. Counts the connections.
async fn breaking_proxy(server: &Server, bytes: u64) -> (String, Arc<AtomicUsize>) {
    let (listener, to) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), server.address.clone());
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let connections = Arc::clone(&count);
    spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            connections.fetch_add(1, Ordering::Relaxed);
            let server = TcpStream::connect(&to).await.unwrap();
            spawn(async move {
                let ((mut from_client, mut to_client), (from_server, mut to_server)) = (client.into_split(), server.into_split());
                let mut answer = from_server.take(bytes);
                // Whichever ends first ends both.
                select! {
                    _ = copy(&mut from_client, &mut to_server) => {}
                    _ = copy(&mut answer, &mut to_client) => {}
                }
            });
        }
    });
    (format!("http://{address}"), count)
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_anywhere_cost_no_byte() {
    let (server, _folder) = server().await;
    let process = server.create(serde_json::json!({ "program": "seq", "args": ["300000"] })).await;
    let end = server.ended(process.id).await.output.end;
    let (address, connections) = breaking_proxy(&server, 400_001).await;
    let client = Client::new(&address, &ada().token).unwrap();
    let mut follow = within(client.follow(process.id, StartAt::Offset(0))).await.unwrap();
    let (output, _) = followed(&mut follow).await;
    let expected = (1..=300_000).map(|number: u32| number.to_string()).collect::<Vec<_>>().join("\n") + "\n";
    assert!(output.len() as u64 == end && output == expected.as_bytes(), "{} of {end} bytes", output.len());
    assert!(connections.load(Ordering::Relaxed) >= 5, "{connections:?}");
    // An answer that breaks off is never taken for the whole.
    let stored = within(client.output(process.id, ..)).await.unwrap();
    assert!(matches!(within(stored.read_to_end()).await, Err(ClientError::Unreachable { .. })));
}

/// Answers every request like this, and tells what was asked.
async fn answering(answer: &'static str) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // It closes each connection, and has to say so, or the client may send the next request over it.
    let answer = answer.replacen("\r\n\r\n", "\r\nconnection: close\r\n\r\n", 1);
    let (told, asked) = tokio::sync::mpsc::unbounded_channel();
    spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut request = vec![0; 8192];
            let length = client.read(&mut request).await.unwrap();
            let _ = told.send(String::from_utf8_lossy(&request[..length]).into_owned());
            client.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (format!("http://{address}"), asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_follows_no_redirect() {
    let (elsewhere, mut asked_there) = answering("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnull").await;
    let redirect = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {elsewhere}/api/whoami\r\ncontent-length: 0\r\n\r\n");
    let (address, mut asked) = answering(redirect.leak()).await;
    let client = Client::new(&address, "deck_hunter2").unwrap();
    let error = within(client.whoami()).await.unwrap_err();
    assert!(matches!(&error, ClientError::Protocol { reason, .. } if reason.contains(&elsewhere)), "{error}");
    let stream = within(client.follow(uuid::Uuid::nil(), StartAt::Tail)).await.err().unwrap();
    assert!(matches!(stream, ClientError::Protocol { .. }), "{stream}");
    assert!(within(asked.recv()).await.unwrap().contains("Bearer deck_hunter2"));
    assert!(asked_there.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_execdeck_is_an_error_that_says_so() {
    for (answer, temporary) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", false),
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\nhello", false),
        ("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 5\r\n\r\nhello", true),
    ] {
        let (address, _asked) = answering(answer).await;
        let error = within(Client::new(&address, "t").unwrap().whoami()).await.unwrap_err();
        assert_eq!((error.code(), error.is_temporary()), (None, temporary), "{error}");
        assert!(error.to_string().starts_with(&address), "{error}");
    }
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let client = Client::builder(&address, "t").timeout(Duration::from_millis(200)).build().unwrap();
    let error = within(client.whoami()).await.unwrap_err();
    assert!(matches!(&error, ClientError::Unreachable { reason, .. } if reason.contains("0.2 seconds")), "{error}");
}

/// A proxy to the server that speaks HTTPS with a certificate that only whoever has it trusts. Returns its address and that.
async fn https_proxy(server: &Server) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let private = PrivateKeyDer::from_pem_slice(made.signing_key.serialize_pem().as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], private).unwrap();
    let (acceptor, to) = (TlsAcceptor::from(Arc::new(config)), server.address.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (acceptor, to) = (acceptor.clone(), to.clone());
            spawn(async move {
                if let Ok(mut client) = acceptor.accept(client).await {
                    let mut server = TcpStream::connect(&to).await.unwrap();
                    let _ = copy_bidirectional(&mut client, &mut server).await;
                }
            });
        }
    });
    (format!("https://localhost:{port}"), made.cert.pem())
}

#[tokio::test(flavor = "multi_thread")]
async fn https_is_spoken_with_trusted_servers_only() {
    let (server, _folder) = server().await;
    let (address, pem) = https_proxy(&server).await;
    let client = Client::builder(&address, &ada().token).trust(pem.as_bytes()).build().unwrap();
    let process = within(client.create_process(&sh("echo hello"))).await.unwrap();
    let mut follow = within(client.follow(process.id, StartAt::Offset(0))).await.unwrap();
    assert_eq!(followed(&mut follow).await.0, b"hello\n");
    // Without any authority on this machine, there is no client that does not trust it.
    if let Ok(client) = Client::new(&address, &ada().token) {
        let error = within(client.whoami()).await.unwrap_err();
        assert!(matches!(&error, ClientError::Unreachable { reason, .. } if reason.contains("certificate")), "{error}");
    }
}
