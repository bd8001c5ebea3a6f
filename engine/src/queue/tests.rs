use super::*;

/// Ids in the order of creation.
fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn labels(labels: &[(&str, &str)]) -> BTreeMap<String, String> {
    labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn queue(active: usize, waiting: usize, per_label: &[(&str, usize)]) -> Queue {
    Queue::new(active, waiting, &per_label.iter().map(|(label, most)| ((*label).to_owned(), *most)).collect())
}

fn now(queue: &Queue, number: u128, with: &[(&str, &str)]) -> Slot {
    match queue.admit(id(number), &labels(with)).unwrap() {
        Admitted::Now(slot) => slot,
        Admitted::Waiting(_) => panic!("{number} has to wait"),
    }
}

fn later(queue: &Queue, number: u128, with: &[(&str, &str)]) -> Place {
    match queue.admit(id(number), &labels(with)).unwrap() {
        Admitted::Now(_) => panic!("{number} need not wait"),
        Admitted::Waiting(place) => place,
    }
}

/// The slot of a place, if it has one by now.
fn slot(place: &mut Place) -> Option<Slot> {
    place.granted.try_recv().ok()
}

fn numbers(queue: &Queue) -> Vec<u128> {
    queue.waiting().iter().map(uuid::Uuid::as_u128).collect()
}

#[test]
fn those_that_wait_are_let_in_by_their_ids_whenever_a_slot_is_given_back() {
    let queue = queue(2, 10, &[]);
    let (first, second) = (now(&queue, 1, &[]), now(&queue, 2, &[]));
    // The fourth has asked before the third.
    let (mut fourth, mut third) = (later(&queue, 4, &[]), later(&queue, 3, &[]));
    assert_eq!((queue.position(id(3)), queue.position(id(4)), queue.position(id(1))), (Some(1), Some(2), None));
    drop(first);
    let (third, waits) = (slot(&mut third), slot(&mut fourth));
    assert!(third.is_some() && waits.is_none());
    assert_eq!((queue.position(id(3)), queue.position(id(4))), (None, Some(1)));
    drop(second);
    assert!(slot(&mut fourth).is_some());
}

#[test]
fn a_label_that_is_full_does_not_hold_up_those_behind_it() {
    let queue = queue(3, 10, &[("job=backup", 1), ("team", 2)]);
    let backup = now(&queue, 1, &[("job", "backup")]);
    let mut second_backup = later(&queue, 2, &[("job", "backup"), ("team", "a")]);
    let _other_job = now(&queue, 3, &[("job", "restore"), ("team", "a")]);
    let team_a = now(&queue, 4, &[("team", "a")]);
    let mut third_backup = later(&queue, 5, &[("job", "backup")]);
    let mut team_b = later(&queue, 6, &[("team", "b")]);
    drop(team_a);
    let team_b = slot(&mut team_b);
    assert!(team_b.is_some(), "each value of a key is counted by itself");
    drop(backup);
    let running = slot(&mut second_backup);
    assert!(running.is_some() && slot(&mut third_backup).is_none());
    drop(team_b);
    assert!(slot(&mut third_backup).is_none(), "there is a slot, but not for a second backup");
    drop(running);
    assert!(slot(&mut third_backup).is_some());
}

#[test]
fn one_that_is_set_aside_keeps_its_place_and_lets_the_others_go_first() {
    let queue = queue(1, 10, &[]);
    let (first, mut third) = (now(&queue, 1, &[]), later(&queue, 3, &[]));
    let mut aside = queue.wait_aside(id(2), &labels(&[]));
    assert_eq!((queue.position(id(2)), queue.position(id(3))), (Some(1), Some(2)));
    drop(first);
    let third = slot(&mut third);
    assert!(third.is_some() && slot(&mut aside).is_none());
    drop(third);
    assert!(slot(&mut aside).is_none(), "it is not called back yet");
    queue.call_back(id(2));
    assert!(slot(&mut aside).is_some());
    // It has been cancelled meanwhile.
    let mut aside = queue.wait_aside(id(2), &labels(&[]));
    assert!(queue.cancel(id(2)));
    queue.call_back(id(2));
    assert!(slot(&mut aside).is_none() && numbers(&queue).is_empty());
}

#[test]
fn nothing_leaks_in_any_order_of_cancelling_and_leaving() {
    let queue = queue(1, 10, &[("job", 1)]);
    let job = [("job", "x")];
    for round in 0..50 {
        let first = now(&queue, 1, &job);
        let mut places: Vec<Option<Place>> = (2..6).map(|number| Some(later(&queue, number, &job))).collect();
        // One is cancelled before it is granted, one leaves before and one after that, each time at another place.
        assert!(queue.cancel(id(2 + round % 4)));
        assert!(!queue.cancel(id(2 + round % 4)));
        places[(round as usize + 1) % 4] = None;
        drop(first);
        let granted: Vec<_> = places.iter_mut().flatten().filter_map(slot).collect();
        assert_eq!(granted.len(), 1, "round {round}");
        drop(granted);
        drop(places);
        assert_eq!(numbers(&queue), []);
    }
    drop(now(&queue, 7, &job));
}

#[test]
fn those_that_have_left_together_pass_the_slot_on() {
    let queue = queue(1, 1000, &[]);
    let first = now(&queue, 0, &[]);
    let mut places: Vec<_> = (1..1000).map(|number| later(&queue, number, &[])).collect();
    let mut last = places.pop().unwrap();
    for place in &mut places {
        place.granted.close();
    }
    drop(first);
    assert!(slot(&mut last).is_some());
}

#[test]
fn only_so_many_wait_and_without_a_queue_nobody_does() {
    let bounded = queue(1, 1, &[("job", 1)]);
    let _first = now(&bounded, 1, &[]);
    let _second = later(&bounded, 2, &[]);
    assert_eq!(bounded.admit(id(3), &BTreeMap::new()).err(), Some(Refused::QueueFull(1)));
    // One that has waited before waits again.
    let _third = bounded.wait_again(id(3), &BTreeMap::new());
    assert_eq!(bounded.length(), 2);

    let none = queue(2, 0, &[("job", 1)]);
    let _first = now(&none, 1, &[("job", "x")]);
    assert_eq!(none.admit(id(2), &labels(&[("job", "x")])).err(), Some(Refused::TooManyOf("job=x".into(), 1)));
    let _second = now(&none, 3, &[]);
    assert_eq!(none.admit(id(4), &labels(&[("job", "x")])).err(), Some(Refused::TooMany(2)));
}

#[test]
fn a_pause_keeps_the_order_and_what_runs_beyond_the_limits_counts() {
    let queue = queue(2, 10, &[]);
    assert!(queue.pause() && !queue.pause());
    let mut first = later(&queue, 1, &[]);
    let running: Vec<_> = (0..2).map(|_| queue.occupy(&BTreeMap::new())).collect();
    queue.resume();
    assert!(slot(&mut first).is_none());
    let third = queue.occupy(&BTreeMap::new());
    drop(running);
    assert!(slot(&mut first).is_some());
    drop(third);
    queue.close();
    let mut last = queue.wait_again(id(2), &BTreeMap::new());
    assert!(slot(&mut last).is_none());
}
