//! The log cannot be altered through the database's own tables, and seals leave no gap.

use std::sync::atomic::{AtomicBool, Ordering};

use ringfence_guard::audit::seal::{BEGINNING, digest};
use ringfence_guard::audit::{Actor, Event};
use ringfence_guard::permission::Scope;
use ringfence_kit::{Engine, engines};
use ringfence_store::repo::{EventFilter, NewApiKey, Page};
use ringfence_store::tables::EventId;
use ringfence_store::tables::account::UserFacts;
use ringfence_store::tables::log::Seal;
use ringfence_store::{Change, StoreError};

use crate::world::{NOON, World, done, origin, race, raw, raw_number};

fn event(world: &World, name: &'static str, kind: &'static str, id: i64) {
    world.write(move |tx| tx.record(&Event::new(name).on(kind, id, "label").with("k", "ä"), Change::none()));
}

/// Seals what there is; gives how many events it took in.
fn seal(world: &World, limit: u64) -> usize {
    world.write(move |tx| {
        tx.log().hold()?;
        let last = tx.log().last_seal()?;
        let (from, previous) = last.map_or((0, BEGINNING), |s| (s.last_id, s.hash));
        let rows = tx.log().rows_between(from, i64::MAX, limit)?;
        let digests: Vec<_> = rows.iter().map(|row| (row.id, digest(row))).collect();
        let (Some(first), Some(last)) = (digests.first(), digests.last()) else { return Ok(tx.unchanged(0)) };
        let seal = Seal { id: 0, first_id: first.0, last_id: last.0, hash: [7; 32], previous, key_version: 3, digests: digests.clone() };
        Ok(tx.log().seal(&seal)?.map(|_| digests.len()))
    })
}

