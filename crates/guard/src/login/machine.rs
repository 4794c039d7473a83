//! The login as a machine: states in one order, a list of plugins for each, and no way around.
//!
//! ```text
//! start ─▶ mode detected ─▶ credentials read ─▶ checked ─▶ factor due ─▶ password due ─▶ connected
//!   │            │                 │               │            │              │
//!   └────────────┴─────────────────┴───────────────┴────────────┴──────────────┴──────▶ refused
//! ```
//!
//! It is pure. `app::login` drives it: [`Machine::advance`] says which [`Effect`] it waits for, the driver brings it about, notes the result in the
//! [`Evidence`], and asks again. A state is left only when each of its plugins says [`Answer::Continue`]; a state without plugins refuses; the number of
//! steps is bounded. Steps cannot be skipped, repeated or reordered, because only [`Machine::advance`] moves.
//!
//! Requests of a connected user never come here: only attempts do.

use std::time::Duration;

use super::Standing;
use super::mode::Mode;
use crate::clock::Timestamp;

/// Most steps of one attempt; a whole login takes about fifteen.
const MOST: u8 = 40;

/// Where an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing is known.
    Start,
    /// The way in exists here.
    ModeDetected,
    /// Whom it is about is looked up.
    CredentialsRead,
    /// The secret is right, or the mode needs none.
    Checked,
    /// The account may be used; a second factor may be due.
    FactorDue,
    /// A new password may be due.
    PasswordDue,
    /// In.
    Connected,
    /// Out, for good.
    Refused,
}

impl State {
    const fn next(self) -> Self {
        match self {
            Self::Start => Self::ModeDetected,
            Self::ModeDetected => Self::CredentialsRead,
            Self::CredentialsRead => Self::Checked,
            Self::Checked => Self::FactorDue,
            Self::FactorDue => Self::PasswordDue,
            Self::PasswordDue | Self::Connected => Self::Connected,
            Self::Refused => Self::Refused,
        }
    }
}

/// What the driver has to bring about before the machine goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Look up whom the name means.
    Look,
    /// Ask blocks, rules and budgets, and pay: one unit of work.
    Admit,
    /// Let this time pass.
    Wait(Duration),
    /// Compare the secret; the attempt is used up.
    Compare,
    /// Spend the time of a comparison without one.
    Pretend,
}

/// Why an attempt ends outside. The words are for log and trail; who asks learns less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The mode does not exist here.
    Mode,
    /// A rule, or a block that one armed, gives no answer.
    Silent,
    /// A budget is spent.
    Budget,
    /// A rule answers as to a wrong password.
    Rule,
    /// A challenge was not solved.
    Challenge,
    /// The secret is wrong, or nobody is called that.
    Credentials,
    /// The account may not log in.
    Inactive,
    /// A second factor is demanded, and there is none.
    Factor,
    /// A state has no plugins, or the machine did not come to an end.
    Machine,
}

impl Reason {
    /// The word in log lines and events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mode => "mode",
            Self::Silent => "silent",
            Self::Budget => "budget",
            Self::Rule => "rule",
            Self::Challenge => "challenge",
            Self::Credentials => "credentials",
            Self::Inactive => "inactive",
            Self::Factor => "factor",
            Self::Machine => "machine",
        }
    }
}

/// What asking blocks, rules and budgets came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Stopped without an answer, nothing paid. With a block, its end.
    Stopped {
        /// When trying again makes sense.
        until: Option<Timestamp>,
    },
    /// A budget is spent, nothing paid.
    Spent {
        /// When trying again makes sense.
        until: Timestamp,
    },
    /// To be answered as a wrong password after this wait, nothing paid.
    Invalid {
        /// The wait.
        wait: Duration,
        /// Whether a challenge was not solved, rather than a rule saying so.
        challenge: bool,
    },
    /// These challenges are to be asked first, nothing paid.
    Ask(Vec<&'static str>),
    /// Paid: good for one comparison after this wait.
    Paid {
        /// The wait.
        wait: Duration,
        /// Whether a second factor is demanded although none is due.
        require_factor: bool,
    },
}

