//! Reading the log, and sealing it: events are chained by hash in batches.

use guard::audit::seal::EventRow;
use guard::clock::Timestamp;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, JoinType, Order, Query, SelectStatement};

use super::{Log, Page, Window};
use crate::driver::Row;
use crate::error::{DriverError, StoreError};
use crate::tables::EventId;
use crate::tables::log::{EVENT, LoggedChange, LoggedEvent, Seal, StoredChange, pack, read_event, read_seal};
use crate::unit::sealed::Session as _;
use crate::unit::{Access, Change, Insert, Quiet, Recorded, WriteTx, insert};

static SEAL: Insert = insert!("audit_seal", &["first_id", "last_id", "events", "digests", "previous", "hash", "key_version", "created_at"]);
pub(super) const TABLE: &str = "audit_event";

/// Which events to list; every part that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// That name, or with a trailing `.` or `*` its beginning.
    pub name: Option<String>,
    /// About that kind of object.
    pub object_kind: Option<String>,
    /// About that object.
    pub object_id: Option<i64>,
    /// By that user.
    pub user_id: Option<i64>,
    /// Not before.
    pub since: Option<Timestamp>,
}

/// Events with the names of who acted, for [`read_event`].
pub(super) fn select() -> SelectStatement {
    let mut query = Query::select();
    query.from(TABLE).columns(EVENT.iter().map(|c| (TABLE, *c)));
    query.columns([("user_account", "username"), ("api_key", "name"), ("owner", "username")]);
    let acts = |table: &'static str, kind: &'static str| {
        Expr::col((table, "id")).equals((TABLE, "actor_id")).and(Expr::col((TABLE, "actor_kind")).eq(kind))
    };
    query.join(JoinType::LeftJoin, "user_account", acts("user_account", "user"));
    query.join(JoinType::LeftJoin, "api_key", acts("api_key", "key"));
    query.join_as(JoinType::LeftJoin, "user_account", "owner", Expr::col(("owner", "id")).equals(("api_key", "owner_id")));
    query
}

fn read_row(row: &mut Row<'_>) -> Result<EventRow, DriverError> {
    let filled = |text: String| (!text.is_empty()).then_some(text);
    Ok(EventRow {
        id: row.take()?,
        at: row.take()?,
        name: row.take()?,
        actor_kind: row.take()?,
        actor_id: row.take()?,
        door: row.take()?,
        client: filled(row.take()?),
        request_id: row.take()?,
        object_kind: filled(row.take()?),
        object_id: row.take()?,
        object_label: filled(row.take()?),
        details: row.take()?,
        object_key: row.take()?,
        changes: row.take()?,
    })
}

