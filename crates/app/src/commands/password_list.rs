//! Importing a list of forbidden passwords. The list is a file, not rows: it is written first, then the event, and put in place last, so that
//! none is in use that the trail does not name.

use std::io::BufRead;
use std::sync::Arc;

use guard::audit::Event;
use guard::password::blocklist::{Facts, ImportError, Kind, Progress, Status};
use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store::{Change, Recorded, WriteTx};
use tokio::task::block_in_place;

use crate::{App, Command, OpCtx, Refusal, event};

/// Records that a list was imported. Made by [`App::import_password_list`] alone.
struct RecordList(Facts);

impl Command for RecordList {
    const NAME: &'static str = "password_list.import";
    const PERMISSION: Option<Permission> = Some(Permission::SettingWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, _op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let event = Event::new(event::PASSWORD_LIST_IMPORTED)
            .with("kind", self.0.kind.name())
            .with("entries", self.0.entries)
            .with("keys", self.0.keys);
        Ok(tx.record(&event, Change::none())?)
    }
}

impl App {
    /// Imports a list in place of the one that was imported before. `progress` is told how far it is. A minute for 100 million entries.
    pub async fn import_password_list(
        self: &Arc<Self>,
        op: &OpCtx,
        list: impl BufRead,
        kind: Kind,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Facts, Refusal> {
        self.admit(op, RecordList::NAME, Permission::SettingWrite).await?;
        let prepared = block_in_place(|| self.password_lists().prepare(list, kind, op.now(), progress)).map_err(|error| refused(&error))?;
        let facts = prepared.facts();
        self.run(op, RecordList(facts)).await?;
        block_in_place(|| prepared.place()).map_err(|error| refused(&error))?;
        Ok(facts)
    }

    /// What lists there are; reads all of them, and blocks.
    #[must_use]
    pub fn password_list_status(&self) -> Status {
        self.password_lists().status()
    }

    /// Reads all lists once, on a thread that nobody waits for, and logs what is wrong with them: for the start of a server, since a damaged
    /// list says so otherwise only to whoever sets a password.
    pub fn inspect_password_lists(&self) {
        // Without the application, which must go when the server ends.
        let lists = self.password_lists().clone();
        let inspect = move || {
            for trouble in lists.status().troubles() {
                tracing::error!(error = %trouble, "a list of forbidden passwords cannot be used: new passwords are refused because of it");
            }
        };
        if let Err(error) = std::thread::Builder::new().name("lists".into()).spawn(inspect) {
            tracing::error!(%error, "the lists of forbidden passwords could not be read");
        }
    }
}

/// Lists are refused for what stands in them, and the place for what is wrong with it.
fn refused(error: &ImportError) -> Refusal {
    match error {
        ImportError::Busy | ImportError::Write(_) => Refusal::Conflict(error.to_string()),
        _ => Refusal::invalid("", error.to_string()),
    }
}
