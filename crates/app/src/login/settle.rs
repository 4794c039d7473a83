//! The second unit of work of an attempt: what it spent is given back or kept, the session begins, and the trail says what happened.

use std::sync::Arc;
use std::time::Duration;

use guard::audit::{Actor, Event, Origin};
use guard::budget::{Account, Limits, account_key, address_key, browser_key, place};
use guard::clock::Timestamp;
use guard::fence::Block;
use guard::login::LoginName;
use guard::login::machine::{Admission, Evidence, Reason};
use guard::login::mode::Mode;
use guard::message::{Language, Message};
use guard::password::expiry::Expiry;
use guard::session;
use ringfence_guard as guard;
use ringfence_store as store;
use store::repo::{Charge, NewSession, Settle};
use store::tables::UserId;
use store::tables::account::Credentials;
use store::{Change, WriteTx};

use super::{Browser, Entry, LoginRefusal, Looked, Progress, Through, is_quiet};
use crate::notice::{self, Unusual};
use crate::{App, Refusal, event};

/// How long a known browser stays known without a login: its cookie's age.
pub const DEVICE_AGE: Duration = Duration::from_hours(400 * 24);

/// What a success changes, by value.
#[derive(Clone)]
struct Success {
    user: UserId,
    account: String,
    known: Option<[u8; 32]>,
    place: Option<String>,
    charges: Vec<(Charge, Settle)>,
    typed: bool,
    reserved_at: Timestamp,
    now: Timestamp,
    /// Blocks that it armed itself.
    armed: Vec<Block>,
    /// The hash that was compared.
    stored: Option<String>,
    /// A stronger one of the same password.
    renewed: Option<String>,
    /// The password is good for this login only.
    one_time: bool,
}

impl Success {
    /// What becomes of the password that was right. One that is good for one login is used up by the first that gets here.
    fn password(&self, tx: &mut WriteTx<'_>, enters: bool) -> Result<Change<()>, Refusal> {
        let Some(stored) = self.stored.as_deref().filter(|_| self.typed) else { return Ok(Change::none()) };
        if self.one_time && enters {
            let used = tx.accounts().use_up_password(self.user, stored)?;
            if !*used.value() {
                return Err(Refusal::Told(Message::new("password-changed-meanwhile")));
            }
            return Ok(used.map(drop));
        }
        match &self.renewed {
            Some(renewed) => Ok(tx.accounts().rehash(self.user, stored, renewed)?.map(drop)),
            None => Ok(Change::none()),
        }
    }
}

/// What a success found on its way.
#[derive(Clone, Copy, Default)]
struct Before {
    /// Failures in a row of strangers, or of this browser, whichever it was.
    failures: u32,
    /// The last of them.
    last: Option<Timestamp>,
    /// The account was used before, but never from this browser and network.
    new_place: bool,
}

