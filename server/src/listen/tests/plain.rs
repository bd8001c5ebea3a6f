//! Plain HTTP, and whom requests are attributed to.

use super::*;

#[tokio::test]
async fn requests_carry_who_is_connected_whatever_their_headers_say() {
    let server = Running::start(false, &[]).await;
    let answer = ask(server.tcp().await, "/", "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\n").await;
    assert!(answer.ends_with("127.0.0.1 false"), "{answer}");
}

#[tokio::test]
async fn a_trusted_proxy_says_who_the_client_is() {
    let server = Running::start(false, &["127.0.0.0/8"]).await;
    let answer = ask(server.tcp().await, "/", "X-Forwarded-For: 10.9.9.9, 198.51.100.7\r\nX-Forwarded-Proto: https\r\n").await;
    assert!(answer.ends_with("198.51.100.7 true"), "{answer}");
}

#[tokio::test]
async fn each_request_of_a_connection_has_its_own_client() {
    let server = Running::start(true, &["127.0.0.0/8"]).await;
    let mut stream = server.tls().await;
    for number in 1..4 {
        let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 198.51.100.{number}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        let mut answer = String::new();
        while !answer.ends_with(&format!("198.51.100.{number} true")) {
            let mut piece = [0; 1024];
            let length = within(stream.read(&mut piece)).await.unwrap();
            assert!(length > 0, "{answer}");
            answer.push_str(std::str::from_utf8(&piece[..length]).unwrap());
        }
    }
}

#[tokio::test]
async fn plain_http_where_https_is_served_is_told_so() {
    let server = Running::https().await;
    let answer = ask(server.tcp().await, "/admin/exec", "").await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("\"bad_request\"") && answer.contains("https://localhost"), "{answer}");
    assert!(answer.to_lowercase().contains("nosniff") && answer.to_lowercase().contains("connection: close"), "{answer}");
    for (host, shown) in [("deck.lan:3000", true), ("<script>", false), ("a\"b", false), ("a b", false), ("caf\u{e9}", false), ("", false)]
    {
        let mut stream = server.tcp().await;
        stream.write_all(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        within(stream.read_to_string(&mut answer)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("This is HTTPS"), "{host}: {answer}");
        assert_eq!(answer.contains("https://"), shown, "{host}: {answer}");
    }
}

#[tokio::test]
async fn the_sender_of_a_large_body_gets_to_read_the_answer() {
    let server = Running::https().await;
    let mut stream = server.tcp().await;
    let body = vec![b'x'; 8 << 20];
    let head = format!("POST /api/x HTTP/1.1\r\nHost: deck.lan\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    let mut answer = String::new();
    within(stream.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.contains("https://deck.lan"), "{answer}");
}

#[tokio::test]
async fn what_is_neither_is_closed_without_an_answer() {
    let server = Running::https().await;
    for nonsense in
        [&b"\0\0\0\0"[..], b"get / HTTP/1.1\r\n\r\n", b"\xff", b"SSH-2.0-OpenSSH_9.9\r\n", b"\x16\x03\x01nonsense and more of it"]
    {
        let mut stream = server.tcp().await;
        stream.write_all(nonsense).await.unwrap();
        let mut answer = Vec::new();
        let _ = within(stream.read_to_end(&mut answer)).await;
        // An alert of TLS or a 400 of HTTP is fine.
        assert!(!answer.windows(3).any(|bytes| bytes == b"200"), "{answer:?}");
    }
    assert!(ask(server.tls().await, "/", "").await.starts_with("HTTP/1.1 200"));
}
