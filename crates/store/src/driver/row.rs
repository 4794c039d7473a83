//! One row of an answer, read column by column in the order in which the statement names them.

use crate::error::DriverError;

/// One column's value, borrowed from the driver.
#[derive(Clone, Copy, Debug)]
pub enum Cell<'a> {
    Null,
    Int(i64),
    Bool(bool),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// A row under the hand: [`Row::take`] reads the next column.
pub struct Row<'a> {
    cell: &'a dyn Fn(usize) -> Result<Cell<'a>, DriverError>,
    next: usize,
}

impl<'a> Row<'a> {
    pub(crate) fn new(cell: &'a dyn Fn(usize) -> Result<Cell<'a>, DriverError>) -> Self {
        Self { cell, next: 0 }
    }

    /// The next column as `T`.
    pub(crate) fn take<T: FromCell>(&mut self) -> Result<T, DriverError> {
        let column = self.next;
        self.next += 1;
        let cell = (self.cell)(column)?;
        T::from_cell(cell).ok_or_else(|| DriverError::other(format!("column {column} holds {cell:?}, which does not fit")))
    }
}

/// A type that one column can be read as.
pub(crate) trait FromCell: Sized {
    fn from_cell(cell: Cell<'_>) -> Option<Self>;
}

impl FromCell for i64 {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Int(value) => Some(value),
            Cell::Bool(value) => Some(Self::from(value)),
            _ => None,
        }
    }
}

macro_rules! small_int {
    ($($t:ty),*) => {$(
        impl FromCell for $t {
            fn from_cell(cell: Cell<'_>) -> Option<Self> {
                i64::from_cell(cell).and_then(|value| Self::try_from(value).ok())
            }
        }
    )*};
}
small_int!(u8, u16, u32, u64);

impl FromCell for bool {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Bool(value) => Some(value),
            Cell::Int(value) => Some(value != 0),
            _ => None,
        }
    }
}

impl FromCell for String {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Text(text) => Some(text.to_owned()),
            Cell::Bytes(bytes) => std::str::from_utf8(bytes).ok().map(str::to_owned),
            _ => None,
        }
    }
}

impl FromCell for Vec<u8> {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Bytes(bytes) => Some(bytes.to_vec()),
            Cell::Text(text) => Some(text.as_bytes().to_vec()),
            _ => None,
        }
    }
}

impl<const N: usize> FromCell for [u8; N] {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Bytes(bytes) => Self::try_from(bytes).ok(),
            Cell::Text(text) => Self::try_from(text.as_bytes()).ok(),
            _ => None,
        }
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            other => T::from_cell(other).map(Some),
        }
    }
}