impl App {
    /// Begins a session for whoever came through.
    pub(super) async fn enter(self: &Arc<Self>, through: Through, browser: Browser) -> Result<Entry, LoginRefusal> {
        let Through { progress, found, origin } = through;
        let token = session::mint(self.entropy.as_ref());
        let known = progress.looked.known;
        // Where no password is typed there is no budget that a known browser would save.
        let typed = !progress.looked.charges.is_empty();
        let device = (known.is_none() && typed).then(|| session::mint(self.entropy.as_ref()));
        let device_hash = device.as_ref().map(session::Token::hash);
        let now = self.now();
        let client = origin.client.map_or_else(String::new, |ip| ip.to_string());
        let new = NewSession {
            token_hash: token.hash(),
            user_id: found.user.id,
            epoch: found.user.session_epoch,
            mode: if typed { Mode::Form } else { Mode::External },
            client,
            agent: browser.agent,
            ends_at: self.settings().session().absolute_end(now),
        };
        let ends_at = new.ends_at;
        let (replaces, carried) = (browser.replaces, browser.carried.filter(|_| device.is_some()));
        let success = Self::success(&origin, &progress, &found, now);
        let event = entered(&found, &progress, success.typed);
        let unusual = self.unusual(&origin, &found, &progress);
        let origin = Origin { actor: Actor::User { id: found.user.id.0, role: found.user.facts.role }, ..origin };
        let notices = self
            .unit(origin, move |tx: &mut WriteTx<'_>| {
                let (settled, before) = settle(tx, &success)?;
                let user_id = new.user_id;
                tx.accounts().logged_in(user_id, now)?;
                let session = tx.sessions().insert(&new)?.map(|(_, ended)| ended);
                let crowded = *session.value() > 0;
                let password = success.password(tx, true)?;
                let device = match (known, device_hash) {
                    (Some(hash), _) => tx.known_devices().used(&hash)?,
                    (None, Some(hash)) => tx.known_devices().insert(&hash, user_id)?,
                    (None, None) => Change::none(),
                };
                // The cookie is replaced: whoever it made known here before is not known here any more, and keeps no row that fills up the list.
                let dropped = match carried {
                    Some(hash) => tx.known_devices().forget(&hash)?.map(drop),
                    None => Change::none(),
                };
                let ended = match replaces {
                    Some(id) => tx.sessions().remove(id)?.map(drop),
                    None => Change::none(),
                };
                let told = unusual.after_login(tx, before.failures, before.last, before.new_place)?;
                let mut sentences = told.value().clone();
                if crowded {
                    sentences.push(Message::new("notice-crowded"));
                }
                let changes = settled.and(session).and(password).and(device).and(dropped).and(ended).and(told);
                Ok(tx.record(&event, changes)?.map(|_| sentences))
            })
            .await?;
        self.limiter.entered();
        let facts = found.user.facts;
        Ok(Entry {
            session: token,
            device,
            ends_at,
            user: found.user.id,
            notices,
            language: Language::parse(&facts.language),
            theme: facts.theme,
        })
    }

    /// Lets one call pass.
    pub(super) async fn called(self: &Arc<Self>, through: Through) -> Result<Actor, LoginRefusal> {
        let Through { progress, found, origin } = through;
        let success = Self::success(&origin, &progress, &found, self.now());
        if found.user.must_renew(self.settings().password_age(), success.now) {
            return self.turned_away(&origin, &found, success).await;
        }
        let event = entered(&found, &progress, success.typed).with("mode", Mode::Basic.as_str());
        let actor = Actor::User { id: found.user.id.0, role: found.user.facts.role };
        let origin = Origin { actor: actor.clone(), ..origin };
        self.unit(origin, move |tx| {
            let (settled, _before) = settle(tx, &success)?;
            let password = success.password(tx, false)?;
            Ok(tx.record(&event, settled.and(password).map(drop))?)
        })
        .await?;
        self.limiter.entered();
        Ok(actor)
    }

    /// A call with a password that is right and has to be replaced: it opens nothing, and is told why. Nothing is used up by it.
    async fn turned_away(self: &Arc<Self>, origin: &Origin, found: &Credentials, success: Success) -> Result<Actor, LoginRefusal> {
        let event = Event::new(event::AUTH_LOGIN_FAILED)
            .on("user", found.user.id.0, found.user.facts.username.as_str())
            .with("mode", Mode::Basic.as_str())
            .with("reason", "renew");
        self.unit(origin.clone(), move |tx| {
            let (settled, _before) = settle(tx, &success)?;
            Ok(tx.record(&event, settled)?)
        })
        .await?;
        Err(LoginRefusal::Renew)
    }

    fn success(origin: &Origin, progress: &Progress, found: &Credentials, now: Timestamp) -> Success {
        Success {
            user: found.user.id,
            account: account_key(Account::User(found.user.id.0)),
            known: progress.looked.known,
            place: origin.client.map(place),
            charges: progress.looked.charges.clone(),
            typed: !progress.looked.charges.is_empty(),
            reserved_at: progress.reserved_at,
            now,
            armed: progress.armed.clone(),
            stored: found.password_hash.clone(),
            renewed: progress.renewed.clone(),
            one_time: found.user.facts.expiry == Expiry::OneTime,
        }
    }

    /// The machine said no: the trail, the log and the one who asked are told, each what is theirs.
    pub(super) async fn refuse(
        self: &Arc<Self>,
        origin: &Origin,
        evidence: &Evidence,
        progress: Option<Progress>,
        reason: Reason,
    ) -> LoginRefusal {
        self.refused_line(origin, evidence.mode, progress.as_ref().map(|p| &p.looked), reason);
        let Some(progress) = progress.filter(|_| !is_quiet(reason)) else { return LoginRefusal::NoMode };
        match &evidence.admission {
            Some(Admission::Spent { until }) => return LoginRefusal::Blocked { until: *until },
            Some(Admission::Stopped { until }) => {
                if until.is_none()
                    && let Err(refusal) = self.stopped(origin, &progress).await
                {
                    return LoginRefusal::Other(refusal);
                }
                return LoginRefusal::Silent { status: self.settings().fence().settings().silent_status, until: *until };
            }
            _ => {}
        }
        let ask = progress.ask.clone();
        match self.failed(origin, evidence, progress, reason).await {
            Ok(()) => LoginRefusal::Invalid { ask },
            Err(refusal) => LoginRefusal::Other(refusal),
        }
    }

    /// An attempt that a rule stopped without keeping a block: said in the trail once a window, not once an attempt.
    async fn stopped(self: &Arc<Self>, origin: &Origin, progress: &Progress) -> Result<(), Refusal> {
        let op = crate::OpCtx::new(origin.clone());
        if !self.refusals.first(&op, event::AUTH_LOGIN_BLOCKED) {
            return Ok(());
        }
        let event = self.about(event::AUTH_LOGIN_BLOCKED, &progress.looked).with("rules", progress.rules.clone());
        self.unit(origin.clone(), move |tx| Ok(tx.record(&event, Change::none())?)).await
    }

    /// An attempt that was checked and found wrong, or answered as if it were.
    async fn failed(self: &Arc<Self>, origin: &Origin, evidence: &Evidence, progress: Progress, reason: Reason) -> Result<(), Refusal> {
        // Who solves no challenge, or meets a rule, pays for nothing: the trail says so once a window, or strangers could fill it.
        // What a rule wants somebody to be told is bounded by itself.
        let op = crate::OpCtx::new(origin.clone());
        let tells = progress.notify && progress.looked.user().is_some();
        let first = progress.paid || self.refusals.first(&op, event::AUTH_LOGIN_FAILED);
        if !first && !tells {
            return Ok(());
        }
        let mut event =
            self.about(event::AUTH_LOGIN_FAILED, &progress.looked).with("mode", evidence.mode.as_str()).with("reason", reason.as_str());
        if !progress.rules.is_empty() {
            event = event.with("rules", progress.rules.clone());
        }
        let unusual = progress.looked.credentials.as_ref().map(|found| self.unusual(origin, found, &progress));
        let account = self.account(&progress.looked);
        let bucket = origin.client.map(address_key).filter(|_| progress.compared);
        let counted = progress.looked.known.as_ref().map_or_else(|| account.clone(), browser_key);
        let paid = progress.paid;
        let (known, now, user) = (progress.looked.known.filter(|_| progress.compared), origin.at, progress.looked.user());
        self.unit(origin.clone(), move |tx| {
            let mut changes = Change::none();
            if paid {
                changes = changes.and(tx.login_audits().failed(&counted, now)?).map(drop);
            }
            if let Some(bucket) = &bucket {
                changes = changes.and(tx.login_audits().name_failed(bucket, &account, now)?).map(drop);
            }
            if let (Some(device), Some(user)) = (known, user)
                && tx.login_audits().strikes(&browser_key(&device))? >= Limits::STRIKES
            {
                changes = changes.and(tx.known_devices().forget(&device)?).map(drop);
                changes = changes.and(tx.notices().add(user, notice::BROWSER_DROPPED, "{}")?).map(drop);
            }
            if let Some(unusual) = &unusual {
                changes = changes.and(unusual.after_failure(tx)?).map(drop);
            }
            if first { Ok(tx.record(&event, changes)?) } else { Ok(tx.quiet(store::Quiet::FenceCounter, changes)) }
        })
        .await
    }

    /// Gives back what an attempt spent that was never compared.
    pub(super) async fn undo(self: &Arc<Self>, origin: &Origin, progress: Option<Progress>, refusal: LoginRefusal) -> LoginRefusal {
        let Some(progress) = progress.filter(|p| !p.looked.charges.is_empty() && p.paid && !p.compared) else { return refusal };
        let charges: Vec<_> = progress.looked.charges.iter().map(|(charge, _)| (charge.clone(), Settle::Refund)).collect();
        let counted = progress.looked.known.as_ref().map_or_else(|| self.account(&progress.looked), browser_key);
        let (reserved_at, now, armed) = (progress.reserved_at, self.now(), progress.armed);
        let given = self
            .unit(origin.clone(), move |tx| {
                let counted = tx.login_audits().give_back(&counted)?;
                let settled = tx.budgets().settle(reserved_at, &charges, now)?;
                let mut undone = settled.and(counted).map(drop);
                for block in &armed {
                    // What lasts from a check does not begin where none was made.
                    undone = undone.and(tx.blocks().disarm(block)?).map(drop);
                    if block.modes.contains(&Mode::Token) {
                        // Blocks that hold keys are read with the settings.
                        tx.settings().bump()?;
                    }
                }
                Ok(tx.quiet(store::Quiet::FenceCounter, undone))
            })
            .await;
        match given {
            Ok(()) => refusal,
            Err(error) => LoginRefusal::Other(error),
        }
    }

    /// People type passwords into the name field: a name of nobody appears only as a keyed hash.
    fn about(&self, event: &'static str, looked: &Looked) -> Event {
        match &looked.credentials {
            Some(found) => Event::new(event).on("user", found.user.id.0, found.user.facts.username.as_str()),
            None => Event::new(event).with("name", self.unknown_label(&looked.name)),
        }
    }

    /// What stands for a name of nobody.
    pub(super) fn unknown_label(&self, name: &LoginName) -> String {
        name.unknown_label(&self.keys.unknown_name)
    }

    fn unusual(&self, origin: &Origin, found: &Credentials, progress: &Progress) -> Unusual {
        Unusual {
            user: found.user.id,
            name: found.user.facts.username.clone(),
            email: found.user.facts.email.clone(),
            client: origin.client.map_or_else(String::new, |client| client.to_string()),
            at: origin.at,
            rules: if progress.notify { progress.rules.clone() } else { String::new() },
            language: crate::account::link::language_of(&found.user),
            post: self.mail_server().is_some().then(|| self.post.clone()),
            site: self.settings().site_name().to_owned(),
            base_url: self.base_url.clone(),
        }
    }
}

