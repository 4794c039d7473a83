//! A server with the people in it: most stories begin here.

use crate::{Client, Engine, Options, Server};

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Sees the plan.
    Viewer,
    /// Changes the plan.
    Operator,
    /// Everything.
    Admin,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// The name in the API and on the command line; in a [`World`] also that of the user who has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The widest scope that an API key of this role can use.
    pub const fn scope(self) -> &'static str {
        match self {
            Self::Viewer => "read",
            Self::Operator => "write",
            Self::Admin => "admin",
        }
    }
}

/// A serving server with one user of each role, each with an API key. The users are named after their roles.
#[derive(Debug)]
pub struct World {
    /// No key, no cookie.
    pub anon: Client,
    /// The key of `viewer`, scope `read`.
    pub viewer: Client,
    /// The key of `operator`, scope `write`.
    pub operator: Client,
    /// The key of `admin`, scope `admin`.
    pub admin: Client,
    /// The server they all use.
    pub server: Server,
}

impl World {
    /// The password of all three users.
    pub const PASSWORD: &'static str = "kelp-orbit-Lantern-58";

    /// A world on this engine.
    pub fn start(engine: Engine) -> Self {
        Self::with(engine, Options::default())
    }

    /// A world whose server differs from the plain one.
    pub fn with(engine: Engine, options: Options) -> Self {
        let server = Server::with(engine, options);
        let enter = |role: Role| {
            server.create_user(role.name(), role, Self::PASSWORD);
            Client::key(&server.base(), &server.create_key(role.name(), "kit", role.scope()))
        };
        Self { anon: server.anon(), viewer: enter(Role::Viewer), operator: enter(Role::Operator), admin: enter(Role::Admin), server }
    }

    /// The client with the API key of this role.
    pub const fn by_key(&self, role: Role) -> &Client {
        match role {
            Role::Viewer => &self.viewer,
            Role::Operator => &self.operator,
            Role::Admin => &self.admin,
        }
    }

    /// A new browser in which the user of this role has just logged in.
    pub async fn browser(&self, role: Role) -> Client {
        let browser = self.server.anon();
        browser.login(role.name(), Self::PASSWORD).await.expect(303);
        browser
    }
}
