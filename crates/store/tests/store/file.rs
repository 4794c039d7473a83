//! The SQLite file itself: who may read it, and what happens when it cannot be written.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use ringfence_kit::{Database, Engine};
use ringfence_store::tables::group::TagFacts;
use ringfence_store::{Location, Store, StoreError};

use crate::world::{World, done, noon, origin};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Run by the test below in a process without a umask.
#[test]
#[ignore = "started by the_files_are_their_owners_alone"]
fn without_a_umask() {
    let database = Database::fresh(Engine::Sqlite);
    let file = database.file().unwrap();
    let store = Store::open(&Location::File(file.clone()), 2, noon).unwrap();
    store
        .write::<_, StoreError>(&origin(), |tx| {
            let change = tx.settings().put("a", Some("b"), true)?;
            done(tx, change)
        })
        .unwrap();
    store.ping().unwrap();
    for name in ["ringfence.db", "ringfence.db-wal", "ringfence.db-shm"] {
        assert_eq!(mode(&file.with_file_name(name)), 0o600, "{name}");
    }
    println!("the files are private");
}

#[test]
fn the_files_are_their_owners_alone() {
    let this = std::env::current_exe().unwrap();
    let run = Command::new("sh")
        .args(["-c", "umask 0; exec \"$0\" --exact file::without_a_umask --ignored --nocapture"])
        .arg(this)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && text.contains("the files are private"), "{text}{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn files_that_others_may_read_are_taken_from_them() {
    let database = Database::fresh(Engine::Sqlite);
    let file = database.file().unwrap();
    let open = || Store::open(&Location::File(file.clone()), 2, noon).unwrap();
    // A first store stays open, so that its files are there.
    let _first = open();
    let names = ["ringfence.db", "ringfence.db-wal", "ringfence.db-shm"].map(|name| file.with_file_name(name));
    for name in &names {
        std::fs::set_permissions(name, std::fs::Permissions::from_mode(0o666)).unwrap();
    }
    let _second = open();
    for name in &names {
        assert_eq!(mode(name), 0o600, "{}", name.display());
    }
}

#[test]
fn an_existing_file_keeps_its_content_and_a_missing_folder_is_named() {
    let World { store, database } = World::open(Engine::Sqlite);
    store
        .write::<_, StoreError>(&origin(), |tx| {
            let change = tx.settings().put("a", Some("b"), true)?;
            done(tx, change)
        })
        .unwrap();
    drop(store);
    let again = Store::open(&Location::File(database.file().unwrap()), 2, noon).unwrap();
    assert_eq!(again.read::<_, StoreError>(|rx| rx.settings().all()).unwrap().1["a"], "b");
    let nowhere = database.file().unwrap().with_file_name("missing").join("x.db");
    let refusal = Store::open(&Location::File(nowhere), 2, noon).err().unwrap();
    assert!(matches!(refusal, StoreError::Setup(_)), "{refusal}");
}

#[test]
fn something_else_than_a_database_is_refused() {
    let database = Database::fresh(Engine::Sqlite);
    std::fs::write(database.file().unwrap(), "not a database, but long enough to have a header of one hundred bytes".repeat(4)).unwrap();
    assert!(Store::open(&Location::File(database.file().unwrap()), 2, noon).is_err());
}

/// Another process's writing transaction holds every unit up; nothing of it is lost, and it goes on when that is over.
#[test]
fn another_process_that_writes_is_waited_for() {
    let world = World::open(Engine::Sqlite);
    let other = rusqlite::Connection::open(world.database.file().unwrap()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE meta SET value = value + 1 WHERE name = 'settings_version'").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            world.write(|tx| {
                let change = tx.tags().insert(&TagFacts { name: "t".into(), ..Default::default() })?;
                done(tx, change)
            })
        });
        assert!(world.read(|rx| rx.tags().find_by_name("t")).is_none());
        other.execute_batch("COMMIT").unwrap();
        waiting.join().unwrap();
    });
    assert!(world.read(|rx| rx.tags().find_by_name("t")).is_some());
}

/// A full disk, as far as a test can have one: the writer's file may not grow. Nothing half-done stays, and it works again afterwards.
#[test]
fn a_full_disk_refuses_and_recovers() {
    let Some(disk) = Disk::small() else { return full_disk_needs_root() };
    let location = Location::File(disk.path().join("ringfence.db"));
    let store = Store::open(&location, 2, noon).unwrap();
    let ballast = disk.path().join("ballast");
    let put = |name: &str, size: usize| {
        let (name, value) = (name.to_owned(), "x".repeat(size));
        store.write::<_, StoreError>(&origin(), move |tx| {
            let change = tx.settings().put(&name, Some(&value), true)?;
            done(tx, change)
        })
    };
    put("before", 10).unwrap();
    std::fs::write(&ballast, vec![0u8; 1_500_000]).unwrap();
    let results: Vec<_> = (0..20).map(|n| put(&format!("s{n}"), 400_000)).collect();
    let refused = results.iter().find_map(|r| r.as_ref().err()).expect("the disk is full");
    assert!(refused.is_unavailable(), "{refused:?}");
    let kept = store.read::<_, StoreError>(|rx| rx.settings().all()).unwrap().1;
    for (n, result) in results.iter().enumerate() {
        assert_eq!(kept.contains_key(&format!("s{n}")), result.is_ok(), "{n}");
    }
    std::fs::remove_file(&ballast).unwrap();
    put("after", 10).unwrap();
    assert_eq!(store.check().unwrap().drift, 0);
    assert!(store.read::<_, StoreError>(|rx| rx.settings().all()).unwrap().1.contains_key("before"));
    drop(store);
}

/// Where no small disk can be mounted, a file that must not be written stands in for it.
fn full_disk_needs_root() {
    let World { store, database } = World::open(Engine::Sqlite);
    drop(store);
    for name in ["ringfence.db", "ringfence.db-wal", "ringfence.db-shm"] {
        let path = database.file().unwrap().with_file_name(name);
        if path.exists() {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        }
    }
    assert!(Store::open(&Location::File(database.file().unwrap()), 2, noon).is_err());
}

/// A file system of 4 MB of its own, unmounted when dropped. Only root can have one.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    fn small() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(folder.path()).output();
        mounted.is_ok_and(|run| run.status.success()).then_some(Self { folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ended = Command::new("umount").arg("-l").arg(self.folder.path()).output();
    }
}
