//! Routes as data. Each route is one entry of one table; the router, the permission matrix, the list of doors that take a secret and
//! the coverage tests are all built from it, so an unlisted route cannot exist.
//!
//! To add a route: one [`Route`] in the slice of its door. Whoever forgets its access cannot: there is no default.

use crate::permission::Permission;
use axum::Router;
use axum::routing::MethodRouter;
use http::Method;
use std::collections::BTreeMap;
use std::fmt;

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Public,
    /// A person in a session, also one who has to set a new password before anything else.
    Pending,
    /// A person in a session who holds this permission.
    Session(Permission),
    /// A program whose API key grants this permission.
    Api(Permission),
}

/// Which kind of guessable secret a route accepts. Each of them must spend from the budgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretDoor {
    /// Name and password, in the form or in every call.
    Login,
    /// A one-time link of 256 bits: found by its hash, and no budget makes it safer.
    Link,
    /// A name for which mail is sent.
    Mail,
    /// The present password of whoever is logged in.
    Password,
    /// The one-time setup code, of 256 bits.
    Setup,
}

impl SecretDoor {
    /// Whether what it accepts can be guessed, or used to find out or to pester, so that every try has to be paid for.
    #[must_use]
    pub const fn is_guessable(self) -> bool {
        match self {
            Self::Login | Self::Mail | Self::Password => true,
            Self::Link | Self::Setup => false,
        }
    }
}

/// One route.
pub struct Route<S> {
    /// The one method it answers (GET answers HEAD too).
    pub method: Method,
    /// Path in axum's form, from the root: `/subnets/{id}`.
    pub path: &'static str,
    /// Who may come in.
    pub access: Access,
    /// The secret it accepts, if any.
    pub door: Option<SecretDoor>,
    /// The handler, bound to the same method: `|| get(show)`.
    pub handler: fn() -> MethodRouter<S>,
    /// One line for the API description and the route list.
    pub summary: &'static str,
    /// Whether it changes anything, and hence must leave an event.
    pub mutates: bool,
    /// Whether a page asks for it by itself: such a request does not keep a session awake.
    pub polls: bool,
}

impl<S> fmt::Debug for Route<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?}", self.method, self.path, self.access)
    }
}

/// Why a table is no router. Found at the start, naming the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// The same method and path twice.
    Duplicate(Method, &'static str),
    /// Two paths with different parameters in one place, such as `/a/{id}` beside `/a/{name}` or `/a/{*rest}`.
    Ambiguous(&'static str, &'static str),
    /// Not from the root, or a parameter that is not a whole segment `{name}`.
    BadPath(&'static str),
    /// A safe method that says it changes something.
    MutatingRead(Method, &'static str),
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate(method, path) => write!(f, "the route {method} {path} is listed twice"),
            Self::Ambiguous(one, other) => write!(f, "the paths {one} and {other} match the same requests"),
            Self::BadPath(path) => write!(f, "the path {path} must begin with / and use whole segments {{name}} as parameters"),
            Self::MutatingRead(method, path) => write!(f, "the route {method} {path} says it changes something, which {method} must not"),
        }
    }
}

impl std::error::Error for RouteError {}

/// The router of a table: methods of equal paths merged, everything else 404 or 405. The table is checked first, so that a mistake is
/// an error with the entry's name instead of a panic inside axum.
pub fn router<S: Clone + Send + Sync + 'static>(routes: &[Route<S>]) -> Result<Router<S>, RouteError> {
    let mut seen: BTreeMap<String, (&'static str, Vec<&Method>)> = BTreeMap::new();
    let mut built = Router::new();
    for route in routes {
        let shape = shape(route.path).ok_or(RouteError::BadPath(route.path))?;
        if let Some((other, _)) = seen.iter().find(|(other, _)| rivals(other, &shape)).map(|(_, entry)| entry) {
            return Err(RouteError::Ambiguous(other, route.path));
        }
        let (path, methods) = seen.entry(shape).or_insert((route.path, Vec::new()));
        if *path != route.path {
            return Err(RouteError::Ambiguous(path, route.path));
        }
        if methods.contains(&&route.method) {
            return Err(RouteError::Duplicate(route.method.clone(), route.path));
        }
        if route.mutates && route.method.is_safe() {
            return Err(RouteError::MutatingRead(route.method.clone(), route.path));
        }
        methods.push(&route.method);
        built = built.route(route.path, (route.handler)());
    }
    Ok(built)
}

