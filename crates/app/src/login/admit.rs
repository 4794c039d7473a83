//! The first unit of work of an attempt: active blocks, budgets and rules are asked under the locks of their rows, and the attempt is paid for or not
//! made at all. So of a hundred attempts at the same moment each sees those before it.

use std::sync::Arc;

use guard::audit::{Event, Origin};
use guard::budget::{address_key, browser_key, place};
use guard::clock::Timestamp;
use guard::fence::checker::Scope;
use guard::fence::{Arm, Block, BlockKind, Facts, Fence, Grade, Grades, Verdict};
use guard::login::Attempt;
use guard::login::machine::Admission;
use guard::login::mode::Mode;
use ringfence_guard as guard;
use ringfence_store as store;
use store::repo::{Charge, Peek, Spent, Tried};
use store::tables::UserId;
use store::{Change, Quiet, Recorded, WriteTx};

use super::{LoginRefusal, LoginRequest, Progress};
use crate::{App, Refusal, event};

/// For how long names that failed from an address count as failed lately.
pub(crate) const LATELY: std::time::Duration = std::time::Duration::from_mins(10);

/// Everything that the unit of work needs, by value: it may run more than once.
#[derive(Clone)]
struct Case {
    origin: Origin,
    mode: Mode,
    fence: Arc<Fence>,
    /// Key of the account.
    account: String,
    user: Option<UserId>,
    username: Option<(UserId, String)>,
    label: String,
    /// Key of the known browser.
    browser: Option<String>,
    charges: Vec<Charge>,
    grades: Grades,
    /// The form's nonce and the end of its life, where it can be sent once only.
    nonce: Option<([u8; 32], Timestamp)>,
    /// The challenges that can be answered once, and their worst grade.
    once: Vec<(&'static str, Grade)>,
}

/// What the unit of work decided.
struct Decided {
    admission: Admission,
    attempt: Option<Attempt>,
    rules: String,
    faults: Vec<String>,
    ask: Vec<&'static str>,
    notify: bool,
    /// Blocks that this attempt armed.
    armed: Vec<Block>,
}

/// What the rows said.
struct Found {
    blocks: Vec<Block>,
    failures: u32,
    own_failures: Option<u32>,
    spraying: u32,
    new_place: bool,
}

impl App {
    /// Asks blocks, budgets and rules, and pays.
    pub(super) async fn ask_and_pay(
        self: &Arc<Self>,
        origin: &Origin,
        request: &LoginRequest,
        progress: &mut Progress,
    ) -> Result<Admission, LoginRefusal> {
        if let Some(early) = progress.looked.early.take() {
            return Ok(early);
        }
        progress.grades = self.grade(origin, request).await;
        let case = self.case(origin, request, progress);
        let decided = self.unit(origin.clone(), move |tx| decide(tx, &case)).await?;
        for fault in &decided.faults {
            self.fence_fault(fault);
        }
        progress.paid = decided.attempt.is_some();
        progress.attempt = decided.attempt;
        progress.rules = decided.rules;
        progress.ask = decided.ask;
        progress.notify = decided.notify;
        progress.armed = decided.armed;
        self.fence_line(origin, request.mode, &progress.looked, &progress.rules, &decided.admission);
        Ok(decided.admission)
    }

    fn case(&self, origin: &Origin, request: &LoginRequest, progress: &Progress) -> Case {
        let looked = &progress.looked;
        let fence = Arc::clone(self.settings().fence());
        let asked = request.answers.ticket.as_ref().map(|ticket| &ticket.asked);
        let names = asked.into_iter().flat_map(|asked| asked.keys());
        let once: Vec<_> = names
            .filter_map(|name| fence.registry().challenge(name))
            .filter(|challenge| challenge.is_single_use())
            .map(|challenge| (challenge.descriptor().name, challenge.worst()))
            .collect();
        let ticket = request.answers.ticket.as_ref().filter(|_| !once.is_empty());
        let nonce = ticket.map(|t| (t.nonce(), t.issued_at().plus(guard::login::ticket::LIFETIME)));
        Case {
            origin: origin.clone(),
            mode: request.mode,
            account: self.account(looked),
            user: looked.user(),
            username: looked.credentials.as_ref().map(|found| (found.user.id, found.user.facts.username.clone())),
            label: if looked.user().is_some() { String::new() } else { looked.name.unknown_label(&self.keys.unknown_name) },
            browser: looked.known.as_ref().map(browser_key),
            charges: looked.charges.iter().map(|(charge, _)| charge.clone()).collect(),
            grades: progress.grades.clone(),
            nonce,
            once,
            fence,
        }
    }
}

impl Found {
    /// The count that an attempt raises.
    fn counted(&self, known: bool) -> u32 {
        if known { self.own_failures.unwrap_or(0) } else { self.failures }
    }
}

impl Case {
    /// The row that an attempt is counted in: the known browser's, or the name's.
    fn counted(&self) -> &str {
        self.browser.as_deref().unwrap_or(&self.account)
    }

