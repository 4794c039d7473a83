//! The files a browser loads beside the pages: style sheet, scripts, icons. They are built by `ui/`, fingerprinted and
//! embedded by `build.rs`, and nothing else is ever served under `/assets/`: no directory is read at run time, so no path
//! can leave it. A name changes with its content, so an answer may be kept for ever.

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The value of `Cache-Control` for every asset: the name changes with the content.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// One embedded file.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    name: &'static str,
    url: &'static str,
    /// Value of the `Content-Type` header.
    pub content_type: &'static str,
    /// The file as built.
    pub bytes: &'static [u8],
    /// The same, gzip-compressed, where that is smaller: for clients that accept it (answer with `Vary: Accept-Encoding`).
    pub gzip: Option<&'static [u8]>,
}

/// The asset with this fingerprinted file name (the part of the path after `/assets/`).
#[must_use]
pub fn get(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.url.strip_prefix("/assets/") == Some(path))
}

/// Where the browser finds the asset that `ui/` builds under this plain name. A test holds every name that a template
/// asks for against the table; an unknown one leads to `/assets/`, which is a 404.
#[must_use]
pub fn url(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("/assets/", |asset| asset.url)
}

#[cfg(test)]
mod tests {
    use super::{ASSETS, get, url};

    #[test]
    fn every_asset_is_found_by_its_url_and_by_nothing_else() {
        for asset in ASSETS {
            let path = asset.url.strip_prefix("/assets/").unwrap();
            assert_eq!(get(path).unwrap().bytes, asset.bytes);
            assert_eq!(url(asset.name), asset.url);
            assert!(get(asset.name).is_none(), "{} is served without a fingerprint", asset.name);
        }
        for path in ["", "..", "../Cargo.toml", "app.css", "/app.css"] {
            assert!(get(path).is_none(), "{path}");
        }
    }

    #[test]
    fn the_first_load_is_light() {
        let sent: usize = ASSETS.iter().map(|asset| asset.gzip.unwrap_or(asset.bytes).len()).sum();
        assert!(sent < 250_000, "{sent} bytes");
    }

    #[test]
    fn scripts_and_styles_evaluate_and_load_nothing() {
        let text = |name: &str| std::str::from_utf8(ASSETS.iter().find(|asset| asset.name == name).unwrap().bytes).unwrap();
        assert!(!text("app.css").contains("@import"));
        assert!(!text("app.css").contains("url(http"));
        assert!(!text("head.js").contains("eval"));
    }
}
