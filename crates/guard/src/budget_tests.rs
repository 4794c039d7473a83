use super::*;
use crate::clock::SKEW;
use proptest::prelude::*;

const RULE: Rule = Rule::ADDRESS;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Spends `count` attempts at one instant; the last answer.
fn spend(counter: Option<Counter>, count: u32, now: Timestamp) -> Counter {
    let mut counter = counter;
    for _ in 0..count {
        counter = Some(reserve(&RULE, counter, now).unwrap());
    }
    counter.unwrap()
}

#[test]
fn the_fifth_is_compared_and_the_sixth_is_not() {
    let counter = spend(None, 5, at(0));
    assert_eq!(reserve(&RULE, Some(counter), at(0)), Err(Blocked { until: at(900) }));
    assert_eq!(reserve(&RULE, Some(counter), at(899)), Err(Blocked { until: at(900) }));
    assert_eq!(reserve(&RULE, Some(counter), at(900)).unwrap().failures, 1);
}

#[test]
fn a_window_ends() {
    let counter = spend(None, 4, at(0));
    assert_eq!(reserve(&RULE, Some(counter), at(900)).unwrap(), Counter { failures: 1, ..Counter::fresh(at(900)) });
    assert!(reserve(&RULE, Some(counter), at(899)).unwrap().live_lock().is_some());
}

#[test]
fn locks_double_to_four_hours_and_calm_down() {
    let mut counter = None;
    let mut now = at(0);
    let mut lengths = Vec::new();
    for _ in 0..7 {
        let locked = spend(counter, 5, now);
        let until = locked.live_lock().unwrap();
        lengths.push(until.since(now).as_secs());
        (counter, now) = (Some(locked), until);
    }
    assert_eq!(lengths, [900, 1_800, 3_600, 7_200, 14_400, 14_400, 14_400]);
    let quiet = now.plus(RULE.lock_max);
    let calm = spend(counter, 5, quiet);
    assert_eq!(calm.live_lock(), Some(quiet.plus(secs(900))));
    let uneasy = spend(counter, 5, quiet.minus(secs(1)));
    assert_eq!(uneasy.streak, 8);
}

#[test]
fn a_success_gives_its_own_attempt_back_and_no_more() {
    let four = spend(None, 4, at(0));
    let reserved = reserve(&RULE, Some(four), at(1)).unwrap();
    assert!(reserved.live_lock().is_some());
    let refunded = refund(&RULE, reserved, at(1), at(2));
    assert_eq!(refunded, four);
    assert_eq!(spend(Some(refunded), 1, at(3)).live_lock(), Some(at(903)));
}

#[test]
fn a_refund_of_an_earlier_window_buys_nothing() {
    let four = spend(None, 4, at(0));
    let next_window = spend(Some(four), 2, at(901));
    assert_eq!(refund(&RULE, next_window, at(0), at(902)), next_window);
    assert_eq!(refund(&RULE, next_window, at(901), at(902)).failures, 1);
}

#[test]
fn a_refund_lifts_only_the_lock_of_its_window() {
    let locked = spend(None, 5, at(0));
    let again = spend(Some(locked), 5, at(900));
    assert_eq!(again.streak, 2);
    let lifted = refund(&RULE, again, at(900), at(901));
    assert_eq!((lifted.streak, lifted.live_lock(), lifted.failures), (1, None, 4));
    assert_eq!(spend(Some(lifted), 1, at(902)).live_lock(), Some(at(902 + 1_800)));
}

#[test]
fn a_clock_that_jumps_back_keeps_a_lock_at_its_duration() {
    let locked = spend(None, 5, at(10_000));
    assert_eq!(rebase(&RULE, &locked, at(10_100)), None);
    // Back within the lock: the stored end stands.
    assert_eq!(reserve(&RULE, Some(locked), at(10_050)), Err(Blocked { until: at(10_900) }));
    // Back before it: its duration from now, and once stored it does not move.
    assert_eq!(reserve(&RULE, Some(locked), at(500)), Err(Blocked { until: at(1_400) }));
    let stored = rebase(&RULE, &locked, at(500)).unwrap();
    assert_eq!(reserve(&RULE, Some(stored), at(1_399)), Err(Blocked { until: at(1_400) }));
    assert_eq!(reserve(&RULE, Some(stored), at(1_400)).unwrap().failures, 1);
}

#[test]
fn a_clock_that_jumps_back_does_not_revive_a_finished_lock() {
    let locked = spend(None, 5, at(10_000));
    let open = spend(Some(locked), 1, at(11_000));
    for now in [at(10_500), at(500)] {
        let next = reserve(&RULE, Some(open), now).unwrap();
        assert_eq!((next.failures, next.window_start), (2, now));
    }
}