engines! {
    fn the_log_is_append_only(engine) {
        let world = World::open(engine);
        world.write(|tx| { let change = tx.settings().put("a", Some("1"), true)?; done(tx, change) });
        assert_eq!(seal(&world, 100), 1);
        for (table, column) in [("audit_event", "name"), ("audit_seal", "events"), ("object_change", "kind")] {
            assert_eq!(raw_number(&world.database, &format!("SELECT COUNT(*) FROM {table}")), 1);
            let value = if table == "audit_seal" { "9" } else { "'x'" };
            let mut tries = vec![format!("UPDATE {table} SET {column} = {value}"), format!("DELETE FROM {table}")];
            if engine == Engine::Postgres {
                tries.push(format!("TRUNCATE {table} CASCADE"));
            }
            for sql in tries {
                let refusal = raw(&world.database, &sql).unwrap_err();
                assert!(refusal.contains("append-only"), "{sql}: {refusal}");
            }
            assert_eq!(raw_number(&world.database, &format!("SELECT COUNT(*) FROM {table}")), 1);
        }
    }

    fn a_seal_comes_back_as_it_was_written(engine) {
        let world = World::open(engine);
        event(&world, "a.b", "subnet", 1);
        event(&world, "a.c", "subnet", 2);
        let rows = world.read(|rx| rx.log().rows_between(0, i64::MAX, 10));
        let digests: Vec<_> = rows.iter().map(|row| (row.id, digest(row))).collect();
        assert_eq!(seal(&world, 10), 2);
        let stored = world.read(|rx| rx.log().last_seal()).unwrap();
        assert_eq!((stored.first_id, stored.last_id, &stored.digests, stored.previous, stored.hash, stored.key_version),
            (rows[0].id, rows[1].id, &digests, BEGINNING, [7; 32], 3));
        event(&world, "a.d", "subnet", 3);
        assert_eq!(seal(&world, 10), 1);
        assert_eq!(seal(&world, 10), 0);
        let all = world.read(|rx| rx.log().seals_after(0, 10));
        assert_eq!(all.len(), 2);
        assert_eq!(world.read(|rx| rx.log().seals_after(all[0].id, 10)), all[1..]);
    }

    /// Eight writers and one sealer: no event may come to lie behind a seal.
    fn seals_leave_no_gap(engine) {
        let world = World::open(engine);
        let writing = AtomicBool::new(true);
        let sealed = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let sealer = scope.spawn(|| {
                while writing.load(Ordering::SeqCst) {
                    sealed.fetch_add(seal(&world, 50), Ordering::SeqCst);
                }
            });
            race(8, |number| {
                for round in 0..25 {
                    world.write(move |tx| {
                        if round % 3 == 0 {
                            let change = tx.settings().put(&format!("s{number}"), Some("x"), true)?;
                            return done(tx, change);
                        }
                        let first = tx.record(&Event::new("first.event"), Change::none())?;
                        let _second = tx.record(&Event::new("second.event"), Change::none())?;
                        Ok(first)
                    });
                }
            });
            writing.store(false, Ordering::SeqCst);
            sealer.join().unwrap();
        });
        while seal(&world, 50) > 0 {}
        let seals = world.read(|rx| rx.log().seals_after(0, 10_000));
        let ids: Vec<i64> = seals.iter().flat_map(|seal| seal.digests.iter().map(|(id, _)| *id)).collect();
        let events: Vec<i64> = world.read(|rx| rx.log().rows_between(0, i64::MAX, 10_000)).iter().map(|row| row.id).collect();
        assert_eq!(ids, events);
        assert_eq!(events.len(), 8 * (9 + 16 * 2));
        assert!(seals.len() > 1);
    }

    fn events_are_found_by_what_they_say(engine) {
        let world = World::open(engine);
        event(&world, "subnet.created", "subnet", 1);
        event(&world, "subnet.deleted", "subnet", 1);
        event(&world, "subnetx.made", "subnet", 2);
        event(&world, "address.created", "address", 1);
        let names = |filter: &EventFilter| -> Vec<String> {
            world.read(|rx| rx.log().events(filter, &Page::first(100))).rows.into_iter().map(|e| e.name).collect()
        };
        let all = EventFilter::default();
        assert_eq!(names(&all), ["address.created", "subnetx.made", "subnet.deleted", "subnet.created"]);
        assert_eq!(names(&EventFilter { name: Some("subnet.".into()), ..all.clone() }), ["subnet.deleted", "subnet.created"]);
        assert_eq!(names(&EventFilter { name: Some("subnet*".into()), ..all.clone() }).len(), 3);
        assert_eq!(names(&EventFilter { name: Some("subnet.created".into()), ..all.clone() }), ["subnet.created"]);
        assert_eq!(names(&EventFilter { object_kind: Some("subnet".into()), object_id: Some(2), ..all.clone() }), ["subnetx.made"]);
        assert_eq!(names(&EventFilter { since: Some(NOON), ..all.clone() }).len(), 4);
        assert!(names(&EventFilter { since: Some(NOON.plus(std::time::Duration::from_secs(1))), ..all.clone() }).is_empty());
        let mut paged = Vec::new();
        let mut page = Page::first(3);
        loop {
            let window = world.read(|rx| rx.log().events(&all, &page));
            paged.extend(window.rows.iter().map(|e| e.name.clone()));
            page.after = window.rows.last().map(|e| e.id);
            if !window.more { break }
        }
        assert_eq!(paged, names(&all));
        let row = &world.read(|rx| rx.log().events(&all, &Page::first(1))).rows[0];
        assert_eq!((row.door.as_str(), row.actor_kind.as_str(), row.object_label.as_deref(), row.details.as_str()),
            ("cli", "console", Some("label"), r#"{"k":"ä"}"#));
        assert_eq!(world.read(|rx| rx.log().changes_of(EventId(row.id.0))), 0);
    }

    fn actors_are_named_as_they_are_now(engine) {
        let world = World::open(engine);
        let user = crate::repo::add_user(&world, "alice", "", ringfence_guard::permission::Role::Admin);
        let key = world.write(move |tx| {
            let new = NewApiKey { hash: [1; 32], display: "rf_1".into(), name: "backup".into(), owner_id: user, scope: Scope::Read, expires_at: None };
            let change = tx.api_keys().insert(&new)?;
            done(tx, change)
        });
        let role = ringfence_guard::permission::Role::Admin;
        for actor in [Actor::User { id: user.0, role }, Actor::Key { key_id: key.0, owner_id: user.0, role, scope: Scope::Read }, Actor::System] {
            let origin = ringfence_guard::audit::Origin { actor, ..origin() };
            world.store.write::<_, StoreError>(&origin, |tx| tx.record(&Event::new("x.done"), Change::none())).unwrap();
        }
        let filter = EventFilter { name: Some("x.done".into()), ..EventFilter::default() };
        let named: Vec<_> = world.read(|rx| rx.log().events(&filter, &Page::first(9))).rows.into_iter().map(|e| e.actor_name).collect();
        assert_eq!(named, [None, Some("backup (alice)".into()), Some("alice".into())]);
        assert_eq!(world.read(|rx| rx.log().events(&EventFilter { user_id: Some(user.0), ..filter.clone() }, &Page::first(9))).rows.len(), 1);
    }

    fn history_shows_before_and_after(engine) {
        let world = World::open(engine);
        let id = crate::repo::add_user(&world, "bob", "", ringfence_guard::permission::Role::Viewer);
        world.write(move |tx| {
            let user = tx.accounts().find(id)?.unwrap();
            let facts = UserFacts { display_name: "Bob \"B\" Ö".into(), ..user.facts.clone() };
            let change = tx.accounts().update(&crate::world::allowed(user), &facts)?;
            done(tx, change)
        });
        let history = world.read(|rx| rx.log().history("user", id.0, 10));
        assert_eq!(history.iter().map(|c| c.action.as_str()).collect::<Vec<_>>(), ["update", "create"]);
        assert!(history[0].after.as_ref().unwrap().contains(r#"Bob \"B\" Ö"#));
        assert!(!history[0].before.as_ref().unwrap().contains("Bob"));
        assert_eq!(history[1].before, None);
        assert_eq!(history[0].event.name, "test.done");
    }
}
