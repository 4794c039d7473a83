//! Tags, and what every repository needs around them: the join tables, the versioned update, the row lock.

use std::collections::BTreeMap;

use guard::permission::Allowed;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, LockType, Order, Query, SelectStatement, SimpleExpr, UpdateStatement, Value};

use super::{Page, Tags, Window};
use crate::dialect::{fold, has, key, plus};
use crate::driver::{Engine, Row};
use crate::error::{DriverError, StoreError};
use crate::tables::TagId;
use crate::tables::group::{TAG, TAG_INSERT, Tag, TagFacts, read_tag};
use crate::unit::sealed::Session;
use crate::unit::{Access, Change, Insert, WriteTx, insert};

static INSERT: Insert = insert!("tag", TAG_INSERT);
const KIND: &str = "tag";

/// Values per `IN (…)` list.
pub(crate) const IN_LIST: usize = 500;

/// An update of one row that gives it a new version.
pub(crate) fn versioned_update(table: &'static str, id: i64, now: i64) -> UpdateStatement {
    Query::update()
        .table(table)
        .value("version", plus("version", Expr::val(1i64)))
        .value("updated_at", now)
        .and_where(Expr::col("id").eq(id))
        .take()
}

/// A part of a small table's name, whatever the case.
pub(crate) fn named_like(table: &'static str, q: &str) -> SimpleExpr {
    Expr::col((table, "name_key")).like(has(&fold(q)))
}

impl WriteTx<'_> {
    /// Reads one row and keeps it locked until the unit ends. SQLite, which has one writer, needs no lock; PostgreSQL takes the strength that
    /// lets other units' foreign keys pass.
    pub(crate) fn lock_row<T>(
        &mut self,
        select: &mut SelectStatement,
        read: impl FnMut(&mut Row<'_>) -> Result<T, DriverError>,
    ) -> Result<Option<T>, StoreError> {
        self.locked(select);
        self.row(select, read)
    }

    /// Reads rows and keeps others from changing them until the unit ends.
    pub(crate) fn lock_rows<T>(
        &mut self,
        select: &mut SelectStatement,
        read: impl FnMut(&mut Row<'_>) -> Result<T, DriverError>,
    ) -> Result<Vec<T>, StoreError> {
        self.locked(select);
        self.rows(select, read)
    }

    fn locked(&mut self, select: &mut SelectStatement) {
        match self.engine() {
            Engine::Sqlite => {}
            Engine::Postgres => {
                select.lock(LockType::NoKeyUpdate);
            }
            Engine::Mysql => {
                select.lock(LockType::Update);
            }
        }
    }
}

/// Which join table holds an object's tags.
#[derive(Clone, Copy)]
pub(crate) struct Tagging {
    pub(crate) table: &'static str,
    pub(crate) object: &'static str,
}

pub(crate) const SUBNET: Tagging = Tagging { table: "subnet_tag", object: "subnet_id" };
pub(crate) const ADDRESS: Tagging = Tagging { table: "address_tag", object: "address_id" };
pub(crate) const VLAN: Tagging = Tagging { table: "vlan_tag", object: "vlan_id" };

impl Tagging {
    /// Tag names of many objects at once, sorted.
    pub(crate) fn names(self, access: &mut impl Access, objects: &[i64]) -> Result<BTreeMap<i64, Vec<String>>, StoreError> {
        let mut names: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for chunk in objects.chunks(IN_LIST) {
            let mut query = Query::select();
            query
                .column((self.table, self.object))
                .column((KIND, "name"))
                .from(self.table)
                .inner_join(KIND, Expr::col((KIND, "id")).equals((self.table, "tag_id")))
                .and_where(Expr::col((self.table, self.object)).is_in(chunk.iter().copied()))
                .order_by((KIND, "name"), Order::Asc);
            for (object, name) in access.rows(&mut query, |row| Ok((row.take::<i64>()?, row.take::<String>()?)))? {
                names.entry(object).or_default().push(name);
            }
        }
        Ok(names)
    }

    /// Makes the object's tags exactly these; unknown ones are made. Gives the change rows of the new tags.
    pub(crate) fn put(self, tx: &mut WriteTx<'_>, object: i64, names: &[String]) -> Result<Vec<u32>, StoreError> {
        tx.execute(Query::delete().from_table(self.table).and_where(Expr::col(self.object).eq(object)))?;
        let (ids, made) = ensure(tx, names)?;
        let pairs: Vec<(i64, TagId)> = ids.values().map(|tag| (object, *tag)).collect();
        self.attach(tx, &pairs)?;
        Ok(made)
    }

    /// Attaches tags to objects that have none of them yet.
    pub(crate) fn attach(self, tx: &mut WriteTx<'_>, pairs: &[(i64, TagId)]) -> Result<(), StoreError> {
        for chunk in pairs.chunks(IN_LIST) {
            let mut query = Query::insert();
            query.into_table(self.table).columns([self.object, "tag_id"]);
            for (object, tag) in chunk {
                query.values_panic([Expr::val(*object), Expr::val(tag.0)]);
            }
            tx.execute(&mut query)?;
        }
        Ok(())
    }

    /// Takes every tag off the object, before it is removed.
    pub(crate) fn clear(self, tx: &mut WriteTx<'_>, object: i64) -> Result<(), StoreError> {
        tx.execute(Query::delete().from_table(self.table).and_where(Expr::col(self.object).eq(object))).map(drop)
    }
}

/// Ids of the named tags; missing ones are made. Gives the change rows of the new tags.
pub(crate) fn ensure(tx: &mut WriteTx<'_>, names: &[String]) -> Result<(BTreeMap<String, TagId>, Vec<u32>), StoreError> {
    let (mut ids, mut made) = (BTreeMap::new(), Vec::new());
    for chunk in names.chunks(IN_LIST) {
        let mut query = Query::select();
        query.columns(["name", "id"]).from(KIND).and_where(Expr::col("name").is_in(chunk.iter().map(String::as_str)));
        ids.extend(tx.rows(&mut query, |row| Ok((row.take::<String>()?, row.take::<TagId>()?)))?);
    }
    for name in names {
        if !ids.contains_key(name) {
            let facts = TagFacts { name: name.clone(), colour: String::new() };
            // Another unit may be making the same tag: then this one runs again and finds it.
            let (id, row) = tx.contended(|tx| make(tx, &facts))?;
            made.push(row);
            ids.insert(name.clone(), id);
        }
    }
    Ok((ids, made))
}

fn make(tx: &mut WriteTx<'_>, facts: &TagFacts) -> Result<(TagId, u32), StoreError> {
    let now = tx.origin().at.micros();
    let values: [Value; 6] =
        [1i64.into(), facts.name.clone().into(), key(&facts.name).into(), facts.colour.clone().into(), now.into(), now.into()];
    let id = TagId(tx.insert(&INSERT.one, &values)?);
    let row = tx.note(KIND, id.0, None::<&TagFacts>, Some(facts))?;
    Ok((id, row))
}

fn select() -> SelectStatement {
    Query::select().from(KIND).column("id").columns(TAG.iter().copied()).take()
}

impl<A: Access> Tags<'_, A> {
    /// The tag, if it exists.
    pub fn find(&mut self, id: TagId) -> Result<Option<Tag>, StoreError> {
        self.0.row(select().and_where(Expr::col("id").eq(id.0)), read_tag)
    }

    /// The tag of that name.
    pub fn find_by_name(&mut self, name: &str) -> Result<Option<Tag>, StoreError> {
        self.0.row(select().and_where(Expr::col("name").eq(name)), read_tag)
    }

    /// Tags by name; `q` is a part of it.
    pub fn list(&mut self, q: Option<&str>, page: &Page<String>) -> Result<Window<Tag>, StoreError> {
        let mut query = select();
        if let Some(q) = q {
            query.and_where(named_like(KIND, q));
        }
        if let Some(after) = &page.after {
            query.and_where(Expr::col("name").gt(after.as_str()));
        }
        query.order_by("name", Order::Asc).limit(page.limit + 1);
        Ok(Window::cut(self.0.rows(&mut query, read_tag)?, page.limit))
    }

    /// How many objects carry the tag.
    pub fn uses(&mut self, id: TagId) -> Result<i64, StoreError> {
        let mut uses = 0;
        for tagging in [SUBNET, ADDRESS, VLAN] {
            let mut query = Query::select();
            query.expr(Expr::col("tag_id").count()).from(tagging.table).and_where(Expr::col("tag_id").eq(id.0));
            uses += self.0.row(&mut query, |row| row.take::<i64>())?.unwrap_or(0);
        }
        Ok(uses)
    }
}