#[test]
fn a_clock_that_jumps_back_does_not_stretch_a_window() {
    let four = spend(None, 4, at(10_000));
    let one_more = reserve(&Rule { limit: 10, ..RULE }, Some(four), at(100)).unwrap();
    assert_eq!((one_more.failures, one_more.window_start), (5, at(100)));
}

#[test]
fn rows_name_the_instant_they_become_meaningless() {
    let four = spend(None, 4, at(0));
    assert_eq!(four.stale_at(&RULE), at(900));
    let locked = spend(Some(four), 1, at(10));
    assert_eq!(locked.stale_at(&RULE), at(910 + 14_400));
    let later = reserve(&RULE, Some(locked), locked.stale_at(&RULE)).unwrap();
    assert_eq!(later, reserve(&RULE, None, locked.stale_at(&RULE)).unwrap());
}

#[test]
fn odd_rules_stay_finite() {
    let strict = Rule { limit: 0, ..RULE };
    assert!(reserve(&strict, None, at(0)).unwrap().live_lock().is_some());
    let worn = Counter { failures: u32::MAX, window_start: at(0), locked_until: None, streak: u32::MAX };
    assert_eq!(reserve(&RULE, Some(worn), at(1)).unwrap().locked_until, Some(at(1 + 14_400)));
    assert_eq!(RULE.lock_for(33), RULE.lock_max);
    assert_eq!(Rule { lock_max: Duration::ZERO, ..RULE }.lock_for(3), RULE.lock);
}

#[test]
fn keys() {
    for (address, key) in [
        ("203.0.113.9", "v4:203.0.113.9"),
        ("::ffff:203.0.113.9", "v4:203.0.113.9"),
        ("2001:db8:0:1:aaaa::9", "v6:2001:db8:0:1::/64"),
        ("2001:db8:0:1::", "v6:2001:db8:0:1::/64"),
        ("::1", "v6:::/64"),
    ] {
        assert_eq!(address_key(address.parse().unwrap()), key);
    }
    assert_eq!(account_key(Account::User(42)), "user:42");
    assert_eq!(account_key(Account::Unknown([0xab; 32])), format!("name:{}", "ab".repeat(32)));
}

/// The rules once more in the plainest words, one attempt remembered at a time, for a clock that only goes forward.
#[derive(Default)]
struct Naive {
    attempts: Vec<i64>,
    window_start: Option<i64>,
    lock: Option<(i64, i64)>,
    locks_in_a_row: u32,
    last_lock_end: Option<i64>,
}

impl Naive {
    fn try_at(&mut self, rule: &Rule, now: i64) -> Result<(), i64> {
        if let Some((_, end)) = self.lock {
            if now < end {
                return Err(end);
            }
            self.lock = None;
            self.attempts.clear();
            self.window_start = None;
        }
        if self.window_start.is_some_and(|start| now - start >= i64::try_from(rule.window.as_secs()).unwrap()) {
            self.attempts.clear();
            self.window_start = None;
        }
        if self.last_lock_end.is_some_and(|end| now - end >= i64::try_from(rule.lock_max.as_secs()).unwrap()) {
            self.locks_in_a_row = 0;
        }
        self.window_start.get_or_insert(now);
        self.attempts.push(now);
        if self.attempts.len() >= rule.limit as usize {
            self.locks_in_a_row += 1;
            let mut length = rule.lock.as_secs();
            for _ in 1..self.locks_in_a_row {
                length = (length * 2).min(rule.lock_max.as_secs());
            }
            let end = now + i64::try_from(length).unwrap();
            self.lock = Some((now, end));
            self.last_lock_end = Some(end);
        }
        Ok(())
    }
}

fn rules() -> impl Strategy<Value = Rule> {
    (1u32..6, 1u64..60, 1u64..30, 1u32..5).prop_map(|(limit, window, lock, doublings)| Rule {
        limit,
        window: secs(window),
        lock: secs(lock),
        lock_max: secs(lock << doublings),
    })
}

