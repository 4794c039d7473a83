//! Embeds what `ui/dist` holds: every file gets a name with the first twelve hex digits of its SHA-256, a content type
//! from the allow-list and, where that makes it smaller, a gzip twin. `src/asset.rs` includes the table made here.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// What may be served: extension, content type, whether a gzip twin is worth trying.
const KINDS: [(&str, &str, bool); 6] = [
    ("css", "text/css; charset=utf-8", true),
    ("ico", "image/x-icon", false),
    ("js", "text/javascript; charset=utf-8", true),
    ("png", "image/png", false),
    ("svg", "image/svg+xml", true),
    ("woff2", "font/woff2", false),
];
const MISSING: &str = "the pages' style sheet and scripts are not built: run `make assets`";
const REQUIRED: [&str; 6] = ["app.css", "app.js", "favicon.svg", "head.js", "icons.svg", "work.js"];

fn main() -> Result<(), String> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    let dist = root.join("ui").join("dist");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", dist.display());
    let table = table(&dist, &out)?;
    fs::write(out.join("assets.rs"), table).map_err(|cause| format!("assets.rs: {cause}"))
}

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script everything through the environment")]
fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|cause| format!("{name}: {cause}"))
}

fn table(dist: &Path, out: &Path) -> Result<String, String> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(dist).map_err(|_| MISSING.to_owned())?.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    files.sort();
    if REQUIRED.iter().any(|name| !dist.join(name).is_file()) {
        return Err(MISSING.to_owned());
    }
    let mut table = String::from("static ASSETS: &[Asset] = &[\n");
    for file in &files {
        table.push_str(&entry(file, out)?);
    }
    table.push_str("];\n");
    Ok(table)
}

fn entry(file: &Path, out: &Path) -> Result<String, String> {
    let text = |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).map(str::to_owned);
    let name = text(file.file_name()).ok_or("a file in ui/dist has no readable name")?;
    let (Some(stem), Some(extension)) = (text(file.file_stem()), text(file.extension())) else {
        return Err(format!("{name}: a file in ui/dist needs an extension"));
    };
    let Some((_, content_type, shrinks)) = KINDS.iter().find(|(known, _, _)| *known == extension) else {
        return Err(format!("{name}: files of this kind are not served; see KINDS in build.rs"));
    };
    let bytes = fs::read(file).map_err(|cause| format!("{name}: {cause}"))?;
    let print = Sha256::digest(&bytes).iter().take(6).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let served = format!("{stem}-{print}.{extension}");
    let gzip = if *shrinks { twin(&bytes, out, &served)? } else { None };
    let gzip = gzip.map_or_else(|| "None".to_owned(), |path| format!("Some(include_bytes!({path:?}))"));
    let mut row = String::new();
    let _ = writeln!(
        row,
        "    Asset {{ name: {name:?}, url: \"/assets/{served}\", content_type: {content_type:?}, bytes: include_bytes!({:?}), gzip: {gzip} }},",
        file.display().to_string()
    );
    Ok(row)
}

/// The path of the gzip twin, unless it saves nothing.
fn twin(bytes: &[u8], out: &Path, served: &str) -> Result<Option<String>, String> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|cause| format!("{served}: {cause}"))?;
    if packed.len() >= bytes.len() {
        return Ok(None);
    }
    let path = out.join(format!("{served}.gz"));
    fs::write(&path, packed).map_err(|cause| format!("{served}: {cause}"))?;
    Ok(Some(path.display().to_string()))
}