impl Tags<'_, WriteTx<'_>> {
    /// Makes a tag.
    pub fn insert(&mut self, facts: &TagFacts) -> Result<Change<TagId>, StoreError> {
        let (id, row) = make(self.0, facts)?;
        Ok(Change::many(id, vec![row]))
    }

    /// Changes what people set.
    pub fn update(&mut self, tag: &Allowed<Tag>, facts: &TagFacts) -> Result<Change<()>, StoreError> {
        let tag = tag.get();
        let mut update = versioned_update(KIND, tag.id.0, self.0.origin().at.micros());
        update.value("name", facts.name.as_str()).value("name_key", key(&facts.name)).value("colour", facts.colour.as_str());
        self.0.execute(&mut update)?;
        self.0.changed((), KIND, tag.id.0, Some(&tag.facts), Some(facts))
    }

    /// Removes a tag from everything that carries it.
    pub fn remove(&mut self, tag: &Allowed<Tag>) -> Result<Change<()>, StoreError> {
        let tag = tag.get();
        for tagging in [SUBNET, ADDRESS, VLAN] {
            self.0.execute(Query::delete().from_table(tagging.table).and_where(Expr::col("tag_id").eq(tag.id.0)))?;
        }
        self.0.execute(Query::delete().from_table(KIND).and_where(Expr::col("id").eq(tag.id.0)))?;
        self.0.changed((), KIND, tag.id.0, Some(&tag.facts), None::<&TagFacts>)
    }
}
