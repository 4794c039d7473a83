//! States are told by a word and a shape; colour only repeats it (WCAG 1.4.1).

/// The small figure before a state's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// In use, well.
    Disc,
    /// Holds others.
    Square,
    /// Held back.
    Diamond,
    /// Empty, over, not in use.
    Ring,
    /// Changes something.
    Triangle,
    /// Refused, broken.
    Cross,
}
