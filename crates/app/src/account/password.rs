//! New passwords: judged by every validator and hashed, on the hash threads, outside any transaction. [`Hashed`] is the only thing that commands
//! store, and only what stands here makes one, so that no way to set a password goes past the validators.

use std::sync::Arc;

use guard::entropy;
use guard::message::Message;
use guard::password::blocklist::Lists;
use guard::password::policy::{About, Candidate, Kept, Objection, Policy, Reuse, Rules, strength};
use guard::password::{self, Effort, Import, Params};
use guard::secret::SecretText;
use ringfence_guard as guard;
use ringfence_store as store;
use store::repo::{Page, Settle};
use store::tables::account::User;

use super::proof::Finding;
use crate::{App, OpCtx, Problem, Refusal};

/// What a password is never to hold, besides the name that the installation has given itself.
const PRODUCT: &str = "Ringfence";

/// Names of sites that a password is compared with, at most.
const NAMES: u64 = 1_000;

/// A stored form of a password that was accepted here, or that an operator brought along.
#[derive(Clone, PartialEq, Eq)]
pub struct Hashed(String);

impl Hashed {
    /// The PHC string.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// A hash from elsewhere: the password behind it cannot be judged.
    #[must_use]
    pub fn imported(import: &Import) -> Self {
        Self(import.text().to_owned())
    }
}

impl std::fmt::Debug for Hashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hashed(***)")
    }
}

/// Whose password it is to be.
#[derive(Clone, Debug, Default)]
pub struct Owner {
    /// The login name.
    pub username: String,
    /// May be empty.
    pub email: String,
}

impl From<&User> for Owner {
    fn from(user: &User) -> Self {
        Self { username: user.facts.username.clone(), email: user.facts.email.clone() }
    }
}

/// How hard a password is to guess, and what speaks against it, while it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// 0 to 4; none if it could not be judged.
    pub score: Option<u8>,
    /// What the score is called, a warning, and advice.
    pub says: Vec<Message>,
    /// What would be objected, but for former passwords: those are compared when it is sent.
    pub objections: Vec<Message>,
}

/// Everything that judges and hashes one candidate, by value: it travels to a hash thread.
pub(super) struct Judge {
    rules: Rules,
    pub(super) policy: Arc<Policy>,
    lists: Lists,
    owner: Owner,
    names: Vec<String>,
    params: Params,
    salt: [u8; 16],
}

/// What a judged candidate came to.
pub(super) type Judged = Result<Result<Hashed, Vec<Objection>>, password::HashError>;

impl Judge {
    /// Asks every validator.
    fn check(&self, candidate: Candidate, reuse: Reuse) -> Result<password::NewPassword, Vec<Objection>> {
        let lists = self.lists.open();
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let about = About {
            username: &self.owner.username,
            email: &self.owner.email,
            product: PRODUCT,
            names: &names,
            listed: Some(&lists),
            reuse,
        };
        self.rules.check(candidate, &about, &self.policy)
    }

    /// Judges and hashes. Costs a hash if nothing is objected.
    pub(super) fn judge(&self, candidate: Candidate, reuse: Reuse) -> Judged {
        match self.check(candidate, reuse) {
            Ok(new) => password::hash(self.params, &new, self.salt).map(|hash| Ok(Hashed(hash))),
            Err(objections) => Ok(Err(objections)),
        }
    }
}

/// Objections as problems of the field; what kept a validator from deciding goes to the log.
pub(super) fn problems(field: &str, objections: Vec<Objection>) -> Refusal {
    let problem = |objection: Objection| {
        if let Some(trouble) = &objection.trouble {
            tracing::error!(validator = objection.validator, trouble, "a new password could not be judged, and is refused");
        }
        Problem::said(field, objection.message)
    };
    Refusal::Invalid(objections.into_iter().map(problem).collect())
}

/// Reads a candidate; what can be said of it at once is a problem of the field.
pub(super) fn candidate(field: &str, typed: &SecretText) -> Result<Candidate, Refusal> {
    Candidate::parse(typed).map_err(|objection| problems(field, vec![objection]))
}