fn entered(found: &Credentials, progress: &Progress, typed: bool) -> Event {
    let event = Event::new(event::AUTH_LOGIN)
        .on("user", found.user.id.0, found.user.facts.username.as_str())
        .with("known_browser", progress.looked.known.is_some());
    let event = if typed { event } else { event.with("mode", Mode::External.as_str()) };
    if progress.rules.is_empty() { event } else { event.with("rules", progress.rules.clone()) }
}

/// What every success does: budgets, counts, blocks of the name, the place.
fn settle(tx: &mut WriteTx<'_>, success: &Success) -> Result<(Change<()>, Before), Refusal> {
    let (mut changes, mut before) = (Change::none(), Before::default());
    let strangers = tx.login_audits().find(&success.account)?;
    if success.typed {
        // The rows are locked in one order by everybody: what counts the attempt, then what it spent.
        let counted = success.known.as_ref().map_or_else(|| success.account.clone(), browser_key);
        let own = tx.login_audits().succeeded(&counted, success.now)?;
        before.failures = *own.value();
        let settled = tx.budgets().settle(success.reserved_at, &success.charges, success.now)?;
        changes = own.and(settled).map(drop);
        for block in &success.armed {
            changes = changes.and(tx.blocks().disarm(block)?).map(drop);
        }
        // The owner is back: what was armed against strangers who used the name is over, or what was armed against this browser.
        changes = changes.and(tx.blocks().lift(&counted, None)?).map(drop);
    }
    if let Some(strangers) = strangers {
        before.last = strangers.last_failure_at;
        if success.known.is_some() {
            before.failures = before.failures.max(strangers.failures);
        }
    }
    if let Some(place) = &success.place {
        before.new_place = success.known.is_none()
            && !tx.login_audits().knows_place(success.user, place)?
            && tx.login_audits().has_places(success.user)?;
        changes = changes.and(tx.login_audits().used_from(success.user, place, success.now)?).map(drop);
    }
    Ok((changes, before))
}
