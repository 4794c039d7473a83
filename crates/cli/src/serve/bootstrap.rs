//! The admin of an installation that nobody sets up by hand. Made while there is no account at all, with a password from a file that only its owner can
//! read; the pages of that admin say so until another password is set.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use ringfence_app::account::password::Owner;
use ringfence_app::commands::setup::Bootstrap;
use ringfence_app::commands::user::NewAccount;
use ringfence_app::{App, Refusal};
use ringfence_guard::permission::Role;
use ringfence_guard::secret::{Secret, SecretText};

use crate::config::BootstrapAdmin;
use crate::{open, out};

type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Makes the admin, unless there is an account already: then the configuration has done its work.
pub(super) async fn make(app: &Arc<App>, admin: &BootstrapAdmin) -> Fallible<()> {
    if app.has_accounts()? {
        return Ok(());
    }
    let password = read(admin)?;
    let owner = Owner { username: admin.name.clone(), email: admin.email.clone() };
    let failed = |refusal: Refusal| format!("bootstrap_admin: {}", refusal.cause());
    let hashed = app.first_password(owner, &password, "console").await.map_err(failed)?;
    let account =
        NewAccount { password: Some(hashed), given: true, ..NewAccount::new(admin.name.clone(), admin.email.clone(), Role::Admin) };
    if app.run(&open::console(app), Bootstrap(account)).await.map_err(failed)? {
        out::note(format!("The admin {} is made, with the password of the configuration. Change it.", admin.name));
    }
    Ok(())
}

fn read(admin: &BootstrapAdmin) -> Fallible<SecretText> {
    let name = admin.password_file.display();
    let mode = fs::metadata(&admin.password_file).map_err(|e| format!("bootstrap_admin.password_file {name}: {e}"))?.mode();
    if mode & 0o077 != 0 {
        return Err(format!("bootstrap_admin.password_file {name} can be read by others: chmod 600 {name}").into());
    }
    let text = fs::read_to_string(&admin.password_file).map_err(|e| format!("bootstrap_admin.password_file {name}: {e}"))?;
    Ok(Secret::new(text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text)).to_owned()))
}