fn broken(error: password::HashError) -> Refusal {
    Refusal::Store(store::StoreError::Corrupt(error.to_string()))
}

impl App {
    /// What judges the passwords of an account.
    pub(super) fn judge(&self, owner: Owner) -> Result<Judge, Refusal> {
        let settings = self.settings();
        let sites = self.glance(|rx| Ok(rx.sites().list(None, &Page::first(NAMES))?))?;
        let mut names: Vec<String> = sites.rows.into_iter().map(|site| site.facts.name).collect();
        names.push(settings.site_name().to_owned());
        Ok(Judge {
            rules: self.password_rules.clone(),
            policy: Arc::clone(settings.policy()),
            lists: self.password_lists().clone(),
            owner,
            names,
            params: self.params,
            salt: entropy::bytes(self.entropy.as_ref()),
        })
    }

    /// The cost of every comparison.
    pub(crate) fn effort(&self) -> Effort {
        Effort { params: self.params, imported: self.settings().dearest_import() }
    }

    /// Judges and hashes the password of an account that has none yet. `bucket` is the client's share of the queue.
    pub async fn first_password(&self, owner: Owner, typed: &SecretText, bucket: &str) -> Result<Hashed, Refusal> {
        self.refresh_now()?;
        let candidate = candidate("password", typed)?;
        let judge = self.judge(owner)?;
        let judged = self.hashing.run(bucket, move || judge.judge(candidate, Reuse::New)).await.map_err(crate::login::busy_for)?;
        judged.map_err(broken)?.map_err(|objections| problems("password", objections))
    }

    /// Judges and hashes a password in the place of others, by a link that its owner has. Whoever has a link but not the password could ask here which
    /// it was: so each time it is one of the account's, that is a guess that was paid for.
    pub(super) async fn next_password(
        self: &Arc<Self>,
        op: &OpCtx,
        user: &User,
        kept: Kept,
        typed: &SecretText,
    ) -> Result<Hashed, Refusal> {
        let candidate = candidate("password", typed)?;
        let judge = self.judge(Owner::from(user))?;
        let charges = vec![(self.link_charge(user.id), Settle::Refund)];
        let paid = self
            .pay_and(&op.origin, charges, move |attempt| {
                let reuse = password::policy::reuse(attempt, &candidate, &kept, &judge.policy);
                let finding = if reuse == Reuse::New { Finding::Unasked } else { Finding::Wrong };
                (finding, judge.judge(candidate, reuse))
            })
            .await?;
        paid.found.map_err(broken)?.map_err(|objections| problems("password", objections))
    }

    /// A look at a password while it is typed: nothing is compared with what is stored.
    pub async fn look_at_password(&self, owner: Owner, typed: &SecretText, bucket: &str) -> Result<Look, Refusal> {
        let Ok(candidate) = Candidate::parse(typed) else {
            let refusal = candidate("password", typed).err();
            return Ok(Look { score: None, says: Vec::new(), objections: refusal.map_or_else(Vec::new, said) });
        };
        let judge = self.judge(owner)?;
        let look = move || {
            let about = About { username: &judge.owner.username, email: &judge.owner.email, product: PRODUCT, ..About::default() };
            let strength = strength::strength(&candidate, &about).ok();
            let objections = judge.check(candidate, Reuse::New).err().unwrap_or_default();
            (strength, objections)
        };
        let (strength, objections) = self.hashing.run(bucket, look).await.map_err(crate::login::busy_for)?;
        Ok(Look {
            score: strength.as_ref().map(|strength| strength.score),
            says: strength.map_or_else(Vec::new, |strength| strength.messages()),
            objections: said(problems("password", objections)),
        })
    }
}

/// What a refusal says, from the catalogue.
fn said(refusal: Refusal) -> Vec<Message> {
    match refusal {
        Refusal::Invalid(problems) => problems.into_iter().filter_map(|problem| problem.said).collect(),
        _ => Vec::new(),
    }
}
