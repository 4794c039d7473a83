//! Two languages; a third would be one file.

use ringfence_kit::{Engine, Method, World, block_on};

use super::{change, make};

#[test]
fn two_languages_and_a_third_would_be_one_file_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        make(&world.server, "ada", &[]);
        let french = world.server.anon();
        let page = french.send(Method::GET, "/login", &[("accept-language", "fr-CA,fr;q=0.9,en;q=0.5")], None).await.expect(200);
        assert!(page.body.contains("<html lang=\"fr\"") && page.body.contains("Mot de passe"), "{}", page.body);
        french.form_from("/login", "/language", &[("language", "fr")]).await.expect(303);
        let wrong = french.login("ada", "wrong").await.expect(401);
        assert!(wrong.body.contains("Le nom ou le mot de passe est incorrect."), "{}", wrong.body);
        french.login("ada", World::PASSWORD).await.expect(303);
        let short = change(&french, World::PASSWORD, "court").await.expect(422);
        assert!(short.body.contains("Utilisez au moins 12"), "{}", short.body);
        french.submit("/account", "/account", &[("language", "en")]).await.expect(303);
        assert!(french.get("/account").await.expect(200).body.contains("Your account"), "one's own setting goes first");
        french.submit("/account", "/account", &[("language", "xx")]).await.expect(422);
        french.submit("/account", "/account", &[("timezone", "Mars/Olympus")]).await.expect(422);
    });
}