/// What is known of an attempt so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The way in.
    pub mode: Mode,
    /// Whether it is one of `login.allowed_modes`.
    pub allowed: bool,
    /// What stands behind the name, once it was looked up.
    pub standing: Option<Standing>,
    /// What blocks, rules and budgets said, once they were asked.
    pub admission: Option<Admission>,
    /// The wait is over.
    pub waited: bool,
    /// Whether the secret was right, once it was compared; the time of a comparison was spent if it is a pretended one.
    pub compared: Option<bool>,
    /// Whether the account has a second factor that it can use.
    pub has_factor: bool,
}

impl Evidence {
    /// An attempt that has only begun.
    #[must_use]
    pub const fn new(mode: Mode, allowed: bool) -> Self {
        Self { mode, allowed, standing: None, admission: None, waited: false, compared: None, has_factor: false }
    }
}

/// What a plugin says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing against it.
    Continue,
    /// It must know more first.
    Await(Effect),
    /// The attempt ends.
    Refuse(Reason),
    /// The page is shown again with these challenges; the attempt ends, nothing was paid.
    Ask(Vec<&'static str>),
}

/// One thing that an attempt has to pass in a state.
pub trait Plugin: Send + Sync {
    /// Looks at the evidence.
    fn judge(&self, evidence: &Evidence) -> Answer;
}

