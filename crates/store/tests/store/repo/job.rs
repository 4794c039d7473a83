//! Jobs: one lease, by whoever is first.

use std::time::Duration;

use ringfence_kit::engines;

use crate::world::{NOON, World, race};

engines! {
    fn one_of_ten_gets_the_lease(engine) {
        let world = World::open(engine);
        let at = |seconds| NOON.plus(Duration::from_secs(seconds));
        let lease = |now: u64| world.write(move |tx| tx.jobs().lease("audit.seal", at(now), Duration::from_secs(100), Duration::from_mins(1)));
        let count = |now| race(10, |_| lease(now)).into_iter().filter(|got| *got).count();
        assert_eq!(count(0), 1);
        assert_eq!(count(59), 0);
        assert_eq!(count(60), 1);
        world.write(move |tx| tx.jobs().finish("audit.seal", at(100), Some("no disk")));
        let job = &world.read(|rx| rx.jobs().all())[0];
        assert_eq!((job.kind.as_str(), job.run_at, job.attempts, job.last_error.as_str()), ("audit.seal", at(100), 1, "no disk"));
        assert!(!lease(99));
        assert!(lease(100));
        world.write(move |tx| tx.jobs().finish("audit.seal", at(200), None));
        let job = &world.read(|rx| rx.jobs().all())[0];
        assert_eq!((job.attempts, job.last_error.as_str()), (0, ""));
    }

    /// A turn or a lease that no run can have set keeps no job from running: the clock was set back, or somebody wrote it there.
    fn a_turn_too_far_away_is_due(engine) {
        let world = World::open(engine);
        let at = |seconds| NOON.plus(Duration::from_secs(seconds));
        let lease = |now: u64| world.write(move |tx| tx.jobs().lease("audit.seal", at(now), Duration::from_secs(10), Duration::from_mins(1)));
        assert!(lease(1000));
        world.write(move |tx| tx.jobs().finish("audit.seal", at(1010), None));
        assert!(!lease(1005));
        assert!(lease(500), "its turn is further away than its interval");
        assert!(!lease(501), "and now it is leased");
        assert!(lease(400), "the lease is longer than a lease");
    }
}
