//! HTTPS: versions, protocols, WebSockets, and the end.

use super::*;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn both_versions_of_tls_speak_http_1_1_and_nothing_else() {
    let server = Running::https().await;
    for version in [&version::TLS12, &version::TLS13] {
        for protocols in [&[][..], &["http/1.1"], &["h2", "http/1.1"]] {
            let client = server.pair.client(&[version], protocols);
            let stream = within(client.connect("localhost".try_into().unwrap(), server.tcp().await)).await.unwrap();
            assert_eq!(stream.get_ref().1.alpn_protocol(), (!protocols.is_empty()).then_some(&b"http/1.1"[..]));
            let answer = ask(stream, "/", "").await;
            assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1 true"), "{answer}");
        }
        let client = server.pair.client(&[version], &["h2"]);
        assert!(within(client.connect("localhost".try_into().unwrap(), server.tcp().await)).await.is_err());
    }
}

#[tokio::test]
async fn large_answers_arrive_whole_and_end_cleanly() {
    let server = Running::https().await;
    let answer = ask(server.tls().await, "/bytes/20", "").await;
    assert_eq!(answer.bytes().filter(|byte| *byte == b'x').count(), 20 << 20);
    assert!(answer.ends_with("0\r\n\r\n"));
}

#[tokio::test]
async fn a_websocket_goes_through_and_ends_when_the_server_does() {
    let server = Running::https().await;
    let (mut socket, _) = within(Box::pin(tokio_tungstenite::client_async("wss://localhost/echo", server.tls().await))).await.unwrap();
    for length in [1, 1000, 1 << 20] {
        let message = Message::binary(vec![7; length]);
        socket.send(message.clone()).await.unwrap();
        assert_eq!(within(socket.next()).await.unwrap().unwrap(), message);
    }
    let reader = tokio::spawn(async move { within(socket.next()).await });
    let took = server.stop().await;
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert!(matches!(reader.await.unwrap(), Some(Ok(Message::Close(_)))));
}

#[tokio::test]
async fn a_running_request_is_answered_before_the_server_stops() {
    let server = Running::https().await;
    let (idle, address) = (server.tls().await, server.address);
    let (running, handshaking) = (server.tls().await, server.tcp().await);
    let asked = tokio::spawn(ask(running, "/slow", ""));
    sleep(Duration::from_millis(300)).await;
    let took = server.stop().await;
    // `ask` fails unless the end of the connection is announced (close_notify), so nothing can have been cut off.
    assert!(asked.await.unwrap().starts_with("HTTP/1.1 200"));
    assert!(took < Duration::from_secs(2), "neither idle nor unfinished connections hold it: {took:?}");
    drop((idle, handshaking));
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_does_not_start() {
    let folder = Folder::new();
    let error = Tls::open(folder.files()).err().unwrap().to_string();
    assert!(error.contains("server.tls_cert") && error.contains("No such file"), "{error}");
}
