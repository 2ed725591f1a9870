//! A value into a TOML document, at a dotted key.

use caudate_isa::diagnostic::nearest;
use toml::{Table, Value};

/// Sets a key. In a list of tables a part of the key is a number, the name of an element, or `*` for all of them.
///
/// # Errors
/// What the key does not find, in words.
pub(super) fn set(table: &mut Table, key: &str, value: &Value) -> Result<(), String> {
    let parts: Vec<&str> = key.split('.').collect();
    set_in_table(table, &parts, value)
}

fn set_in_table(table: &mut Table, way: &[&str], value: &Value) -> Result<(), String> {
    let Some((first, rest)) = way.split_first() else { return Ok(()) };
    if rest.is_empty() {
        table.insert((*first).to_owned(), value.clone());
        return Ok(());
    }
    let known: Vec<String> = table.keys().cloned().collect();
    match table.get_mut(*first) {
        Some(next) => set_in_value(next, first, rest, value),
        None => {
            let near = nearest(first, known.iter().map(String::as_str));
            Err(near.map_or_else(
                || format!("there is no '{first}'; there are: {}", known.join(", ")),
                |near| format!("there is no '{first}'; did you mean '{near}'?"),
            ))
        }
    }
}

fn set_in_value(target: &mut Value, name: &str, way: &[&str], value: &Value) -> Result<(), String> {
    match target {
        Value::Table(table) => set_in_table(table, way, value),
        Value::Array(elements) => {
            let Some((pick, rest)) = way.split_first() else { return Ok(()) };
            let mut found = false;
            for (index, element) in elements.iter_mut().enumerate() {
                let own = element.get("name").and_then(Value::as_str);
                if *pick == "*" || own == Some(pick) || pick.parse() == Ok(index) {
                    found = true;
                    if rest.is_empty() {
                        *element = value.clone();
                    } else {
                        set_in_value(element, pick, rest, value)?;
                    }
                }
            }
            if found { Ok(()) } else { Err(format!("'{name}' is a list of {} without a '{pick}'", elements.len())) }
        }
        _ => Err(format!("'{name}' is a single value and has no key inside")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_find_tables_elements_and_all_of_a_list() {
        let text = "a = 1\n[m]\nx = 1\n[[p]]\nname = \"one\"\nw = 1\n[[p]]\nw = 1\n";
        let with = |key: &str| {
            let mut table: Table = toml::from_str(text).unwrap();
            set(&mut table, key, &Value::Integer(7)).map(|()| table)
        };
        assert_eq!(with("m.x").unwrap()["m"]["x"].as_integer(), Some(7));
        assert_eq!(with("m.new").unwrap()["m"]["new"].as_integer(), Some(7));
        assert_eq!(with("p.one.w").unwrap()["p"][0]["w"].as_integer(), Some(7));
        assert_eq!(with("p.1.w").unwrap()["p"][1]["w"].as_integer(), Some(7));
        assert_eq!(with("p.*.w").unwrap()["p"][1]["w"].as_integer(), Some(7));
        assert_eq!(with("n.x").unwrap_err(), "there is no 'n'; there are: a, m, p");
        assert_eq!(with("p.2.w").unwrap_err(), "'p' is a list of 2 without a '2'");
        assert_eq!(with("a.x").unwrap_err(), "'a' is a single value and has no key inside");
    }
}
