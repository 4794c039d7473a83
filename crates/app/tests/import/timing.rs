use crate::world::*;
use ringfence_app::import::*;
use ringfence_kit::{Engine, block_on};
#[test]
fn timing() {
    let engine = if std::env::args().count() > 100 { Engine::Mysql } else { Engine::Sqlite };
    block_on(async {
        let world = World::open(engine);
        let t = |label: &str, at: std::time::Instant| eprintln!("{label} {:?}", at.elapsed());
        for round in 0..2 {
            let at = std::time::Instant::now();
            let planned = world.planned(Kind::Subnets, demo("aws-ip-ranges")).await;
            t("plan", at);
            let at = std::time::Instant::now();
            let id = world.app.keep_plan(&console(), &planned).await.unwrap();
            t("keep", at);
            let _ = id;
            let at = std::time::Instant::now();
            world.apply(planned).await.unwrap();
            t(&format!("apply {round}"), at);
        }
        let mut file = "address,dns_name\n10.0.0.1/8,x\n".to_owned();
        for n in 1..10_000u32 { file += &format!("10.0.{}.{},host-{n}.example.net\n", n >> 8, n & 255).replace("10.0.0.1,", "10.2.0.1,"); }
        for round in 0..2 {
            let at = std::time::Instant::now();
            let planned = world.planned(Kind::Addresses, &file).await;
            t("addr plan", at);
            let at = std::time::Instant::now();
            world.apply(planned).await.unwrap();
            t(&format!("addr apply {round}"), at);
        }
        let mut file = "cidr,tags\n".to_owned();
        for n in 0..10_000u32 { file += &format!("10.{}.{}.0/24,a b\n", 1+(n >> 8), n & 255); }
            let planned = world.planned(Kind::Subnets, &file).await;
            let at = std::time::Instant::now();
            world.apply(planned).await.unwrap();
            t("10000 subnets under 10000 addresses", at);
    });
}
