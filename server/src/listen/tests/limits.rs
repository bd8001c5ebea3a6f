//! Those who are slow, or silent, hold up nobody but themselves.

use super::*;
use std::time::Instant;

/// How long the server keeps a connection on which nothing more is sent.
async fn kept(mut stream: impl AsyncRead + Unpin) -> u64 {
    let began = Instant::now();
    let _ = within(stream.read_to_end(&mut Vec::new())).await;
    began.elapsed().as_secs()
}

#[tokio::test]
async fn slow_handshakes_are_cut_off_and_do_not_hold_up_others() {
    let server = Running::https().await;
    let mut silent = Vec::new();
    for begin in [&b""[..], b"\x16", b"\x16\x03\x01\x02\x00\x01"].repeat(30) {
        let mut stream = server.tcp().await;
        stream.write_all(begin).await.unwrap();
        silent.push(stream);
    }
    let began = Instant::now();
    assert!(ask(server.tls().await, "/", "").await.starts_with("HTTP/1.1 200"));
    assert!(began.elapsed() < Duration::from_secs(5));
    let plain = async {
        let mut stream = server.tcp().await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").await.unwrap();
        kept(stream).await
    };
    let headers = async {
        let mut stream = server.tls().await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").await.unwrap();
        kept(stream).await
    };
    let idle = async { kept(server.tls().await).await };
    let handshakes = silent.split_off(87);
    let [nothing, byte, half] = <[TcpStream; 3]>::try_from(handshakes).unwrap();
    let (nothing, byte, half, plain, headers, idle) = tokio::join!(kept(nothing), kept(byte), kept(half), plain, headers, idle);
    // The rest is for a busy machine.
    for (what, seconds, after) in [
        ("nothing", nothing, 10),
        ("a byte", byte, 10),
        ("half", half, 10),
        ("plain", plain, 15),
        ("headers", headers, 15),
        ("idle", idle, 15),
    ] {
        assert!((after - 2..after + 10).contains(&seconds), "{what}: cut off after {seconds} s instead of {after}");
    }
}

#[tokio::test]
async fn a_handshake_that_trickles_is_cut_off_all_the_same() {
    let server = Running::https().await;
    let mut stream = server.tcp().await;
    let began = Instant::now();
    stream.write_all(b"\x16\x03\x01\x02\x00").await.unwrap();
    within(async {
        while stream.write_all(&[1]).await.is_ok() {
            sleep(Duration::from_millis(300)).await;
        }
    })
    .await;
    assert!((8..20).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}
