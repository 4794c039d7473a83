//! The login form before it is sent: what it asks from the start, and how a form with these challenges is made. Opening it writes nothing.

use std::collections::BTreeMap;

use guard::audit::Origin;
use guard::budget::address_key;
use guard::challenge::provider::{Look, Script, Sources};
use guard::challenge::{CAPTCHA, PROOF_OF_WORK, Prompt, captcha};
use guard::entropy;
use guard::fence::{Facts, Grades};
use guard::login::mode::Mode;
use guard::login::ticket::Ticket;
use ringfence_guard as guard;

use super::admit::LATELY;
use super::{bucket, busy_for};
use crate::{App, Refusal};

/// What the page shows of one challenge.
#[derive(Clone, Debug)]
pub enum Shown {
    /// A picture as PNG; its sound is asked for with the ticket.
    Picture {
        /// The file.
        png: Vec<u8>,
    },
    /// A puzzle: its seed in hex, how many numbers, how many zero bits each.
    Puzzle {
        /// 64 hex digits.
        seed: String,
        /// Numbers wanted.
        count: u8,
        /// Leading zero bits.
        bits: u32,
    },
    /// A question in words, answered in the field `answer-NAME`.
    Question {
        /// Name of the challenge.
        name: &'static str,
        /// The question.
        text: String,
    },
    /// A field that must stay empty.
    Trap,
    /// A provider's box, or its script alone.
    Widget {
        /// Name of the challenge.
        name: &'static str,
        /// Of the provider, for people.
        label: &'static str,
        /// How it looks.
        look: Look,
        /// Its script.
        script: Script,
        /// What the page's policy has to let in.
        sources: &'static Sources,
    },
}

/// A form to be shown.
#[derive(Clone, Debug, Default)]
pub struct FormPage {
    /// What it shows besides name and password.
    pub shown: Vec<Shown>,
    /// What it carries, sealed.
    pub ticket: String,
}

impl App {
    /// What a form asks from the start, before anything is typed: what every form asks, and what rules say of the address.
    pub fn opening(&self, origin: &Origin) -> Result<Vec<&'static str>, Refusal> {
        self.refresh_now()?;
        let settings = self.settings();
        let fence = settings.fence();
        let spraying = match origin.client.filter(|_| fence.counts_names(Mode::Form)) {
            Some(client) => self.glance(|rx| Ok(rx.login_audits().names_failed(&address_key(client), origin.at.minus(LATELY))?))?,
            None => 0,
        };
        let grades = Grades::new();
        Ok(fence.judge(&Facts::opening(origin.at, Mode::Form, origin.client, spraying, &grades), &[], false).ask)
    }

    /// Makes a form that asks these challenges, bound to the browser whose pre-login cookie has this hash. `plain` puts a picture in the place of what
    /// only a script can solve.
    pub async fn form(
        &self,
        origin: &Origin,
        ask: &[&'static str],
        before: Option<&Ticket>,
        browser: &[u8; 32],
        plain: bool,
    ) -> Result<FormPage, Refusal> {
        let mut ask = ask.to_vec();
        if plain {
            for name in &mut ask {
                *name = if *name == PROOF_OF_WORK { CAPTCHA } else { *name };
            }
        }
        ask.sort_unstable();
        ask.dedup();
        let (mut asked, mut shown) = (BTreeMap::new(), Vec::new());
        for name in ask {
            let settings = self.settings();
            let Some(challenge) = settings.fence().registry().challenge(name) else { continue };
            let offer = challenge.offer(entropy::bytes(self.entropy.as_ref()));
            shown.extend(self.show(origin, name, offer.prompt).await?);
            asked.insert(name.to_owned(), offer.kept);
        }
        let ticket = Ticket::new(self.entropy.as_ref(), origin.at, before, asked).with_plain(plain);
        Ok(FormPage { shown, ticket: ticket.seal(&self.keys.login_state, self.entropy.as_ref(), browser) })
    }

    /// The name of a challenge as rules and forms know it.
    #[must_use]
    pub fn challenge_name(&self, name: &str) -> Option<&'static str> {
        self.registry().challenge(name).map(|challenge| challenge.descriptor().name)
    }

    /// Opens what a form carried.
    #[must_use]
    pub fn ticket(&self, origin: &Origin, browser: &[u8; 32], sealed: &str) -> Option<Ticket> {
        Ticket::open(&self.keys.login_state, browser, sealed, origin.at)
    }

    async fn show(&self, origin: &Origin, name: &'static str, prompt: Prompt) -> Result<Option<Shown>, Refusal> {
        Ok(match prompt {
            Prompt::Picture { phrase, chance } => {
                // Drawing takes milliseconds: where hashing takes its turns it cannot take the machine.
                let drawn = self.hashing.run(&bucket(origin), move || captcha::picture(&phrase, chance)).await;
                Some(Shown::Picture { png: drawn.map_err(busy_for)? })
            }
            Prompt::Puzzle(puzzle) => Some(Shown::Puzzle {
                seed: puzzle.text(),
                count: guard::challenge::proof_of_work::Puzzle::COUNT,
                bits: guard::challenge::proof_of_work::Puzzle::BITS,
            }),
            Prompt::Question(text) => Some(Shown::Question { name, text }),
            Prompt::Trap => Some(Shown::Trap),
            Prompt::Unseen => None,
            Prompt::Widget(provider) => self.settings().provider(name).map(|(_, keys)| Shown::Widget {
                name,
                label: provider.label,
                look: (provider.look)(&keys),
                script: (provider.script)(&keys),
                sources: provider.sources,
            }),
        })
    }

    /// The sound of the picture on a form; none if it carries none.
    pub async fn sound(&self, origin: &Origin, browser: &[u8; 32], sealed: &str) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(ticket) = self.ticket(origin, browser, sealed) else { return Ok(None) };
        let Some(phrase) = ticket.asked.get(CAPTCHA).cloned() else { return Ok(None) };
        let chance = ticket.chance();
        self.hashing.run(&bucket(origin), move || captcha::sound(&phrase, chance)).await.map(Some).map_err(busy_for)
    }
}
