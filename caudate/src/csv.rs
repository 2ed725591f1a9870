//! Fields of CSV.

use std::borrow::Cow;

/// A text as one field: in quotes where it needs them.
pub(crate) fn field(text: &str) -> Cow<'_, str> {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")).into() } else { text.into() }
}
