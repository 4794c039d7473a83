//! Looking through the log by parts of names.

use ringfence_guard::audit::{Actor, Event, Origin};
use ringfence_guard::permission::{Role, Scope};
use ringfence_kit::engines;
use ringfence_store::repo::{NewApiKey, Page, TrailSearch};
use ringfence_store::{Change, StoreError};

use super::add_user;
use crate::world::{World, done, origin};

engines! {
    fn events_are_found_by_actor_and_object(engine) {
        let world = World::open(engine);
        let alice = add_user(&world, "alice", "", Role::Admin);
        let key = world.write(move |tx| {
            let new = NewApiKey { hash: [1; 32], display: "rf_1".into(), name: "Backup 100%".into(), owner_id: alice, scope: Scope::Read, expires_at: None };
            let change = tx.api_keys().insert(&new)?;
            done(tx, change)
        });
        let role = Role::Admin;
        let acts = [
            (Actor::User { id: alice.0, role }, "subnet.created", "10.1.0.0/16"),
            (Actor::Key { key_id: key.0, owner_id: alice.0, role, scope: Scope::Read }, "subnet.created", "10.2.0.0/16"),
            (Actor::System, "audit.sealed", "Web_01"),
            (Actor::System, "site.created", "ÖSTERSUND  Ost"),
        ];
        for (actor, name, label) in acts {
            let origin = Origin { actor, ..origin() };
            world.store.write::<_, StoreError>(&origin, move |tx| tx.record(&Event::new(name).on("thing", 1, label), Change::none())).unwrap();
        }
        let find = |actor: Option<&str>, name: Option<&str>, object: Option<&str>| -> Vec<String> {
            let search = TrailSearch { actor: actor.map(Into::into), name: name.map(Into::into), object: object.map(Into::into) };
            let (mut page, mut found) = (Page::first(1), Vec::new());
            loop {
                let window = world.read(|rx| rx.log().search(&search, &page));
                page.after = window.rows.last().map(|e| e.id);
                found.extend(window.rows.into_iter().filter_map(|e| e.object_label));
                if !window.more { return found }
            }
        };
        assert_eq!(find(Some("ALI"), None, None), ["10.1.0.0/16"]);
        assert_eq!(find(Some("backup"), None, None), ["10.2.0.0/16"]);
        assert_eq!(find(Some("100%"), None, None), ["10.2.0.0/16"]);
        assert_eq!(find(Some("system"), None, None), ["ÖSTERSUND  Ost", "Web_01"]);
        assert_eq!(find(None, None, Some("östersund ost")), ["ÖSTERSUND  Ost"]);
        assert!(find(Some("%"), None, None).len() == 1 && find(Some("_"), None, None).is_empty());
        assert_eq!(find(None, Some("subnet.created"), None), ["10.2.0.0/16", "10.1.0.0/16"]);
        assert_eq!(find(None, None, Some("WEB_")), ["Web_01"]);
        assert_eq!(find(Some("alice"), Some("subnet.created"), Some("10.")), ["10.1.0.0/16"]);
        assert_eq!(find(Some("alice"), Some("audit.sealed"), None), Vec::<String>::new());
    }
}
