//! Planned imports move from state to state once.

use ringfence_kit::engines;
use ringfence_store::repo::{ImportState, NewImportPlan, Page};

use crate::world::{NOON, World, done, race};

engines! {
    fn an_owner_sees_own_plans_newest_first(engine) {
        let world = World::open(engine);
        for (owner, source) in [("user:1", "a"), ("user:2", "b"), ("user:1", "c"), ("user:1", "d")] {
            world.write(move |tx| {
                let new = NewImportPlan { kind: "sites", source: source.into(), owner: owner.into(), total: 0, totals: "{}".into(), plan: Vec::new(), expires_at: NOON };
                let change = tx.import_plans().insert(new)?;
                done(tx, change)
            });
        }
        let (mut page, mut found) = (Page::first(2), Vec::new());
        loop {
            let window = world.read(|rx| rx.import_plans().list("user:1", &page));
            page.after = window.rows.last().map(|p| p.id);
            found.extend(window.rows.into_iter().map(|p| p.source));
            if !window.more { break }
        }
        assert_eq!(found, ["d", "c", "a"]);
    }

    fn one_of_ten_may_run_a_plan(engine) {
        let world = World::open(engine);
        let body: Vec<u8> = (0..200_000u32).map(|n| n.to_be_bytes()[3] ^ n.to_be_bytes()[2]).collect();
        let kept = body.clone();
        let id = world.write(move |tx| {
            let new = NewImportPlan { kind: "subnets", source: "a \"b\" ü.csv".into(), owner: "user:1".into(), total: 7, totals: "{\"create\":7}".into(),
                plan: kept.clone(), expires_at: NOON.plus(std::time::Duration::from_hours(1)) };
            let change = tx.import_plans().insert(new)?;
            done(tx, change)
        });
        assert_eq!(world.read(|rx| rx.import_plans().body(id)).unwrap(), body);
        let plan = world.read(|rx| rx.import_plans().find(id)).unwrap();
        assert_eq!((plan.state, plan.done, plan.total, plan.source.as_str(), plan.totals.as_str(), plan.created_at),
            (ImportState::Planned, 0, 7, "a \"b\" ü.csv", "{\"create\":7}", NOON));
        let advance = |from, to, failure: &'static str| {
            world.write(move |tx| { let change = tx.import_plans().advance(id, from, to, failure)?; done(tx, change) })
        };
        let taken = race(10, |_| advance(ImportState::Planned, ImportState::Running, ""));
        assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
        world.write(move |tx| tx.import_plans().progress(id, 5));
        assert!(!advance(ImportState::Planned, ImportState::Applied, ""));
        assert!(advance(ImportState::Running, ImportState::Failed, "row 3: no"));
        let plan = world.read(|rx| rx.import_plans().find(id)).unwrap();
        assert_eq!((plan.state, plan.done, plan.failure.as_str()), (ImportState::Failed, 5, "row 3: no"));
    }
}
