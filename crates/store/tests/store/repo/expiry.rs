//! What has expired goes, and nothing else.

use std::time::Duration;

use ringfence_guard::budget::Rule;
use ringfence_guard::clock::Timestamp;
use ringfence_guard::fence::{Block, BlockKind};
use ringfence_guard::login::mode::Mode;
use ringfence_guard::permission::Role;
use ringfence_kit::engines;
use ringfence_store::repo::{Answered, Charge, Horizon, NewImportPlan, NewMail, NewSession};
use ringfence_store::tables::UserId;

use super::add_user;
use crate::world::{NOON, World, done};

/// Everything at its own time, nothing bounded.
fn horizon(now: Timestamp, idle_before: Timestamp, stale_before: Timestamp) -> Horizon {
    Horizon { now, idle_before, stale_before, failed_before: stale_before, forgotten_before: stale_before, strangers: 1_000_000 }
}

/// What a purge removes, by table, without those that had nothing.
fn purge(world: &World, horizon: Horizon) -> Vec<(&'static str, u64)> {
    world.write(move |tx| tx.expiry().purge(&horizon)).into_iter().filter(|(_, gone)| *gone > 0).collect()
}

fn later(hours: u64) -> Timestamp {
    NOON.plus(Duration::from_hours(hours))
}

engines! {
    fn only_what_has_expired_goes(engine) {
        let world = World::open(engine);
        let alice = add_user(&world, "alice", "", Role::Admin);
        for (number, ends) in [(1u8, 1), (2, 100)] {
            world.write(move |tx| {
                let session = NewSession { token_hash: [number; 32], user_id: alice, epoch: 1, mode: ringfence_guard::login::mode::Mode::Form, client: String::new(), agent: String::new(), ends_at: later(ends) };
                let session = tx.sessions().insert(&session)?.map(drop);
                let link = tx.links().insert(if number == 1 { "a" } else { "b" }, None, &[number; 32], later(ends))?;
                let answered = Answered { fingerprint: [0; 32], output: "{}".into() };
                tx.idempotency().keep("o", &[number; 32], "x", &answered, later(ends))?;
                let plan = NewImportPlan { kind: "sites", source: String::new(), owner: String::new(), total: 0, totals: "{}".into(), plan: Vec::new(), expires_at: later(ends) };
                let plan = tx.import_plans().insert(plan)?.map(drop);
                let all = session.and(link).and(plan);
                done(tx, all.map(drop))
            });
        }
        let lasting = Charge { name: "lasting".into(), rule: Rule { limit: 1, lock: Duration::from_hours(50), lock_max: Duration::from_hours(50), ..Rule::ADDRESS } };
        let passing = Charge { name: "passing".into(), rule: Rule::ADDRESS };
        let _attempt = world.write(move |tx| tx.budgets().reserve(&[lasting.clone(), passing.clone()], NOON)).unwrap();
        strangers_leave_traces(&world, alice);
        assert_eq!(purge(&world, horizon(NOON, NOON, NOON)), []);
        let gone = purge(&world, horizon(later(2), NOON, later(2)));
        let names: Vec<&str> = gone.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            [
                "session", "one_time_link", "idempotency_key", "import_plan", "budget", "fence_block", "login_failure", "login_place", "login_audit",
                "spent_challenge", "notice", "mail"
            ]
        );
        assert!(gone.iter().all(|(name, count)| *count == 1 || *name == "login_audit"), "{gone:?}");
        assert!(world.read(|rx| rx.sessions().find(&[2; 32])).is_some() && world.read(|rx| rx.sessions().find(&[1; 32])).is_none());
        assert!(world.read(|rx| rx.links().is_open("b", &[2; 32], later(2))));
        assert!(world.read(|rx| rx.budgets().find("lasting")).is_some() && world.read(|rx| rx.budgets().find("passing")).is_none());
        // An idle session goes before its end; a budget when its lock is over.
        assert_eq!(purge(&world, horizon(later(2), later(1), later(51))), [("session", 1), ("budget", 1)]);
    }

    fn what_strangers_make_is_bounded_and_locks_stay(engine) {
        let world = World::open(engine);
        let alice = add_user(&world, "alice", "", Role::Admin);
        for number in 0..30u64 {
            let at = NOON.plus(Duration::from_secs(number));
            let lock = if number == 0 { 1 } else { 100 };
            world.write_at(at, move |tx| {
                let charge = Charge { name: format!("v4:{number}"), rule: Rule { limit: lock, ..Rule::ADDRESS } };
                let _attempt = tx.budgets().reserve(&[charge], at)?.map(|attempt| attempt.is_ok());
                tx.login_audits().ensure(&format!("name:{number:02}"), (number == 1).then_some(alice), "", at)?;
                Ok(tx.unchanged(()))
            });
        }
        let bounded = Horizon { strangers: 10, ..horizon(later(0), NOON.minus(Duration::from_hours(9)), NOON.minus(Duration::from_hours(9))) };
        assert_eq!(purge(&world, bounded), [("unlocked budget", 19), ("unknown name", 19)]);
        let kept = |name: &str| { let name = name.to_owned(); world.read(move |rx| rx.budgets().find(&name)).is_some() };
        assert!(kept("v4:0"), "a lock is never evicted");
        assert!(!kept("v4:1") && kept("v4:29"), "the longest untouched go first");
        assert!(world.read(|rx| rx.login_audits().find("name:01")).is_some(), "the name of an account stays");
        assert!(world.read(|rx| rx.login_audits().find("name:00")).is_none() && world.read(|rx| rx.login_audits().find("name:29")).is_some());
        assert_eq!(purge(&world, bounded), []);
    }

    fn much_goes_in_steps(engine) {
        let world = World::open(engine);
        world.write(|tx| {
            for number in 0..700u32 {
                let charge = Charge { name: format!("v4:{number}"), rule: Rule::ADDRESS };
                let _attempt = tx.budgets().reserve(&[charge], NOON)?.map(|attempt| attempt.is_ok());
            }
            Ok(tx.unchanged(()))
        });
        let turn = || purge(&world, horizon(later(2), NOON, later(2)));
        assert_eq!([turn(), turn(), turn()], [vec![("budget", 500)], vec![("budget", 200)], vec![]]);
    }
}

/// One row of each kind that the login leaves behind, from noon on for an hour.
fn strangers_leave_traces(world: &World, alice: UserId) {
    world.write(move |tx| {
        let until = later(1);
        let block = Block {
            subject: "v4:203.0.113.9".into(),
            kind: BlockKind::NoAnswer,
            until,
            strict: false,
            modes: vec![Mode::Form],
            rule: 1,
            since: NOON,
        };
        tx.blocks().arm(&block, None, "203.0.113.9")?;
        tx.login_audits().ensure("name:00", None, "unknown name 0000", NOON)?;
        let failed = tx.login_audits().name_failed("v4:203.0.113.9", "name:00", NOON)?;
        let place = tx.login_audits().used_from(alice, "v4:203.0.113.0/24", NOON)?;
        assert!(tx.login_audits().spend(&[9; 32], until)? && !tx.login_audits().spend(&[9; 32], until)?, "a form is spent once");
        let notice = tx.notices().add(alice, "failures", "{}")?;
        let mail = NewMail { recipient: "alice@example.org".into(), subject: "s".into(), body: "b".into() };
        let mail = tx.mails().queue(&mail)?;
        done(tx, failed.and(place).and(notice).and(mail).map(drop))
    });
}