/// Whether two shapes part where one takes a segment and the other takes all the rest: the router cannot hold both.
fn rivals(one: &str, other: &str) -> bool {
    let fork = one.split('/').zip(other.split('/')).find(|(one, other)| one != other);
    matches!(fork, Some(("{}", "{*}") | ("{*}", "{}")))
}

/// The path with its parameter names left out; none if it is not well formed.
fn shape(path: &str) -> Option<String> {
    let segments = path.strip_prefix('/')?.split('/').map(|segment| {
        let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match name {
            Some(name) => {
                let (wild, name) = name.strip_prefix('*').map_or(("", name), |rest| ("*", rest));
                let fits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
                fits.then(|| format!("{{{wild}}}"))
            }
            None => (!segment.contains(['{', '}'])).then(|| segment.to_owned()),
        }
    });
    let segments = segments.collect::<Option<Vec<_>>>()?;
    let wild_before_end = segments.iter().rev().skip(1).any(|segment| segment == "{*}");
    (!wild_before_end).then(|| segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::routing::{delete, get, post};
    use http::{Request, StatusCode};
    use tower::ServiceExt;

    fn route(method: Method, path: &'static str, handler: fn() -> MethodRouter) -> Route<()> {
        let mutates = !method.is_safe();
        Route { method, path, access: Access::Session(Permission::SubnetRead), door: None, handler, summary: "", mutates, polls: false }
    }

    async fn status(router: &Router, method: Method, path: &str) -> StatusCode {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn methods_of_one_path_are_merged() {
        let table = [
            route(Method::GET, "/subnets/{id}", || get(|| async {})),
            route(Method::DELETE, "/subnets/{id}", || delete(|| async {})),
            route(Method::GET, "/subnets/new", || get(|| async {})),
            route(Method::GET, "/", || get(|| async {})),
        ];
        let router = router(&table).unwrap();
        for (method, path, expected) in [
            (Method::GET, "/subnets/7", StatusCode::OK),
            (Method::DELETE, "/subnets/7", StatusCode::OK),
            (Method::POST, "/subnets/7", StatusCode::METHOD_NOT_ALLOWED),
            (Method::GET, "/subnets/new", StatusCode::OK),
            (Method::GET, "/subnets", StatusCode::NOT_FOUND),
            (Method::GET, "/", StatusCode::OK),
        ] {
            assert_eq!(status(&router, method.clone(), path).await, expected, "{method} {path}");
        }
    }

    fn error(routes: &[Route<()>]) -> RouteError {
        router(routes).err().unwrap()
    }

    #[test]
    fn mistakes_are_errors_that_name_the_entry() {
        let read = || route(Method::GET, "/a/{id}", || get(|| async {}));
        assert_eq!(error(&[read(), read()]), RouteError::Duplicate(Method::GET, "/a/{id}"));
        let renamed = route(Method::POST, "/a/{name}", || post(|| async {}));
        assert_eq!(error(&[read(), renamed]), RouteError::Ambiguous("/a/{id}", "/a/{name}"));
        let lying = Route { mutates: true, ..read() };
        assert_eq!(error(&[lying]), RouteError::MutatingRead(Method::GET, "/a/{id}"));
        assert_eq!(error(&[read(), read()]).to_string(), "the route GET /a/{id} is listed twice");
    }

    #[test]
    fn whatever_passes_the_check_is_taken_by_the_router() {
        let paths = ["/a/{id}", "/a/{*rest}", "/a/{id}/b", "/a/b", "/{*rest}", "/a/b/{*rest}", "/a/", "/{id}/b", "/{id}"];
        for one in paths {
            for other in paths {
                let table = [route(Method::GET, one, || get(|| async {})), route(Method::GET, other, || get(|| async {}))];
                let built = std::panic::catch_unwind(|| router(&table).is_ok());
                assert!(built.is_ok(), "{one} {other}");
            }
        }
    }

    #[test]
    fn paths_are_whole_segments_from_the_root() {
        let ambiguous =
            |other| error(&[route(Method::GET, "/a/{id}", || get(|| async {})), route(Method::GET, other, || get(|| async {}))]);
        assert_eq!(ambiguous("/a/{*rest}"), RouteError::Ambiguous("/a/{id}", "/a/{*rest}"));
        for path in ["", "a", "/a/{id", "/a/x{id}", "/a/{}", "/a/{*rest}/b", "/a/{Id}"] {
            let path: &'static str = path;
            assert_eq!(error(&[route(Method::GET, path, || get(|| async {}))]), RouteError::BadPath(path));
        }
        assert_eq!(shape("/assets/{*path}").as_deref(), Some("assets/{*}"));
    }
}