proptest! {
    #[test]
    fn agrees_with_the_naive_model(rule in rules(), steps in proptest::collection::vec(prop_oneof![3 => 0i64..3, 1 => 0i64..200], 1..80)) {
        let (mut naive, mut counter, mut now) = (Naive::default(), None, 0);
        for step in steps {
            now += step;
            match (naive.try_at(&rule, now), reserve(&rule, counter, at(now))) {
                (Ok(()), Ok(next)) => counter = Some(next),
                (Err(end), Err(blocked)) => prop_assert_eq!(blocked.until, at(end)),
                (naive, real) => prop_assert!(false, "naive {:?}, real {:?} at {}", naive, real, now),
            }
        }
    }

    /// Whatever the clock does, nobody is locked for longer than the longest lock from the moment of asking, but for what clocks differ, and a lock that began
    /// is not over sooner than its duration while the clock stands or jumps back.
    #[test]
    fn a_wild_clock_neither_lengthens_nor_frees(rule in rules(), times in proptest::collection::vec(0i64..2_000, 1..60)) {
        let mut counter: Option<Counter> = None;
        for now in times.into_iter().map(at) {
            let locked_before = counter.and_then(|counter| counter.live_lock());
            match reserve(&rule, counter, now) {
                Ok(next) => {
                    prop_assert!(locked_before.is_none_or(|until| now >= until), "freed by a jump");
                    prop_assert!(next.window_start <= now.plus(SKEW));
                    counter = Some(next);
                }
                Err(Blocked { until }) => {
                    prop_assert!(until.since(now) <= rule.lock_max.max(rule.lock) + SKEW);
                    if let Some(drawn) = counter.and_then(|counter| rebase(&rule, &counter, now)) {
                        counter = Some(drawn);
                    }
                }
            }
        }
    }

    /// Attempts pay in another order than they began, and clocks differ a little: a right password is given back all the same.
    #[test]
    fn success_is_free_whatever_the_order(rule in rules(), offsets in proptest::collection::vec(0i64..10, 1..20)) {
        let rule = Rule { limit: 1_000, window: Duration::from_hours(1), ..rule };
        let mut counter = None;
        for offset in &offsets {
            counter = Some(reserve(&rule, counter, at(1_000 + offset)).unwrap());
        }
        for offset in &offsets {
            counter = counter.map(|counter| refund(&rule, counter, at(1_000 + offset), at(1_010)));
        }
        prop_assert_eq!(counter.map(|counter| counter.failures), Some(0));
    }

    /// An attempt and its refund leave the count where it was, so no row of successes can open or close a budget.
    #[test]
    fn success_is_free(rule in rules(), failures in 0u32..5, logins in 1usize..50) {
        let mut counter = None;
        for _ in 0..failures.min(rule.limit - 1) {
            counter = Some(reserve(&rule, counter, at(0)).unwrap());
        }
        let before = counter.map_or(0, |counter| counter.failures);
        for _ in 0..logins {
            let reserved = reserve(&rule, counter, at(0)).unwrap();
            counter = Some(refund(&rule, reserved, at(0), at(0)));
        }
        prop_assert_eq!(counter.map(|counter| (counter.failures, counter.live_lock(), counter.streak)), Some((before, None, 0)));
    }
}

#[test]
fn a_lock_that_is_over_stays_over_when_the_clock_is_set_back() {
    let rule = Rule { limit: 5, ..Rule::ADDRESS };
    let counter = Counter { failures: 4, window_start: at(115), locked_until: Some(at(105)), streak: 1 };
    let next = reserve(&rule, Some(counter), at(100)).unwrap();
    assert_eq!((next.failures, next.live_lock().is_some()), (5, true), "the fifth failure locks, and not the old lock");
    let fewer = Counter { failures: 3, ..counter };
    assert_eq!(reserve(&rule, Some(fewer), at(100)).unwrap().failures, 4);
}

/// Guesses against one budget in `days` days. Who is patient leaves the last of a window alone, unless its lock lasts no longer than the window.
fn guesses(rule: &Rule, patient: bool, days: i64) -> u32 {
    let (mut counter, mut made, mut second) = (None, 0, 0);
    while second < days * 86_400 {
        match reserve(rule, counter, at(second)) {
            Ok(next) if patient && next.live_lock().is_some_and(|until| until > at(second).plus(rule.lock)) => second += 1,
            Ok(next) => {
                counter = Some(next);
                made += 1;
            }
            Err(blocked) => second = blocked.until.micros() / 1_000_000,
        }
    }
    made
}

/// The numbers of `docs/login.md`.
#[test]
fn guesses_a_day() {
    for (rule, first, later, patient, patient_later) in [
        (Rule::ACCOUNT, 100, 60, 870, 869),
        (Rule::ADDRESS, 50, 30, 390, 389),
        (Rule::ADDRESS.times(4), 200, 120, 1_830, 1_829),
        (Rule::ADDRESS.times(16), 800, 480, 7_590, 7_589),
        (Rule::API_KEY, 5_760, 5_760, 5_760, 5_760),
    ] {
        assert_eq!(guesses(&rule, false, 1), first);
        assert_eq!((guesses(&rule, false, 101) - guesses(&rule, false, 1)) / 100, later);
        assert_eq!(guesses(&rule, true, 1), patient);
        assert_eq!(guesses(&rule, true, 100) / 100, patient_later);
    }
}
