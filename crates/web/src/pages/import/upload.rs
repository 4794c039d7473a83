//! Step 1: the form and the file, which may be as large as `limits.import_csv_max_mb` says. The only multipart form there is; it demands the CSRF token as [`crate::forms`] does.

use std::sync::Arc;

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::response::Response;
use http::StatusCode;
use ringfence_app::import::Options;
use ringfence_app::queries::group::GetVrf;
use ringfence_app::{App, GLOBAL, Refusal, VrfId, limit};
use ringfence_guard::permission::Permission;

use crate::forms::{filled, token_fits, too_old};
use crate::gate::Visitor;
use crate::pages::list;
use crate::reply;
use crate::view::Form;
use crate::view::import::ImportValues;

/// Longest field that is no file, in bytes.
const LONGEST_FIELD: usize = 16 * 1024;
/// Longest body, in bytes: the largest file, the other fields and what stands between.
pub const LONGEST: usize = limit::UPLOAD + 128 * 1024;

/// Everything the form sends.
#[derive(Default)]
struct Sent {
    csrf: String,
    values: ImportValues,
    /// Name and content.
    file: Option<(String, Vec<u8>)>,
    /// The file is larger than it may be; it was let go by.
    too_large: bool,
}

/// `GET /import`
pub async fn form(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    match super::start(&app, &visitor, Form::new("import", "/import", super::fresh())).await {
        Ok(page) => reply::page(&visitor, &page),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `POST /import`: the dry run, kept for a day.
pub async fn send(State(app): State<Arc<App>>, visitor: Visitor, request: Request) -> Response {
    let sent = match Multipart::from_request(request, &app).await {
        Ok(parts) => read(parts, app.settings().import_limit()).await,
        Err(_) => return reply::error(&visitor, StatusCode::UNSUPPORTED_MEDIA_TYPE, None),
    };
    let sent = match sent {
        Ok(sent) => sent,
        Err(status) => return reply::error(&visitor, status, detail(status).as_deref()),
    };
    if !token_fits(&app, &visitor, &sent.csrf) {
        return too_old(&visitor);
    }
    if sent.too_large {
        return again(&app, &visitor, sent.values, &too_large(&app, &visitor)).await;
    }
    match plan(&app, &visitor, &sent.values, sent.file).await {
        Ok(id) => reply::redirect(&format!("/import/{id}")),
        Err(refusal) => again(&app, &visitor, sent.values, &refusal).await,
    }
}

/// The file does not fit, and who can change that.
fn too_large(app: &App, visitor: &Visitor) -> Refusal {
    let most = app.settings().import_limit() >> 20;
    let who = if visitor.may(Permission::SettingWrite) { "raise" } else { "ask an admin to raise" };
    Refusal::invalid("file", format!("a file may have {most} MiB: split it, or {who} limits.import_csv_max_mb"))
}

fn detail(status: StatusCode) -> Option<String> {
    (status == StatusCode::PAYLOAD_TOO_LARGE).then(|| format!("A file may have {} MiB: split it.", limit::UPLOAD >> 20))
}

/// Reads the parts, in whatever order they come; unknown ones are passed over. `most` is the longest file.
async fn read(mut parts: Multipart, most: usize) -> Result<Sent, StatusCode> {
    let status = |error: MultipartError| error.status();
    let mut sent = Sent::default();
    while let Some(field) = parts.next_field().await.map_err(status)? {
        match field.name().unwrap_or_default() {
            "csrf" => sent.csrf = text(field).await?,
            "kind" => sent.values.kind = text(field).await?,
            "vrf" => sent.values.vrf = text(field).await?,
            "on_duplicate" => sent.values.on_duplicate = text(field).await?,
            "ignore" => sent.values.ignore = text(field).await?,
            "file" => {
                let name = base(field.file_name().unwrap_or_default());
                let Some(bytes) = file(field, most).await? else {
                    sent.too_large = true;
                    continue;
                };
                // A browser sends an empty part without a name when no file was chosen.
                sent.file = (!name.is_empty() || !bytes.is_empty()).then_some((name, bytes));
            }
            _ => {}
        }
    }
    Ok(sent)
}

/// A file, or none when it is longer than `most`: the rest of it is read and forgotten, so that the form can say so.
async fn file(mut field: Field<'_>, most: usize) -> Result<Option<Vec<u8>>, StatusCode> {
    let (mut all, mut fits) = (Vec::new(), true);
    while let Some(chunk) = field.chunk().await.map_err(|error| error.status())? {
        fits = fits && all.len() + chunk.len() <= most;
        if fits {
            all.extend_from_slice(&chunk);
        } else {
            all = Vec::new();
        }
    }
    Ok(fits.then_some(all))
}

async fn bytes(mut field: Field<'_>, most: usize) -> Result<Vec<u8>, StatusCode> {
    let mut all = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| error.status())? {
        if all.len() + chunk.len() > most {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all)
}

async fn text(field: Field<'_>) -> Result<String, StatusCode> {
    String::from_utf8(bytes(field, LONGEST_FIELD).await?).map_err(|_| StatusCode::BAD_REQUEST)
}

/// The file's own name, whatever path a browser puts before it.
fn base(name: &str) -> String {
    name.rsplit(['/', '\\']).next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect()
}

/// Makes the dry run and keeps it.
async fn plan(app: &Arc<App>, visitor: &Visitor, values: &ImportValues, file: Option<(String, Vec<u8>)>) -> Result<i64, Refusal> {
    let options = options(app, visitor, values).await?;
    let (name, bytes) = file.ok_or_else(|| Refusal::invalid("file", "choose a file"))?;
    let name = if name.is_empty() { "file.csv" } else { &name };
    let planned = app.plan_import(&visitor.op, options, name, bytes, &|_, _| {}).await?;
    Ok(app.keep_plan(&visitor.op, &planned).await?.0)
}

async fn options(app: &Arc<App>, visitor: &Visitor, values: &ImportValues) -> Result<Options, Refusal> {
    let kind = values.kind.parse().map_err(|_| Refusal::invalid("kind", "choose one of the list"))?;
    let on_duplicate = values.on_duplicate.parse().map_err(|_| Refusal::invalid("on_duplicate", "choose one of the list"))?;
    let vrf = match filled(&values.vrf).map(str::parse::<i64>) {
        None => None,
        Some(Ok(id)) if id == GLOBAL.0 => None,
        Some(Ok(id)) => Some(app.ask(&visitor.op, GetVrf(VrfId(id))).await.map_err(|refusal| match refusal {
            Refusal::NotFound { .. } => Refusal::invalid("vrf", "this VRF is gone: choose another one"),
            other => other,
        })?),
        Some(Err(_)) => return Err(Refusal::invalid("vrf", "choose one of the list")),
    };
    Ok(Options { kind, vrf: vrf.map(|vrf| vrf.name), on_duplicate, ignore: list::words(&values.ignore, &[',']) })
}

/// The form again; the file itself has to be chosen again.
async fn again(app: &Arc<App>, visitor: &Visitor, values: ImportValues, refusal: &Refusal) -> Response {
    let Some(mut errors) = reply::field_errors(refusal) else { return reply::refusal(visitor, refusal) };
    for error in &mut errors {
        error.message = error.message.replace("ignore it with --ignore", "name it under “Leave out”:");
    }
    match super::start(app, visitor, Form { errors, ..Form::new("import", "/import", values) }).await {
        Ok(page) => reply::with_status(visitor, reply::status(refusal), &page),
        Err(refusal) => reply::refusal(visitor, &refusal),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::header::CONTENT_TYPE;

    use super::*;

    async fn parsed(body: &str) -> Result<Sent, StatusCode> {
        let request = Request::builder().method("POST").header(CONTENT_TYPE, "multipart/form-data; boundary=b");
        let request = request.body(Body::from(body.replace('\n', "\r\n"))).unwrap();
        read(Multipart::from_request(request, &()).await.unwrap(), 40).await
    }

    #[tokio::test]
    async fn parts_come_in_any_order() {
        let body = "--b\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\x\\plan.csv\"\n\ncidr\n10.0.0.0/8\n\
                    --b\nContent-Disposition: form-data; name=\"other\"\n\nx\n\
                    --b\nContent-Disposition: form-data; name=\"kind\"\n\nsubnets\n\
                    --b\nContent-Disposition: form-data; name=\"csrf\"\n\ntoken\n--b--\n";
        let sent = parsed(body).await.unwrap();
        assert_eq!((sent.csrf.as_str(), sent.values.kind.as_str()), ("token", "subnets"));
        assert_eq!(sent.file, Some(("plan.csv".to_owned(), b"cidr\r\n10.0.0.0/8".to_vec())));
    }

    #[tokio::test]
    async fn a_file_that_is_too_long_is_let_go_by_and_the_rest_is_read() {
        let body = |length: usize| {
            let file = "x".repeat(length);
            format!(
                "--b\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\n\n{file}\n--b\nContent-Disposition: form-data; \
                 name=\"csrf\"\n\ntoken\n--b--\n"
            )
        };
        let (fits, large) = (parsed(&body(40)).await.unwrap(), parsed(&body(41)).await.unwrap());
        assert_eq!((fits.too_large, fits.file.is_some(), fits.csrf.as_str()), (false, true, "token"));
        assert_eq!((large.too_large, large.file.is_some(), large.csrf.as_str()), (true, false, "token"));
    }

    #[tokio::test]
    async fn no_file_and_long_fields() {
        let none = parsed("--b\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\n\n\n--b--\n").await.unwrap();
        assert!(none.file.is_none());
        let long = format!("--b\nContent-Disposition: form-data; name=\"ignore\"\n\n{}\n--b--\n", "x".repeat(LONGEST_FIELD + 1));
        assert_eq!(parsed(&long).await.err(), Some(StatusCode::PAYLOAD_TOO_LARGE));
        assert_eq!(parsed("--b\nContent-Disposition: form-data; name=\"kind\"\n\nsub").await.err(), Some(StatusCode::BAD_REQUEST));
    }

    #[test]
    fn names_lose_their_path() {
        assert_eq!(
            (base("/a/b.csv"), base("C:\\a\\b.csv"), base("b.csv"), base("")),
            ("b.csv".into(), "b.csv".into(), "b.csv".into(), String::new())
        );
    }
}