    fn facts<'f>(&self, found: &Found, grades: &'f Grades) -> Facts<'f> {
        let typed = self.mode.is_typed();
        Facts {
            now: self.now(),
            mode: self.mode,
            address: self.origin.client,
            failures: typed.then_some(found.failures),
            own_failures: found.own_failures.filter(|_| typed),
            spraying: found.spraying,
            new_place: typed.then_some(found.new_place),
            grades,
            opening: false,
        }
    }

    fn known(&self) -> bool {
        self.browser.is_some()
    }

    fn now(&self) -> Timestamp {
        self.origin.at
    }

    /// What the form that comes next has to ask: everything that would be asked of somebody who has answered nothing.
    fn next_form(&self, found: &Found) -> Vec<&'static str> {
        let none = Grades::new();
        let failed = Found {
            failures: found.failures.saturating_add(1),
            own_failures: found.own_failures.map(|own| own.saturating_add(1)),
            blocks: Vec::new(),
            ..*found
        };
        let mut ask = self.fence.judge(&self.facts(&failed, &none), &[], self.known()).ask;
        let opening = Facts { opening: true, ..self.facts(&failed, &none) };
        for challenge in self.fence.judge(&opening, &[], self.known()).ask {
            if !ask.contains(&challenge) {
                ask.push(challenge);
            }
        }
        ask
    }
}

fn decide(tx: &mut WriteTx<'_>, case: &Case) -> Result<Recorded<Decided>, Refusal> {
    let mut grades = case.grades.clone();
    if let Some((nonce, expires_at)) = &case.nonce
        && !tx.login_audits().spend(nonce, *expires_at)?
    {
        // The form was sent before: whatever it answers now counts as nothing.
        grades.extend(case.once.iter().map(|(name, worst)| ((*name).to_owned(), worst.clone())));
    }
    loop {
        let found = gather(tx, case)?;
        if let Some(until) = super::holding(&found.blocks, case.mode, case.known(), case.now()) {
            return Ok(quiet(tx, Decided::just(Admission::Stopped { until: Some(until) })));
        }
        match tx.budgets().peek(&case.charges, case.now())? {
            Peek::Open => {}
            Peek::Spent(until) => return Ok(quiet(tx, Decided::just(Admission::Spent { until }))),
            Peek::Unsettled => {
                if let Err(spent) = tx.budgets().weigh(&case.charges, case.now())? {
                    return tell(tx, case, &spent);
                }
            }
        }
        let verdict = case.fence.judge(&case.facts(&found, &grades), &found.blocks, case.known());
        let mut decided = Decided { ask: case.next_form(&found), ..Decided::of(&verdict) };
        if matches!(decided.admission, Admission::Paid { .. }) {
            // Rows are made only for what is paid for: who only asks fills no table. Somebody may have made the row at this moment.
            let seen = found.counted(case.known());
            if case.mode.is_typed() && tx.login_audits().ensure(case.counted(), case.user, &case.label, case.now())? != seen {
                continue;
            }
            let bill = match tx.budgets().weigh(&case.charges, case.now())? {
                Ok(bill) => bill,
                Err(spent) => return tell(tx, case, &spent),
            };
            if case.mode.is_typed() {
                tx.login_audits().charge(&case.tried(&verdict), seen, case.now())?;
            }
            decided.attempt = Some(tx.budgets().pay(&bill)?);
        }
        decided.armed = arm(tx, case, &verdict)?;
        let Some(until) = decided.armed.iter().map(|block| block.until).max() else { return Ok(quiet(tx, decided)) };
        if let Admission::Stopped { until: stopped } = &mut decided.admission {
            *stopped = Some(until);
        }
        let event = case.event().with("until", until.to_string()).with("rules", decided.rules.clone());
        return Ok(tx.record(&event, Change::none())?.map(|()| decided));
    }
}

fn quiet(tx: &mut WriteTx<'_>, decided: Decided) -> Recorded<Decided> {
    tx.quiet(Quiet::FenceCounter, Change::none()).map(|()| decided)
}

/// A budget is spent: the trail says so once for each lock.
fn tell(tx: &mut WriteTx<'_>, case: &Case, spent: &Spent) -> Result<Recorded<Decided>, Refusal> {
    let decided = Decided::just(Admission::Spent { until: spent.until });
    if spent.untold.is_empty() {
        return Ok(quiet(tx, decided));
    }
    let event = case.event().with("until", spent.until.to_string()).with("budgets", spent.untold.len());
    Ok(tx.record(&event, Change::none())?.map(|()| decided))
}

