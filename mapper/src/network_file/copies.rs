//! `copies = n`: one entry of a file that stands for n, with `{}` in its texts as the number of the copy.

use caudate_isa::diagnostic::Diagnostic;
use toml::Spanned;
use toml::de::DeValue;

/// The key.
const KEY: &str = "copies";
/// Most copies of one entry.
const MOST: u64 = 100_000;

/// How many entries an entry stands for: 1 without the key, or if what it says is no number.
pub(crate) fn count(entry: &DeValue<'_>) -> usize {
    asked(entry).and_then(|copies| copies.ok()).map_or(1, |copies| copies as usize)
}

fn asked(entry: &DeValue<'_>) -> Option<Result<u64, String>> {
    let value = entry.get(KEY)?.get_ref();
    let number = value.as_integer().and_then(|number| number.as_str().replace('_', "").parse::<u64>().ok());
    Some(match number {
        Some(copies) if (1..=MOST).contains(&copies) => Ok(copies),
        _ => Err(format!("`{KEY}` is not a whole number 1..={MOST}")),
    })
}

/// Writes an entry out. Without the key it is returned as it is.
pub(super) fn expand<'a>(entry: &Spanned<DeValue<'a>>) -> Result<Vec<Spanned<DeValue<'a>>>, Box<Diagnostic>> {
    match asked(entry.get_ref()) {
        None => Ok(vec![entry.clone()]),
        Some(Err(message)) => Err(Box::new(
            Diagnostic::new("E-NET-RANGE", message).help("give the number of copies, or leave the key out"),
        )),
        Some(Ok(copies)) => {
            let write = |number: u64| {
                let mut copy = entry.clone();
                if let DeValue::Table(table) = copy.get_mut() {
                    table.remove(KEY);
                }
                number_texts(copy.get_mut(), &number.to_string());
                copy
            };
            Ok((0..copies).map(write).collect())
        }
    }
}

/// Puts `number` for each `{}` in the texts of a value.
fn number_texts(value: &mut DeValue<'_>, number: &str) {
    match value {
        DeValue::String(text) if text.contains("{}") => *text = text.replace("{}", number).into(),
        DeValue::Array(array) => array.iter_mut().for_each(|element| number_texts(element.get_mut(), number)),
        DeValue::Table(table) => table.iter_mut().for_each(|(_, element)| number_texts(element.get_mut(), number)),
        _ => {}
    }
}
