//! Letters: queued in the unit of work that has a reason to write one, sent by a job, tried again when a server asks for patience.

mod transport;

use std::sync::Arc;
use std::time::Duration;

use guard::audit::Event;
use guard::clock::Timestamp;
use guard::entropy::Entropy;
use guard::envelope::Sealer;
use guard::secret::SecretText;
use ringfence_guard as guard;
use ringfence_store as store;
use store::repo::{DueMail, NewMail};
use store::{Change, WriteTx};

pub use transport::{Encryption, Letter, SendError, Sender, Server, probe, send};

use crate::{App, OpCtx, Refusal, event};

/// Letters sent in one turn of the job.
const TURN: u64 = 20;

/// Tries of one letter: with doubling waits about four hours.
const TRIES: i64 = 9;

/// The wait after the first try that failed.
const FIRST_WAIT: Duration = Duration::from_mins(1);

/// Seals letters before they are stored: they may hold a one-time link, and a copy of the database must not.
#[derive(Clone)]
pub(crate) struct Post {
    sealer: Arc<Sealer>,
    entropy: Arc<dyn Entropy>,
}

impl Post {
    pub(crate) const fn new(sealer: Arc<Sealer>, entropy: Arc<dyn Entropy>) -> Self {
        Self { sealer, entropy }
    }

    /// Queues a letter, sealed for its recipient; false when too many wait. The event of what it tells covers it.
    pub(crate) fn queue(&self, tx: &mut WriteTx<'_>, letter: &NewMail) -> Result<Change<bool>, Refusal> {
        let body = self.sealer.seal(self.entropy.as_ref(), letter.recipient.as_bytes(), letter.body.as_bytes());
        Ok(tx.mails().queue(&NewMail { body, ..letter.clone() })?)
    }

    fn open(&self, due: &DueMail) -> Result<SecretText, SendError> {
        let sealed = self.sealer.open_text(due.mail.recipient.as_bytes(), &due.mail.body);
        sealed.map_err(|error| SendError::Refused(error.to_string()))
    }
}

impl App {
    /// The mail server of the settings, if mail is to be sent.
    #[must_use]
    pub fn mail_server(&self) -> Option<(Server, Sender)> {
        self.settings().mail_server(self.own_name())
    }

    /// The host name that this installation is known by.
    #[must_use]
    pub fn own_name(&self) -> &str {
        let name = self.base_url.trim_start_matches("https://");
        name.split([':', '/']).next().filter(|name| !name.is_empty()).unwrap_or("localhost")
    }

    /// Sends what is due; gives how many letters left. Without a mail server letters wait until they are forgotten.
    pub async fn send_mail(self: &Arc<Self>) -> Result<u64, Refusal> {
        self.refresh_now()?;
        let Some((server, sender)) = self.mail_server() else { return Ok(0) };
        let now = self.now();
        let due = self.glance(|rx| Ok(rx.mails().due(now, TURN)?))?;
        let mut sent = 0;
        for letter in due {
            let sent_now = match self.post.open(&letter) {
                Ok(body) => send(&server, &compose(&letter, &body, &sender)).await,
                Err(error) => Err(error),
            };
            match sent_now {
                Ok(()) => {
                    self.unit(self.system(now), move |tx| Ok(tx.mails().sent(letter.id)?)).await?;
                    sent += 1;
                }
                Err(error) => {
                    let broken = matches!(error, SendError::Setup(_));
                    self.mail_failed(&letter, error).await?;
                    // Whatever keeps every letter from leaving keeps the rest of this turn too.
                    if broken {
                        break;
                    }
                }
            }
        }
        Ok(sent)
    }

    async fn mail_failed(self: &Arc<Self>, letter: &DueMail, error: SendError) -> Result<(), Refusal> {
        let (now, id, attempts) = (self.now(), letter.id, letter.attempts + 1);
        let again = !matches!(error, SendError::Refused(_)) && attempts < TRIES;
        let text = error.to_string();
        tracing::warn!(error = %text, attempts, again, "a letter could not be sent");
        let due = again.then(|| now.plus(FIRST_WAIT * 2u32.saturating_pow(u32::try_from(attempts - 1).unwrap_or(0))));
        self.unit(self.system(now), move |tx| {
            let change = tx.mails().failed(id, &text, due)?;
            if due.is_some() {
                return Ok(tx.quiet(store::Quiet::JobHeartbeat, change));
            }
            let event = Event::new(event::MAIL_SEND_FAILED).with("mail", id).with("error", text.clone());
            Ok(tx.record(&event, change)?)
        })
        .await
    }

    /// Sends a letter at once, to see whether the settings do; the error is for the person who asked.
    pub async fn try_mail(self: &Arc<Self>, op: &OpCtx, to: &str) -> Result<(), Refusal> {
        self.admit(op, "mail.test", guard::permission::Permission::SettingWrite).await?;
        self.refresh_now()?;
        let Some((server, from)) = self.mail_server() else {
            return Err(Refusal::Conflict("mail is switched off: set smtp.enabled first".into()));
        };
        let letter = Letter {
            from,
            to: to.trim().to_owned(),
            subject: format!("{} can send mail", self.settings().site_name()),
            text: format!("This is the test that was asked for on {}.\n\nIf you can read it, mail works.\n", self.base_url),
            id: format!("test-{}", op.origin.request_id),
            written: op.now().micros() / 1_000_000,
        };
        let result = send(&server, &letter).await;
        let done = result.is_ok();
        let event = Event::new(event::MAIL_TESTED).with("sent", done);
        self.unit(op.origin.clone(), move |tx| Ok(tx.record(&event, Change::none())?)).await?;
        result.map_err(|error| Refusal::invalid("to", error.to_string()))
    }
}

fn compose(due: &DueMail, body: &SecretText, sender: &Sender) -> Letter {
    Letter {
        from: sender.clone(),
        to: due.mail.recipient.clone(),
        subject: due.mail.subject.clone(),
        text: body.expose().clone(),
        id: format!("letter-{}", due.id),
        written: seconds(due.created_at),
    }
}

const fn seconds(at: Timestamp) -> i64 {
    at.micros() / 1_000_000
}
