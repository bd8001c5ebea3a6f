use super::*;

const HOUR: u64 = 3600;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + seconds * 1_000_000)
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Fails until it is told to wait; how often, and how long the wait is.
fn fail(throttle: &Throttle, name: &str, from: &str, device: Option<Hash>, now: u64) -> (u32, u64) {
    for tries in 0..1000 {
        match throttle.begin(name, Some(address(from)), device, at(now)) {
            Ok(_) => {}
            Err(error) => return (tries, error.retry_seconds().unwrap()),
        }
    }
    (1000, 0)
}

#[test]
fn the_wait_grows_with_each_guess_up_to_a_quarter_of_an_hour_and_is_forgotten_in_time() {
    let throttle = Throttle::new();
    assert_eq!(fail(&throttle, "ada", "192.0.2.1", None, 0), (6, 2));
    let mut now = 0;
    let mut waits = Vec::new();
    let mut wait = 2;
    for _ in 0..10 {
        now += wait;
        let (tries, next) = fail(&throttle, "ada", "192.0.2.1", None, now);
        assert_eq!(tries, 1);
        waits.push(next);
        wait = next;
    }
    assert_eq!(waits, [4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    assert_eq!(fail(&throttle, "ada", "192.0.2.1", None, now + 24 * HOUR), (6, 2));
}

#[test]
fn guesses_from_elsewhere_keep_nobody_out() {
    let throttle = Throttle::new();
    for host in 0..250 {
        fail(&throttle, "ada", &format!("198.51.100.{host}"), None, 0);
    }
    let attempt = throttle.begin("ada", Some(address("192.0.2.1")), None, at(0)).unwrap();
    assert_eq!(attempt.delay, Duration::from_secs(2), "but they slow a new browser down");
    fail(&throttle, "ada", "192.0.2.1", None, 0);
    let known = throttle.begin("ada", Some(address("192.0.2.1")), Some([1; 32]), at(0)).unwrap();
    assert_eq!(known.delay, Duration::ZERO, "a known browser is not even slower, not even beside one that guesses");
}

#[test]
fn a_known_browser_can_guess_no_more_than_others() {
    let throttle = Throttle::new();
    assert_eq!(fail(&throttle, "ada", "192.0.2.1", Some([1; 32]), 0), (11, 1));
    assert_eq!(fail(&throttle, "ada", "192.0.2.99", Some([1; 32]), 0), (0, 1));
}

#[test]
fn one_address_cannot_guess_at_many_names() {
    let throttle = Throttle::new();
    let tries = (0..1000).take_while(|name| throttle.begin(&format!("p{name}"), Some(address("192.0.2.1")), None, at(0)).is_ok()).count();
    assert_eq!(tries, 31);
    let in_one_network = throttle.begin("x", Some(address("2001:db8::1")), None, at(0)).unwrap();
    assert!(
        in_one_network.network == Network::of(Some(address("2001:db8::ffff:1")))
            && in_one_network.network != Network::of(Some(address("2001:db8:0:1::1")))
    );
    assert!(Network::of(Some(address("::ffff:192.0.2.1"))) == Network::of(Some(address("192.0.2.1"))));
}

#[test]
fn one_customer_cannot_guess_from_each_of_many_networks() {
    let throttle = Throttle::new();
    let from = |site: u16, network: u16| Some(address(&format!("2001:db8:{site:x}:{network:x}::1")));
    let made = (0..1000).filter(|network| throttle.begin("ada", from(1, *network), None, at(0)).is_ok()).count();
    assert_eq!(made, 21);
    assert_eq!(throttle.begin("ada", from(1, 9999), None, at(0)).map(drop).unwrap_err().retry_seconds(), Some(1));
    let _ = throttle.begin("ada", from(2, 0), None, at(0)).unwrap();
    let names = (0..1000).filter(|network| throttle.begin(&format!("p{network}"), from(3, *network), None, at(0)).is_ok()).count();
    assert_eq!(names, 121);
}

#[test]
fn success_forgets_the_way_to_it_but_not_the_address() {
    let throttle = Throttle::new();
    for round in 0..7 {
        for _ in 0..4 {
            let _ = throttle.begin("ada", Some(address("192.0.2.1")), None, at(0)).unwrap();
        }
        let attempt = throttle.begin("ada", Some(address("192.0.2.1")), None, at(0)).unwrap_or_else(|_| panic!("round {round}"));
        throttle.succeeded(attempt);
    }
    let tries = (0..10).take_while(|name| throttle.begin(&format!("p{name}"), Some(address("192.0.2.1")), None, at(0)).is_ok()).count();
    assert_eq!(tries, 3, "28 failures of 31 are left of the address");
}

#[test]
fn attempts_that_were_not_made_do_not_count() {
    let throttle = Throttle::new();
    for _ in 0..100 {
        let attempt = throttle.begin("ada", Some(address("192.0.2.1")), None, at(0)).unwrap();
        throttle.cancelled(attempt);
    }
    assert_eq!(fail(&throttle, "ada", "192.0.2.1", None, 0).0, 6);
}

#[test]
fn a_clock_that_is_set_back_locks_nobody_out() {
    let throttle = Throttle::new();
    fail(&throttle, "ada", "192.0.2.1", None, 100 * HOUR);
    let wait = throttle.begin("ada", Some(address("192.0.2.1")), None, at(0)).map(|_| ()).unwrap_err().retry_seconds().unwrap();
    assert!(wait <= 900, "{wait}");
    let _ = throttle.begin("ada", Some(address("192.0.2.1")), None, at(wait)).unwrap();
}

#[test]
fn memory_is_bounded_and_the_name_that_is_guessed_at_is_remembered() {
    let throttle = Throttle::new();
    for number in 0..100_000u32 {
        let from = Some(IpAddr::from((u128::from(number) << 80).to_be_bytes()));
        let _ = throttle.begin(&format!("p{number}"), from, None, at(0));
        if number % 100 == 0 {
            let _ = throttle.begin("ada", from, None, at(0));
        }
    }
    let counts = throttle.lock();
    // An entry is made before the oldest one goes.
    assert!([counts.pairs.len(), counts.networks.len(), counts.names.len()].into_iter().all(|number| number <= REMEMBERED + 1));
    assert!(counts.names.peek("ada").unwrap().failures > NAME.free);
}