/// The plugins of each state, in the order in which they are asked.
pub type Plugins = &'static [(State, &'static [&'static dyn Plugin])];

/// The plugins of this version.
pub const PLUGINS: Plugins = &[
    (State::Start, &[&AllowedMode]),
    (State::ModeDetected, &[&Whom]),
    (State::CredentialsRead, &[&Admitted, &Waited, &Secret]),
    (State::Checked, &[&InUse]),
    (State::FactorDue, &[&SecondFactor]),
    // Passwords do not grow old yet; the last look before the door is at the account.
    (State::PasswordDue, &[&InUse]),
];

/// Where [`Machine::advance`] leaves the attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It waits for this.
    Await(Effect),
    /// It went on to this state.
    Moved(State),
    /// It is out.
    Refused(Reason),
    /// The page asks these challenges.
    Asked(Vec<&'static str>),
}

/// An attempt on its way.
pub struct Machine {
    state: State,
    steps: u8,
    plugins: Plugins,
}

impl Machine {
    /// At the start.
    #[must_use]
    pub const fn new(plugins: Plugins) -> Self {
        Self { state: State::Start, steps: 0, plugins }
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Asks the plugins of the present state, and moves on if all agree.
    pub fn advance(&mut self, evidence: &Evidence) -> Turn {
        self.steps = self.steps.saturating_add(1);
        let listed = self.plugins.iter().find(|(state, _)| *state == self.state).map(|(_, list)| *list);
        let Some(list) = listed.filter(|list| !list.is_empty() && self.steps <= MOST) else { return self.refuse(Reason::Machine) };
        for plugin in list {
            match plugin.judge(evidence) {
                Answer::Continue => {}
                Answer::Await(effect) => return Turn::Await(effect),
                Answer::Refuse(reason) => return self.refuse(reason),
                Answer::Ask(challenges) => {
                    self.state = State::Refused;
                    return Turn::Asked(challenges);
                }
            }
        }
        self.state = self.state.next();
        Turn::Moved(self.state)
    }

    fn refuse(&mut self, reason: Reason) -> Turn {
        self.state = State::Refused;
        Turn::Refused(reason)
    }
}

/// The mode is one of those that exist here.
struct AllowedMode;

impl Plugin for AllowedMode {
    fn judge(&self, evidence: &Evidence) -> Answer {
        if evidence.allowed && evidence.mode.is_built() { Answer::Continue } else { Answer::Refuse(Reason::Mode) }
    }
}

/// Whom the name means is looked up; whether it is anybody makes no difference yet.
struct Whom;

impl Plugin for Whom {
    fn judge(&self, evidence: &Evidence) -> Answer {
        if evidence.standing.is_some() { Answer::Continue } else { Answer::Await(Effect::Look) }
    }
}

/// Blocks, rules and budgets let it pass, and it is paid for.
struct Admitted;

impl Plugin for Admitted {
    fn judge(&self, evidence: &Evidence) -> Answer {
        match &evidence.admission {
            None => Answer::Await(Effect::Admit),
            Some(Admission::Stopped { .. }) => Answer::Refuse(Reason::Silent),
            Some(Admission::Spent { .. }) => Answer::Refuse(Reason::Budget),
            Some(Admission::Ask(challenges)) => Answer::Ask(challenges.clone()),
            Some(Admission::Invalid { .. } | Admission::Paid { .. }) => Answer::Continue,
        }
    }
}

/// What has to be waited is waited, before an answer of either kind.
struct Waited;

impl Plugin for Waited {
    fn judge(&self, evidence: &Evidence) -> Answer {
        match &evidence.admission {
            Some(Admission::Invalid { wait, .. } | Admission::Paid { wait, .. }) if !wait.is_zero() && !evidence.waited => {
                Answer::Await(Effect::Wait(*wait))
            }
            _ => Answer::Continue,
        }
    }
}

/// The secret is right; what may not be compared takes as long.
struct Secret;

impl Plugin for Secret {
    fn judge(&self, evidence: &Evidence) -> Answer {
        match (&evidence.admission, evidence.compared) {
            (Some(Admission::Invalid { .. }), None) if evidence.mode.is_typed() => Answer::Await(Effect::Pretend),
            (Some(Admission::Invalid { challenge, .. }), _) => Answer::Refuse(if *challenge { Reason::Challenge } else { Reason::Rule }),
            (Some(Admission::Paid { .. }), _) if !evidence.mode.is_typed() => Answer::Continue,
            (Some(Admission::Paid { .. }), None) => Answer::Await(Effect::Compare),
            (Some(Admission::Paid { .. }), Some(true)) => Answer::Continue,
            _ => Answer::Refuse(Reason::Credentials),
        }
    }
}

/// There is an account, and it is in use.
struct InUse;

impl Plugin for InUse {
    fn judge(&self, evidence: &Evidence) -> Answer {
        match evidence.standing {
            Some(Standing::Active) => Answer::Continue,
            Some(Standing::Inactive) => Answer::Refuse(Reason::Inactive),
            Some(Standing::Unknown) | None => Answer::Refuse(Reason::Credentials),
        }
    }
}

/// A second factor that is demanded is there to be asked.
struct SecondFactor;

impl Plugin for SecondFactor {
    fn judge(&self, evidence: &Evidence) -> Answer {
        match evidence.admission {
            Some(Admission::Paid { require_factor, .. }) if !require_factor || evidence.has_factor => Answer::Continue,
            _ => Answer::Refuse(Reason::Factor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAID: Admission = Admission::Paid { wait: Duration::ZERO, require_factor: false };

    /// Drives an attempt with ready results; gives what it waited for and how it ended.
    fn drive(mode: Mode, standing: Standing, admission: &Admission, right: bool) -> (Vec<Effect>, Turn) {
        let (mut machine, mut evidence, mut effects) = (Machine::new(PLUGINS), Evidence::new(mode, true), Vec::new());
        loop {
            match machine.advance(&evidence) {
                Turn::Await(effect) => {
                    effects.push(effect);
                    match effect {
                        Effect::Look => evidence.standing = Some(standing),
                        Effect::Admit => evidence.admission = Some(admission.clone()),
                        Effect::Wait(_) => evidence.waited = true,
                        Effect::Compare => evidence.compared = Some(right),
                        Effect::Pretend => evidence.compared = Some(false),
                    }
                }
                Turn::Moved(State::Connected) => return (effects, Turn::Moved(State::Connected)),
                Turn::Moved(_) => {}
                end => return (effects, end),
            }
        }
    }

    #[test]
    fn a_right_password_takes_every_step_once() {
        let (effects, end) = drive(Mode::Form, Standing::Active, &PAID, true);
        assert_eq!(effects, [Effect::Look, Effect::Admit, Effect::Compare]);
        assert_eq!(end, Turn::Moved(State::Connected));
    }

    #[test]
    fn nothing_is_compared_that_was_not_paid_for() {
        let invalid = |challenge| Admission::Invalid { wait: Duration::from_secs(1), challenge };
        let until = Timestamp::from_micros(9);
        for (admission, effects, end) in [
            (Admission::Stopped { until: None }, vec![], Turn::Refused(Reason::Silent)),
            (Admission::Spent { until }, vec![], Turn::Refused(Reason::Budget)),
            (Admission::Ask(vec!["captcha"]), vec![], Turn::Asked(vec!["captcha"])),
            (invalid(false), vec![Effect::Wait(Duration::from_secs(1)), Effect::Pretend], Turn::Refused(Reason::Rule)),
            (invalid(true), vec![Effect::Wait(Duration::from_secs(1)), Effect::Pretend], Turn::Refused(Reason::Challenge)),
        ] {
            let (seen, ended) = drive(Mode::Form, Standing::Active, &admission, true);
            assert_eq!(seen, [vec![Effect::Look, Effect::Admit], effects].concat(), "{admission:?}");
            assert_eq!(ended, end, "{admission:?}");
        }
    }

    #[test]
    fn known_unknown_and_inactive_accounts_take_the_same_steps() {
        let seen = |standing| drive(Mode::Form, standing, &PAID, false).0;
        assert_eq!(seen(Standing::Active), seen(Standing::Unknown));
        assert_eq!(seen(Standing::Active), seen(Standing::Inactive));
        assert_eq!(drive(Mode::Form, Standing::Unknown, &PAID, false).1, Turn::Refused(Reason::Credentials));
        assert_eq!(drive(Mode::Form, Standing::Inactive, &PAID, true).1, Turn::Refused(Reason::Inactive));
    }

    #[test]
    fn a_mode_without_a_secret_compares_none_and_still_needs_an_account() {
        assert_eq!(
            drive(Mode::External, Standing::Active, &PAID, false),
            (vec![Effect::Look, Effect::Admit], Turn::Moved(State::Connected))
        );
        assert_eq!(drive(Mode::External, Standing::Unknown, &PAID, false).1, Turn::Refused(Reason::Credentials));
        let mut machine = Machine::new(PLUGINS);
        assert_eq!(machine.advance(&Evidence::new(Mode::External, false)), Turn::Refused(Reason::Mode));
        assert_eq!(Machine::new(PLUGINS).advance(&Evidence::new(Mode::Oidc, true)), Turn::Refused(Reason::Mode));
    }

    #[test]
    fn a_demanded_factor_that_nobody_has_refuses() {
        let demanded = Admission::Paid { wait: Duration::ZERO, require_factor: true };
        assert_eq!(drive(Mode::Form, Standing::Active, &demanded, true).1, Turn::Refused(Reason::Factor));
    }

    #[test]
    fn refused_stays_refused_and_gaps_in_the_list_refuse() {
        static GAP: Plugins = &[(State::Start, &[&AllowedMode]), (State::ModeDetected, &[])];
        let mut machine = Machine::new(PLUGINS);
        assert_eq!(machine.advance(&Evidence::new(Mode::Form, false)), Turn::Refused(Reason::Mode));
        let whole =
            Evidence { standing: Some(Standing::Active), admission: Some(PAID), compared: Some(true), ..Evidence::new(Mode::Form, true) };
        assert_eq!(machine.advance(&whole), Turn::Refused(Reason::Machine), "there is no way back");
        let mut machine = Machine::new(GAP);
        assert_eq!(machine.advance(&whole), Turn::Moved(State::ModeDetected));
        assert_eq!(machine.advance(&whole), Turn::Refused(Reason::Machine));
    }

    #[test]
    fn an_attempt_comes_to_an_end() {
        let (mut machine, evidence) = (Machine::new(PLUGINS), Evidence::new(Mode::Form, true));
        let turns: Vec<Turn> = (0..MOST + 2).map(|_| machine.advance(&evidence)).collect();
        assert_eq!(turns.last(), Some(&Turn::Refused(Reason::Machine)), "a driver that never brings what is asked for");
    }
}
