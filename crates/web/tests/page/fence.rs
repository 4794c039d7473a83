//! The fence's page: rules are edited, parameters set, files read and written, logins imagined.

use ringfence_guard::permission::Role;

use super::world::World;

const RULE: [(&str, &str); 5] =
    [("rule", "1"), ("checker", "login_failed"), ("countermeasure", "no_answer_until"), ("min_level", "4"), ("enabled", "1")];

/// The rules as the editor was filled from them.
fn was(html: &str) -> String {
    let (_, rest) = html.split_once("name=\"was\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.replace("&#34;", "\"").replace("&quot;", "\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_edited_and_only_saved_by_save() {
    let world = World::open();
    let admin = world.browser(Role::Admin).await;
    let page = admin.get("/security/fence").await;
    page.is(200).has("After 3 or more").has("The fence is on.").has("Rule <span data-rule-number>2</span>");
    let was = was(&page.html);
    let send = |fields: Vec<(&'static str, String)>| {
        let admin = &admin;
        async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            admin.post("/security/fence/rules", &fields).await
        }
    };
    let form = |act: &str, rules: &[(&'static str, &str)]| {
        let mut fields = vec![("was", was.clone())];
        fields.extend(rules.iter().map(|(name, value)| (*name, (*value).to_owned())));
        fields.push(("act", act.to_owned()));
        fields
    };
    let two = [&RULE[..], &[("rule", "2"), ("checker", "captcha"), ("countermeasure", "slowdown"), ("min_level", "many")]].concat();
    let moved = send(form("up:2", &two)).await;
    moved.is(200).has("Not saved yet.").has("value=\"many\"").has("rule-1-min_level-error");
    assert!(moved.html.find("value=\"many\"") < moved.html.find("name=\"min_level\" value=\"4\""), "the second rule stands first");
    send(form("duplicate:1", &RULE)).await.is(200).has("Rule <span data-rule-number>2</span>");
    send(form("remove:1", &RULE)).await.is(200).has("There is no rule");
    send(form("add", &RULE)).await.is(200).has("Rule <span data-rule-number>2</span>");
    admin.get("/security/fence").await.lacks("stop with status");

    send(form("save", &two)).await.is(422).has("rule-2-min_level-error").has("value=\"many\"");
    let both = [&RULE[..], &[("included", "form"), ("excluded", "form")]].concat();
    send(form("save", &both)).await.is(422).has("rule-1-error").has("both included and excluded");
    assert_eq!(send(form("save", &RULE)).await.to(), "/security/fence");
    admin.get("/security/fence").await.has("After 4 or more").lacks("Rule <span data-rule-number>2</span>");
    send(form("save", &RULE)).await.is(422).has("Somebody changed the rules meanwhile.");
    let many: Vec<(&str, &str)> = (0..102).map(|_| ("rule", "1")).collect();
    send(form("up:1", &many)).await.is(413);
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_are_saved_together_or_told_at_their_fields() {
    let world = World::open();
    let admin = world.browser(Role::Admin).await;
    let at = "/security/fence/settings";
    let wrong = [("fence.trusted_ip_list", "10.0.0.0/33"), ("fence.no_answer_duration", "soon"), ("fence.no_answer_message", "Later")];
    let refused = admin.post(at, &wrong).await;
    refused
        .is(422)
        .has("set-fence.trusted_ip_list-error")
        .has("set-fence.no_answer_duration-error")
        .has("set-fence.no_answer_message-error");
    refused.has("10.0.0.0/33").has("value=\"soon\"");
    let good = [
        ("fence.trusted_ip_list", "10.0.0.7/8\r\n::1"),
        ("fence.no_answer_message", "en = Later\r\nfr = Plus tard"),
        ("fence.recaptcha_private_key", "sesame-open"),
        ("fence.enabled", "false"),
        ("security.login_max_attempts", "7"),
    ];
    assert_eq!(admin.post(at, &good).await.to(), "/security/fence");
    let page = admin.get("/security/fence").await;
    page.has("10.0.0.0/8\n::1").has("fr = Plus tard").has("The fence is off").has("set: leave empty to keep it").lacks("sesame-open");
    // A page that was open meanwhile changes what was touched on it, and says what somebody else has changed.
    let old = [
        ("fence.trusted_ip_list.was", ""),
        ("fence.trusted_ip_list", ""),
        ("fence.no_answer_duration.was", "900"),
        ("fence.no_answer_duration", "901"),
    ];
    admin.post(at, &old).await.to();
    admin.get("/security/fence").await.has("10.0.0.0/8\n::1").has("value=\"901\"");
    admin.post(at, &[("fence.no_answer_duration.was", "900"), ("fence.no_answer_duration", "901")]).await.to();
    let clash = admin.post(at, &[("fence.no_answer_duration.was", "900"), ("fence.no_answer_duration", "902")]).await;
    clash.is(422).has("set-fence.no_answer_duration-error").has("changed by somebody else meanwhile").has("value=\"902\"");
    // An empty secret keeps what is set; the box removes it.
    admin.post(at, &[("fence.recaptcha_private_key", ""), ("fence.enabled", "false"), ("fence.enabled", "true")]).await.to();
    admin.get("/security/fence").await.has("set: leave empty to keep it").has("The fence is on.");
    admin.post(at, &[("fence.recaptcha_private_key", ""), ("fence.recaptcha_private_key.remove", "true")]).await.to();
    admin.get("/security/fence").await.lacks("set: leave empty to keep it");
}

const PHP: &str = "'itop-fence' => array (\n    'no_answer_duration' => 3600,\n    'checker_to_countermeasure' => array (\n        0 => array (\n            \
    'checker' => 'Combodo\\\\iTop\\\\Fence\\\\Checker\\\\LoginFailedListener',\n            \
    'countermeasure' => 'Combodo\\\\iTop\\\\Fence\\\\Countermeasure\\\\NoAnswerUntil',\n            'min_level' => 3,\n        ),\n    ),\n),\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_looked_at_applied_and_written_again() {
    let world = World::open();
    let admin = world.browser(Role::Admin).await;
    let at = "/security/fence/import";
    admin.post(at, &[("text", "")]).await.is(422).has("import-text-error");
    admin.post(at, &[("text", "no_answer_duration = \"\nx")]).await.is(422).has("Line ");
    admin
        .post(at, &[("text", "no_answer_durration = 5")])
        .await
        .is(422)
        .has("the nearest is no_answer_duration")
        .has("no_answer_durration = 5");
    let look = admin.post(at, &[("text", PHP)]).await;
    look.is(200).has("900 (default)").has("3600").has("2 rules").has("name=\"apply\"");
    admin.get("/security/fence.toml").await.is(200).lacks("3600");
    assert_eq!(admin.post(at, &[("text", PHP), ("apply", "1")]).await.to(), "/security/fence");
    let file = admin.get("/security/fence.toml").await;
    file.is(200).has("no_answer_duration = 3600").has("countermeasure = \"no_answer_until\"");
    assert_eq!(file.headers.get("content-type").unwrap(), "text/plain; charset=utf-8");
    admin.post(at, &[("text", &file.html)]).await.is(200).has("there is nothing to apply").lacks("name=\"apply\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_imagined() {
    let world = World::open();
    let admin = world.browser(Role::Admin).await;
    let at = "/security/fence/simulate?name=admin&mode=form&address=203.0.113.9";
    admin.get(&format!("{at}&failures=4")).await.is(200).has("Rule 1 matches.").has("Rule 2 does not match.").has("4 failures before it");
    admin.get(&format!("{at}&failures=")).await.is(200).has("0 failures of this account").has("Rule 1 does not match.");
    admin.get(&format!("{at}&failures=x&spraying=-1")).await.is(422).has("simulate-failures-error").has("simulate-spraying-error");
    admin.get("/security/fence/simulate?mode=telex&address=nowhere").await.is(422).has("simulate-mode-error").has("simulate-address-error");
    admin
        .get("/security/fence/simulate?name=nobody&mode=form&address=%3A%3A1")
        .await
        .is(200)
        .has("0 failures of a name of nobody, as counted now,");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_come_in() {
    let (world, operator) = World::with_operator().await;
    for at in ["/security/fence", "/security/fence.toml", "/security/fence/simulate", "/settings/mail"] {
        operator.get(at).await.is(403);
    }
    operator.post("/security/fence/rules", &RULE).await.is(403);
    operator.get("/").await.lacks("href=\"/security/fence\"");
    world.browser(Role::Admin).await.get("/").await.has("href=\"/security/fence\"");
}
