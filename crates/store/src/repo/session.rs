//! Browser sessions: found by the hash of their token, strict (an unknown token is nobody).

use guard::clock::Timestamp;
use guard::login::mode::Mode;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, Order, Query};

use super::Sessions;
use super::account::TABLE as USERS;
use crate::dialect::{Fixed, Statement, arg};
use crate::error::StoreError;
use crate::tables::account::{SEAT, Seat, Session, USER, read_seat, read_session};
use crate::tables::{SessionId, UserId};
use crate::unit::sealed::Session as _;
use crate::unit::{Access, Change, Insert, Quiet, Recorded, WriteTx, insert};

static INSERT: Insert =
    insert!(TABLE, &["token_hash", "user_id", "epoch", "mode", "client", "agent", "created_at", "last_seen_at", "ends_at"]);
const TABLE: &str = "session";

/// Sessions of one user at most; the oldest ends when another begins.
const PER_USER: u64 = 10;

/// A session to begin.
pub struct NewSession {
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// Whose.
    pub user_id: UserId,
    /// The user's epoch now.
    pub epoch: i64,
    /// How the user came in.
    pub mode: Mode,
    /// Client address.
    pub client: String,
    /// Browser, as it names itself, cut to 255 bytes.
    pub agent: String,
    /// Absolute end.
    pub ends_at: Timestamp,
}

static BY_TOKEN: Fixed = Fixed::new(|| {
    let mut query = Query::select();
    query
        .columns(["id", "epoch", "mode", "created_at", "last_seen_at", "ends_at"].map(|c| (TABLE, c)))
        .columns(USER.iter().map(|c| (USERS, *c)))
        .column(("meta", "value"))
        .from(TABLE)
        .inner_join(USERS, Expr::col((USERS, "id")).equals((TABLE, "user_id")))
        .inner_join("meta", Expr::col(("meta", "name")).eq("settings_version"))
        .and_where(Expr::col((TABLE, "token_hash")).eq(arg()));
    Statement::from(&mut query)
});

impl<A: Access> Sessions<'_, A> {
    /// The session of a token's hash, with its user. Whether it is still alive is `guard::session`'s decision.
    pub fn find(&mut self, token_hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
        self.0.fixed_row(&BY_TOKEN, &[token_hash.to_vec().into()], read_session)
    }

    /// The sessions of a user that began at this epoch, the last used first. Some of them may be over by now: that is `guard::session`'s decision.
    pub fn of(&mut self, user: UserId, epoch: i64) -> Result<Vec<Seat>, StoreError> {
        let mut query = Query::select();
        query
            .columns(SEAT.iter().copied())
            .from(TABLE)
            .and_where(Expr::col("user_id").eq(user.0))
            .and_where(Expr::col("epoch").eq(epoch))
            .order_by("last_seen_at", Order::Desc)
            .order_by("id", Order::Desc);
        self.0.rows(&mut query, read_seat)
    }
}

impl Sessions<'_, WriteTx<'_>> {
    /// Begins a session; what is over [`PER_USER`] ends, oldest first. Gives the session, and how many ended. The login's event covers it.
    pub fn insert(&mut self, new: &NewSession) -> Result<Change<(SessionId, usize)>, StoreError> {
        let now = self.0.origin().at.micros();
        let values = [
            new.token_hash.to_vec().into(),
            new.user_id.into(),
            new.epoch.into(),
            new.mode.as_str().into(),
            new.client.clone().into(),
            new.agent.clone().into(),
            now.into(),
            now.into(),
            new.ends_at.micros().into(),
        ];
        let id = SessionId(self.0.insert(&INSERT.one, &values)?);
        let mut query = Query::select();
        query
            .column("id")
            .from(TABLE)
            .and_where(Expr::col("user_id").eq(new.user_id.0))
            .and_where(Expr::col("epoch").eq(new.epoch))
            .order_by("id", Order::Desc)
            .limit(PER_USER + 50);
        let kept = usize::try_from(PER_USER).unwrap_or(usize::MAX);
        let over: Vec<i64> = self.0.rows(&mut query, |row| row.take())?.into_iter().skip(kept).collect();
        let ended = over.len();
        if !over.is_empty() {
            self.0.execute(Query::delete().from_table(TABLE).and_where(Expr::col("id").is_in(over)))?;
        }
        Ok(Change::bare((id, ended)))
    }

    /// Ends one session of a user; false if that user has none of that id.
    pub fn remove_of(&mut self, user: UserId, id: SessionId) -> Result<Change<bool>, StoreError> {
        let mut gone = Query::delete();
        gone.from_table(TABLE).and_where(Expr::col("id").eq(id.0)).and_where(Expr::col("user_id").eq(user.0));
        Ok(Change::bare(self.0.execute(&mut gone)? > 0))
    }

    /// Ends every session of a user but one.
    pub fn remove_others(&mut self, user: UserId, kept: SessionId) -> Result<Change<u64>, StoreError> {
        let mut gone = Query::delete();
        gone.from_table(TABLE).and_where(Expr::col("user_id").eq(user.0)).and_where(Expr::col("id").ne(kept.0));
        Ok(Change::bare(self.0.execute(&mut gone)?))
    }

    /// Ends a session.
    pub fn remove(&mut self, id: SessionId) -> Result<Change<u64>, StoreError> {
        let ended = self.0.execute(Query::delete().from_table(TABLE).and_where(Expr::col("id").eq(id.0)))?;
        Ok(Change::bare(ended))
    }

    /// Ends every session of a user.
    pub fn remove_all(&mut self, user: UserId) -> Result<Change<u64>, StoreError> {
        let ended = self.0.execute(Query::delete().from_table(TABLE).and_where(Expr::col("user_id").eq(user.0)))?;
        Ok(Change::bare(ended))
    }

    /// Notes a request of the session.
    pub fn seen(&mut self, id: SessionId, at: Timestamp) -> Result<Recorded<()>, StoreError> {
        let mut update = Query::update();
        update
            .table(TABLE)
            .value("last_seen_at", at.micros())
            .and_where(Expr::col("id").eq(id.0))
            .and_where(Expr::col("last_seen_at").lt(at.micros()));
        let change = Change::bare(self.0.execute(&mut update)?);
        Ok(self.0.quiet(Quiet::SessionSeen, change).map(drop))
    }
}
