//! What the form answered: challenges of our own are judged here, those of providers by the provider.

use std::collections::BTreeMap;

use guard::audit::Origin;
use guard::challenge::{
    self, Challenge, Sent,
    provider::{self, Finding},
};
use guard::fence::{Grade, Grades, Level};
use ringfence_guard as guard;

use super::{Answers, LoginRequest};
use crate::App;

impl App {
    /// Grades every challenge that stood on the form. A form without a ticket of ours carried none.
    pub(super) async fn grade(&self, origin: &Origin, request: &LoginRequest) -> Grades {
        let mut grades = Grades::new();
        let Some(ticket) = request.answers.ticket.as_ref().filter(|_| request.mode.can_ask()) else { return grades };
        let settings = self.settings();
        for (name, kept) in &ticket.asked {
            let Some(challenge) = settings.fence().registry().challenge(name) else { continue };
            let late = origin.at.since(ticket.issued_at()) >= challenge::LIFETIME;
            let grade = if late && challenge.is_single_use() {
                challenge.worst()
            } else if challenge.provider().is_some() {
                self.ask_provider(origin, name, challenge, &request.answers).await
            } else {
                challenge.grade(&Sent {
                    kept,
                    fields: &request.answers.fields,
                    issued_at: ticket.begun_at(),
                    now: origin.at,
                    min_time: settings.min_time(),
                })
            };
            grades.insert(name.clone(), grade);
        }
        grades
    }

    async fn ask_provider(&self, origin: &Origin, name: &str, challenge: &dyn Challenge, answers: &Answers) -> Grade {
        let settings = self.settings();
        let Some((provider, keys)) = settings.provider(name) else { return Grade::Undecided("it is not set up".to_owned()) };
        let token = token(name, provider.field, &answers.fields);
        let Some(_place) = self.limiter.questions.place(origin) else { return Grade::Undecided("too many questions at once".to_owned()) };
        let finding = match provider.refuse(token) {
            Some(finding) => finding,
            None => {
                let call = (provider.request)(&keys, token, origin.client);
                match self.outbound.post(call).await {
                    Ok((status, body)) => (provider.read)(&keys, status, &body, &answers.host),
                    Err(reason) => Finding::Outage { reason },
                }
            }
        };
        let minimum = if name == challenge::RECAPTCHA { settings.fence().settings().recaptcha_minimum } else { Level::ZERO };
        grade(finding, minimum, challenge)
    }
}

/// The token in the form: in the field of the provider, or in ours for what our own script fills in.
fn token<'f>(name: &str, field: &str, fields: &'f BTreeMap<String, String>) -> &'f str {
    fields.get(&format!("answer-{name}")).or_else(|| fields.get(field)).map_or("", String::as_str)
}

fn grade(finding: Finding, minimum: Level, challenge: &dyn Challenge) -> Grade {
    match finding {
        Finding::Passed { score_thousandths } => {
            let score = score_thousandths.map(Level::thousandths);
            match score {
                Some(score) if score < minimum => Grade::Failed { level: score },
                score => Grade::Passed { score },
            }
        }
        Finding::Failed { reason: provider::LOW_SCORE, score_thousandths: Some(score) } => {
            Grade::Failed { level: Level::thousandths(score) }
        }
        // A good score for another host or another action is worth nothing.
        Finding::Failed { .. } => challenge.worst(),
        Finding::Outage { reason } => Grade::Undecided(reason),
    }
}
