//! Programs that are none, told as diagnostics.

use crate::diagnostic::Diagnostic;
use crate::nmx::program::ProgramError;

/// Codes of everything that makes a program illegal, with the way out. All come from files: the assembler writes none of them.
const CODES: [(&str, &str); 12] = [
    ("N0101", DAMAGED),
    ("N0102", DAMAGED),
    ("N0103", DAMAGED),
    ("N0104", DAMAGED),
    ("N0105", DAMAGED),
    ("N0106", DAMAGED),
    ("N0107", "assemble the program for its kind"),
    ("N0108", "assemble the program for its kind"),
    ("N0111", "split the program between compartments"),
    ("N0112", "split the program between compartments"),
    ("N0113", "declare as many as the words name"),
    ("N0114", "widen the type, or choose a value within it"),
];

const DAMAGED: &str = "the words are damaged, or of another version: assemble the program again";

/// The diagnostic of `error`, without a place.
pub(super) fn diagnostic(error: &ProgramError) -> Diagnostic {
    let text = error.to_string();
    // The texts of these errors begin with their codes.
    let known = CODES.iter().find_map(|(code, help)| Some((*code, *help, text.strip_prefix(code)?)));
    match known {
        Some((code, help, rest)) => Diagnostic::new(code, rest.trim_start_matches(": ")).help(help),
        None => Diagnostic::new("N0100", text).help(DAMAGED),
    }
}
