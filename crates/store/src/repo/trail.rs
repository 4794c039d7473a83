//! Looking through the log the way a person does: by parts of names.

use sea_query::{Expr, ExprTrait, Order};

use super::log::{TABLE, select};
use super::{Log, Page, Window};
use crate::dialect::{fold, has};
use crate::error::StoreError;
use crate::tables::EventId;
use crate::tables::log::{LoggedEvent, read_event};
use crate::unit::Access;

/// What is looked for; every part that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrailSearch {
    /// A part of the user's or the key's name as it is now, or the whole word for who has none: `system`, `console`, `anonymous`.
    pub actor: Option<String>,
    /// That event.
    pub name: Option<String>,
    /// A part of what people called the object then.
    pub object: Option<String>,
}

impl<A: Access> Log<'_, A> {
    /// Events, newest first. It reads backwards from the cursor until the window is full.
    pub fn search(&mut self, search: &TrailSearch, page: &Page<EventId>) -> Result<Window<LoggedEvent>, StoreError> {
        let mut query = select();
        if let Some(actor) = &search.actor {
            let part = fold(actor);
            query.and_where(
                Expr::col((TABLE, "actor_kind"))
                    .eq(part.as_str())
                    .or(Expr::col(("user_account", "canonical")).like(has(&part)))
                    .or(Expr::col(("api_key", "name_key")).like(has(&part))),
            );
        }
        if let Some(name) = &search.name {
            query.and_where(Expr::col((TABLE, "name")).eq(name.as_str()));
        }
        if let Some(object) = &search.object {
            query.and_where(Expr::col((TABLE, "object_key")).like(has(&fold(object))));
        }
        if let Some(after) = page.after {
            query.and_where(Expr::col((TABLE, "id")).lt(after.0));
        }
        query.order_by((TABLE, "id"), Order::Desc).limit(page.limit + 1);
        Ok(Window::cut(self.0.rows(&mut query, read_event)?, page.limit))
    }
}