impl<A: Access> Log<'_, A> {
    /// Events, newest first.
    pub fn events(&mut self, filter: &EventFilter, page: &Page<EventId>) -> Result<Window<LoggedEvent>, StoreError> {
        let mut query = select();
        if let Some(name) = &filter.name {
            let column = Expr::col((TABLE, "name"));
            query.and_where(match name.strip_suffix('*').or_else(|| name.ends_with('.').then_some(name.as_str())) {
                Some(beginning) => column.like(crate::dialect::begins_with(beginning)),
                None => column.eq(name.as_str()),
            });
        }
        if let Some(kind) = &filter.object_kind {
            query.and_where(Expr::col((TABLE, "object_kind")).eq(kind.as_str()));
        }
        if let Some(id) = filter.object_id {
            query.and_where(Expr::col((TABLE, "object_id")).eq(id));
        }
        if let Some(id) = filter.user_id {
            query.and_where(Expr::col((TABLE, "actor_kind")).eq("user")).and_where(Expr::col((TABLE, "actor_id")).eq(id));
        }
        if let Some(since) = filter.since {
            query.and_where(Expr::col((TABLE, "at")).gte(since.micros()));
        }
        if let Some(after) = page.after {
            query.and_where(Expr::col((TABLE, "id")).lt(after.0));
        }
        query.order_by((TABLE, "id"), Order::Desc).limit(page.limit + 1);
        Ok(Window::cut(self.0.rows(&mut query, read_event)?, page.limit))
    }

    /// What happened to one object, newest first.
    pub fn history(&mut self, kind: &str, object: i64, limit: u64) -> Result<Vec<LoggedChange>, StoreError> {
        let mut query = select();
        query.columns(["id", "kind", "object_id", "action", "before_state", "after_state"].map(|c| ("object_change", c)));
        query.inner_join("object_change", Expr::col(("object_change", "event_id")).equals((TABLE, "id")));
        query.and_where(Expr::col(("object_change", "kind")).eq(kind)).and_where(Expr::col(("object_change", "object_id")).eq(object));
        query.order_by(("object_change", "event_id"), Order::Desc).order_by(("object_change", "id"), Order::Desc).limit(limit);
        self.0.rows(&mut query, |row| {
            let event = read_event(row)?;
            Ok(LoggedChange {
                event,
                id: row.take()?,
                kind: row.take()?,
                object_id: row.take()?,
                action: row.take()?,
                before: row.take()?,
                after: row.take()?,
            })
        })
    }

    /// How many change rows an event covers.
    pub fn changes_of(&mut self, event: EventId) -> Result<i64, StoreError> {
        let mut query = Query::select();
        query.expr(Expr::col("id").count()).from("object_change").and_where(Expr::col("event_id").eq(event.0));
        Ok(self.0.row(&mut query, |row| row.take::<i64>())?.unwrap_or(0))
    }

    /// The last seal.
    pub fn last_seal(&mut self) -> Result<Option<Seal>, StoreError> {
        let mut query = seals();
        query.order_by("id", Order::Desc).limit(1);
        self.0.row(&mut query, read_seal)
    }

    /// The hash of one seal.
    pub fn seal_hash(&mut self, id: i64) -> Result<Option<[u8; 32]>, StoreError> {
        let mut query = Query::select();
        query.column("hash").from("audit_seal").and_where(Expr::col("id").eq(id));
        self.0.row(&mut query, |row| row.take::<[u8; 32]>())
    }

    /// Seals in order, after one.
    pub fn seals_after(&mut self, id: i64, limit: u64) -> Result<Vec<Seal>, StoreError> {
        let mut query = seals();
        query.and_where(Expr::col("id").gt(id)).order_by("id", Order::Asc).limit(limit);
        self.0.rows(&mut query, read_seal)
    }

    /// Events as they are sealed, in order: after `from`, up to and with `to`.
    pub fn rows_between(&mut self, from: i64, to: i64, limit: u64) -> Result<Vec<EventRow>, StoreError> {
        let mut query = Query::select();
        query
            .columns(EVENT.iter().copied())
            .columns(["object_key", "changes"])
            .from(TABLE)
            .and_where(Expr::col("id").gt(from))
            .and_where(Expr::col("id").lte(to));
        query.order_by("id", Order::Asc).limit(limit);
        self.0.rows(&mut query, read_row)
    }

    /// What events covered, in order: after the change `after` (its event and its own number), up to and with the event `to`.
    pub fn changes_between(&mut self, after: (i64, i64), to: i64, limit: u64) -> Result<Vec<StoredChange>, StoreError> {
        let mut query = Query::select();
        query.columns(["id", "event_id", "at", "kind", "object_id", "action", "before_state", "after_state"]).from("object_change");
        // The range of the events first, for the index; the tie within the first of them then.
        query.and_where(Expr::col("event_id").gte(after.0)).and_where(Expr::col("event_id").lte(to));
        query.and_where(Expr::col("event_id").gt(after.0).or(Expr::col("id").gt(after.1)));
        query.order_by("event_id", Order::Asc).order_by("id", Order::Asc).limit(limit);
        self.0.rows(&mut query, |row| {
            Ok(StoredChange {
                id: row.take()?,
                event_id: row.take()?,
                at: row.take()?,
                kind: row.take()?,
                object_id: row.take()?,
                action: row.take()?,
                before: row.take()?,
                after: row.take()?,
            })
        })
    }
}

fn seals() -> SelectStatement {
    Query::select().columns(["id", "first_id", "last_id", "digests", "previous", "hash", "key_version"]).from("audit_seal").take()
}

impl Log<'_, WriteTx<'_>> {
    /// Waits for units that are still writing events and keeps new ones out until this unit ends, so that no event can come to lie before a seal.
    pub fn hold(&mut self) -> Result<(), StoreError> {
        match crate::dialect::close_log(self.0.engine()) {
            Some(text) => self.0.conn().batch(text).map_err(|e| self.0.failed(e)),
            None => Ok(()),
        }
    }

    /// Writes a seal and gives its number. It is part of the log itself, so no event covers it.
    pub fn seal(&mut self, seal: &Seal) -> Result<Recorded<i64>, StoreError> {
        let values = [
            seal.first_id.into(),
            seal.last_id.into(),
            i64::try_from(seal.digests.len()).unwrap_or(i64::MAX).into(),
            pack(&seal.digests).into(),
            seal.previous.to_vec().into(),
            seal.hash.to_vec().into(),
            i64::from(seal.key_version).into(),
            self.0.origin().at.micros().into(),
        ];
        let id = self.0.insert(&SEAL.one, &values)?;
        Ok(self.0.quiet(Quiet::JobHeartbeat, Change::bare(id)))
    }
}