/// Reads what the rules look at; the row that counts this attempt is locked.
fn gather(tx: &mut WriteTx<'_>, case: &Case) -> Result<Found, Refusal> {
    let (typed, now) = (case.mode.is_typed(), case.now());
    let (mut failures, mut own_failures) = (0, None);
    if typed {
        let counted = tx.login_audits().lock(case.counted())?;
        if case.known() {
            own_failures = Some(counted);
            failures = tx.login_audits().failures(&case.account)?;
        } else {
            failures = counted;
        }
    }
    let mut subjects: Vec<String> = case.origin.client.map(address_key).into_iter().collect();
    subjects.push(case.account.clone());
    subjects.extend(case.browser.clone());
    let blocks = tx.blocks().of(&subjects)?;
    let spraying = match case.origin.client.filter(|_| case.fence.counts_names(case.mode)) {
        Some(client) => tx.login_audits().names_failed(&address_key(client), now.minus(LATELY))?,
        None => 0,
    };
    let new_place = match (case.user, case.origin.client) {
        _ if case.known() => false,
        (Some(user), Some(client)) if case.fence.looks_at_places(case.mode) => !tx.login_audits().knows_place(user, &place(client))?,
        _ => true,
    };
    Ok(Found { blocks, failures, own_failures, spraying, new_place })
}

/// An attempt that is asked something first arms nothing yet: it will be made again.
fn leaves_out(arm: &Arm, verdict: &Verdict) -> bool {
    arm.kind == BlockKind::Invalid && (verdict.invalid || verdict.wrong || !verdict.ask.is_empty())
}

/// Keeps the blocks that rules arm. A block of a name begins its count at 0, so that it starts from there at its end.
fn arm(tx: &mut WriteTx<'_>, case: &Case, verdict: &Verdict) -> Result<Vec<Block>, Refusal> {
    let mut armed = Vec::new();
    for arm in &verdict.arms {
        // What is stopped or invalid already is not checked, so nothing that lasts from a check begins with it.
        if verdict.stop != (arm.kind == BlockKind::NoAnswer) || leaves_out(arm, verdict) {
            continue;
        }
        let Some((subject, user, label)) = case.subject(arm) else { continue };
        let block = Block {
            // Who knows the browser is held by its own block, or it would hold nobody.
            strict: arm.strict || case.browser.as_ref() == Some(&subject),
            until: case.now().plus(arm.lasting),
            subject,
            kind: arm.kind,
            modes: arm.modes.clone(),
            rule: arm.rule,
            since: case.now(),
        };
        tx.blocks().arm(&block, user, &label)?;
        if arm.kind == BlockKind::NoAnswer && arm.scope == Scope::Name {
            let _counted_from_zero = tx.login_audits().restart(&block.subject)?;
        }
        if arm.scope == Scope::Address && arm.modes.contains(&Mode::Token) {
            tx.settings().bump()?;
        }
        armed.push(block);
    }
    Ok(armed)
}

impl Case {
    fn subject(&self, arm: &Arm) -> Option<(String, Option<UserId>, String)> {
        match arm.scope {
            Scope::Address => self.origin.client.map(|client| (address_key(client), None, client.to_string())),
            // A known browser has failed by itself: strangers of that name have nothing to do with it.
            Scope::Name => {
                let subject = self.browser.as_ref().filter(|_| !arm.strict).unwrap_or(&self.account);
                Some((subject.clone(), self.user, self.label.clone()))
            }
        }
    }

    fn tried(&self, verdict: &Verdict) -> Tried {
        Tried {
            name: self.counted().to_owned(),
            user: self.user,
            label: self.label.clone(),
            client: self.origin.client.map_or_else(String::new, |client| client.to_string()),
            mode: self.mode.as_str(),
            rules: verdict.trace(),
        }
    }

    fn event(&self) -> Event {
        let event = Event::new(event::AUTH_LOGIN_BLOCKED).with("mode", self.mode.as_str());
        match &self.username {
            Some((user, name)) => event.on("user", user.0, name.as_str()),
            None => event.with("name", self.label.clone()),
        }
    }
}

impl Decided {
    const fn just(admission: Admission) -> Self {
        Self { admission, attempt: None, rules: String::new(), faults: Vec::new(), ask: Vec::new(), notify: false, armed: Vec::new() }
    }

    fn of(verdict: &Verdict) -> Self {
        Self { rules: verdict.trace(), faults: verdict.faults.clone(), notify: verdict.notify, ..Self::just(admission(verdict)) }
    }
}

fn admission(verdict: &Verdict) -> Admission {
    if verdict.stop {
        return Admission::Stopped { until: None };
    }
    if verdict.invalid || verdict.wrong {
        return Admission::Invalid { wait: verdict.wait, challenge: !verdict.invalid };
    }
    if !verdict.ask.is_empty() {
        return Admission::Ask(verdict.ask.clone());
    }
    Admission::Paid { wait: verdict.wait, require_factor: verdict.require_factor }
}
