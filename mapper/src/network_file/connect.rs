//! A connection pattern in a network file.

use super::Reader;
use crate::network::Connect;
use crate::origin::{KeyPath, Part};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// `"one-to-one"`, or a table with the pattern's own keys.
#[derive(Debug)]
pub(super) struct ConnectEntry(ConnectTable);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConnectTable {
    rule: PatternName,
    probability: Option<f64>,
    in_degree: Option<i64>,
    self_connections: Option<bool>,
    npz: Option<String>,
    pre: Option<ListEnd>,
    post: Option<ListEnd>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PatternName {
    OneToOne,
    AllToAll,
    FixedProbability,
    FixedInDegree,
    List,
}

/// One end of a list: its members, or the name of the array that holds them.
#[derive(Debug)]
enum ListEnd {
    Members(Vec<i64>),
    ArrayName(String),
}

impl<'de> Deserialize<'de> for ConnectEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;
        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = ConnectEntry;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("{ rule = \"...\" } with a connection pattern")
            }
            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<ConnectEntry, E> {
                let rule = PatternName::deserialize(serde::de::value::StrDeserializer::<E>::new(name))?;
                Ok(ConnectEntry(ConnectTable {
                    rule,
                    probability: None,
                    in_degree: None,
                    self_connections: None,
                    npz: None,
                    pre: None,
                    post: None,
                }))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ConnectEntry, A::Error> {
                ConnectTable::deserialize(MapAccessDeserializer::new(map)).map(ConnectEntry)
            }
        }
        deserializer.deserialize_any(EntryVisitor)
    }
}

impl<'de> Deserialize<'de> for ListEnd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EndVisitor;
        impl<'de> Visitor<'de> for EndVisitor {
            type Value = ListEnd;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of members, or the name of an array in the npz file")
            }
            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<ListEnd, E> {
                Ok(ListEnd::ArrayName(name.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<ListEnd, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = sequence
                    .next_element::<i64>()
                    .map_err(|error| A::Error::custom(format!("a member is no whole number: {error}")))?
                {
                    members.push(member);
                }
                Ok(ListEnd::Members(members))
            }
        }
        deserializer.deserialize_any(EndVisitor)
    }
}

impl Reader<'_> {
    pub(super) fn connect(&mut self, part: Part, entry: ConnectEntry) -> Connect {
        let ConnectEntry(table) = entry;
        let path = part.key("connect");
        let self_connections = table.self_connections.unwrap_or(true);
        let (allowed, connect): (&[&str], Option<Connect>) = match table.rule {
            PatternName::OneToOne => (&[], Some(Connect::OneToOne)),
            PatternName::AllToAll => (&["self_connections"], Some(Connect::AllToAll { self_connections })),
            PatternName::FixedProbability => (
                &["probability", "self_connections"],
                table.probability.map(|probability| Connect::FixedProbability { probability, self_connections }),
            ),
            PatternName::FixedInDegree => {
                let in_degree = table
                    .in_degree
                    .map(|in_degree| self.whole(part.key("connect.in_degree"), in_degree, 0, u32::MAX.into()) as u32);
                (
                    &["in_degree", "self_connections"],
                    in_degree.map(|in_degree| Connect::FixedInDegree { in_degree, self_connections }),
                )
            }
            PatternName::List => (&["npz", "pre", "post"], self.list(part, &table)),
        };
        for (key, _) in table.keys().into_iter().filter(|(key, is_there)| *is_there && !allowed.contains(key)) {
            let takes = if allowed.is_empty() {
                "it takes no further key".to_owned()
            } else {
                format!("it takes: {}", allowed.join(", "))
            };
            self.problems.push(path.problem(
                "E-NET-CONFLICT",
                format!("`{key}` does not belong to this pattern"),
                takes,
            ));
        }
        connect.unwrap_or_else(|| {
            // A list has said what is wrong with it.
            if table.rule != PatternName::List {
                self.problems.push(path.problem(
                    "E-NET-MISSING",
                    format!("the pattern has no `{}`", allowed[0]),
                    format!("add {} = ...", allowed[0]),
                ));
            }
            Connect::AllToAll { self_connections }
        })
    }

    fn list(&mut self, part: Part, table: &ConnectTable) -> Option<Connect> {
        let pre = self.list_end(part.key("connect.pre"), "pre", table.npz.as_deref(), table.pre.as_ref());
        let post = self.list_end(part.key("connect.post"), "post", table.npz.as_deref(), table.post.as_ref());
        Some(Connect::List { pre: pre?, post: post? })
    }

    fn list_end(&mut self, path: KeyPath, name: &str, file: Option<&str>, end: Option<&ListEnd>) -> Option<Vec<u32>> {
        let members = match (file, end) {
            (None, Some(ListEnd::Members(members))) => Ok(members.clone()),
            (Some(file), None) => self.files.members(file, name),
            (Some(file), Some(ListEnd::ArrayName(name))) => self.files.members(file, name),
            (Some(_), Some(ListEnd::Members(_))) => Err((
                "E-NET-CONFLICT",
                format!("the list has npz and members in `{name}`"),
                format!("remove npz, or write {name} = \"name of the array\""),
            )),
            (None, Some(ListEnd::ArrayName(_))) => Err((
                "E-NET-MISSING",
                format!("`{name}` names an array, of no file"),
                "add npz = \"file.npz\"".to_owned(),
            )),
            (None, None) => Err((
                "E-NET-MISSING",
                format!("the list has neither npz nor `{name}`"),
                format!("add npz = \"file.npz\" or {name} = [...]"),
            )),
        };
        let checked =
            members.and_then(|members| match members.iter().position(|member| u32::try_from(*member).is_err()) {
                Some(at) => Err((
                    "E-NET-INDEX",
                    format!("element {at} of `{name}` is {}; members are numbered from 0", members[at]),
                    "use numbers of 0 to size - 1".to_owned(),
                )),
                None => Ok(members.into_iter().map(|member| member as u32).collect()),
            });
        checked.map_err(|(code, message, help)| self.problems.push(path.problem(code, message, help))).ok()
    }
}

impl ConnectTable {
    fn keys(&self) -> [(&'static str, bool); 6] {
        [
            ("probability", self.probability.is_some()),
            ("in_degree", self.in_degree.is_some()),
            ("self_connections", self.self_connections.is_some()),
            ("npz", self.npz.is_some()),
            ("pre", self.pre.is_some()),
            ("post", self.post.is_some()),
        ]
    }
}
