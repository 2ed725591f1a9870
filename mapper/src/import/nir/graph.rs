//! Nodes and edges, subgraphs written out.

use super::node::{Kind, kind_of};
use crate::import::hdf5::{Group, Values};
use caudate_isa::diagnostic::{Diagnostic, nearest};
use std::collections::BTreeMap;

/// A graph without subgraphs.
pub(super) struct Graph<'f> {
    /// Nodes; those of a subgraph `s` are called `s.node`.
    pub(super) nodes: Vec<Node<'f>>,
    /// By node: the nodes that it receives from, in order of their numbers.
    pub(super) before: Vec<Vec<usize>>,
    /// By node: the nodes that receive from it.
    pub(super) after: Vec<Vec<usize>>,
}

/// A node.
pub(super) struct Node<'f> {
    pub(super) name: String,
    pub(super) group: &'f Group,
    pub(super) kind: Kind,
    /// Whether it stands in a subgraph.
    inside: bool,
}

/// What the name of a node of one level stands for.
#[derive(Clone)]
struct Ends {
    /// Nodes that receive what goes to it.
    inputs: Vec<usize>,
    /// Nodes that give what comes from it.
    outputs: Vec<usize>,
}

struct Reader<'n> {
    lenient: bool,
    notes: &'n mut Vec<String>,
    problems: Vec<Diagnostic>,
}

impl<'f> Graph<'f> {
    /// Reads the graph in a group of type `NIRGraph`; all that is wrong with nodes and edges at once.
    pub(super) fn read(root: &'f Group, lenient: bool, notes: &mut Vec<String>) -> Result<Self, Vec<Diagnostic>> {
        let mut graph = Self { nodes: Vec::new(), before: Vec::new(), after: Vec::new() };
        let mut reader = Reader { lenient, notes, problems: Vec::new() };
        let mut edges = Vec::new();
        match root.text("type") {
            Ok("NIRGraph") => {
                graph.level(root, "", &mut edges, &mut reader);
            }
            Ok(other) => {
                let message = format!("the outermost node is of type '{other}'; a NIRGraph is needed");
                reader.problems.push(root.problem(
                    "E-NIR-TYPE",
                    "type",
                    message,
                    "wrap it: nir.NIRGraph.from_list(...)",
                ));
            }
            Err(diagnostic) => reader.problems.push(diagnostic),
        }
        if !reader.problems.is_empty() {
            return Err(reader.problems);
        }
        edges.sort_unstable();
        edges.dedup();
        graph.before = vec![Vec::new(); graph.nodes.len()];
        graph.after = vec![Vec::new(); graph.nodes.len()];
        for (from, to) in edges {
            graph.before[to].push(from);
            graph.after[from].push(to);
        }
        Ok(graph)
    }

    /// Whether a node is an input or an output of the whole graph rather than of a subgraph.
    pub(super) fn is_outside(&self, index: usize) -> bool {
        !self.nodes[index].inside
    }

    fn level(
        &mut self,
        group: &'f Group,
        prefix: &str,
        edges: &mut Vec<(usize, usize)>,
        reader: &mut Reader<'_>,
    ) -> Ends {
        let mut ends = BTreeMap::new();
        let mut own = Ends { inputs: Vec::new(), outputs: Vec::new() };
        let nodes = match group.group("nodes") {
            Ok(nodes) => nodes,
            Err(diagnostic) => {
                reader.problems.push(diagnostic);
                return own;
            }
        };
        for (key, inner) in &nodes.groups {
            let name = format!("{prefix}{key}");
            if inner.text("type") == Ok("NIRGraph") {
                let inside = self.level(inner, &format!("{name}."), edges, reader);
                if inside.inputs.is_empty() || inside.outputs.is_empty() {
                    let message = format!("the subgraph '{name}' has no Input or no Output");
                    reader.problems.push(inner.problem("E-NIR-GRAPH", "", message, "add both inside the subgraph"));
                }
                ends.insert(key.as_str(), inside);
                continue;
            }
            match kind_of(inner, &name) {
                Ok(kind) => {
                    if self.nodes.iter().any(|node| node.name == name) {
                        let message = format!("two nodes are called '{name}'");
                        reader.problems.push(inner.problem("E-NIR-GRAPH", "", message, "rename one of them"));
                    }
                    let index = self.nodes.len();
                    match kind {
                        Kind::Input => own.inputs.push(index),
                        Kind::Output => own.outputs.push(index),
                        _ => {}
                    }
                    ends.insert(key.as_str(), Ends { inputs: vec![index], outputs: vec![index] });
                    self.nodes.push(Node { name, group: inner, kind, inside: !prefix.is_empty() });
                }
                Err(diagnostic) => {
                    reader.problems.push(diagnostic);
                    // Its edges are not wrong for it.
                    ends.insert(key.as_str(), Ends { inputs: Vec::new(), outputs: Vec::new() });
                }
            }
        }
        match listed(group) {
            Ok(pairs) => {
                for (number, [from, to]) in pairs.into_iter().enumerate() {
                    let from = reader.find(group, &ends, number, from, true);
                    let to = reader.find(group, &ends, number, to, false);
                    edges.extend(from.iter().flat_map(|from| to.iter().map(|to| (*from, *to))));
                }
            }
            Err(diagnostic) => reader.problems.push(diagnostic),
        }
        own
    }
}

impl Reader<'_> {
    /// The nodes that an end of an edge means.
    fn find(
        &mut self,
        group: &Group,
        ends: &BTreeMap<&str, Ends>,
        edge: usize,
        name: &str,
        is_source: bool,
    ) -> Vec<usize> {
        let pick = |ends: &Ends| if is_source { ends.outputs.clone() } else { ends.inputs.clone() };
        if let Some(found) = ends.get(name) {
            return pick(found);
        }
        // Exporters that flatten subgraphs leave edges to the subgraph itself behind.
        let port = format!("{name}.{}", if is_source { "output" } else { "input" });
        let guess = ends.keys().copied().find(|key| *key == port).or_else(|| nearest(name, ends.keys().copied()));
        let side = if is_source { "comes from" } else { "goes to" };
        match guess.filter(|_| self.lenient) {
            Some(guess) => {
                self.notes.push(format!("edge {edge} {side} '{name}', which is no node: '{guess}' was taken for it"));
                pick(&ends[guess])
            }
            None => {
                let message = format!("edge {edge} {side} '{name}', which is no node of this graph");
                let known = ends.keys().copied().collect::<Vec<_>>().join(", ");
                let help = match guess {
                    Some(guess) => {
                        format!("did you mean '{guess}'? --lenient takes it; or correct the edge and export again")
                    }
                    None => format!("the nodes are: {known}; correct the edge and export again"),
                };
                self.problems.push(group.problem("E-NIR-EDGE", "edges", message, help));
                Vec::new()
            }
        }
    }
}

/// The edges of a level, as pairs of names.
fn listed(group: &Group) -> Result<Vec<[&str; 2]>, Diagnostic> {
    let edges = group.dataset("edges")?;
    let names = match &edges.values {
        Values::Texts(names) => names.as_slice(),
        // How a list without elements is stored.
        _ if edges.shape.contains(&0) => &[],
        other => return Err(group.wrong_type("edges", "pairs of names", other)),
    };
    if !names.is_empty() && edges.shape.get(1..) != Some(&[2]) {
        let message = format!("`edges` has the shape {:?}; pairs have [edges, 2]", edges.shape);
        return Err(group.problem("E-NIR-SHAPE", "edges", message, "give (from, to) for each edge"));
    }
    Ok(names.chunks_exact(2).map(|pair| [pair[0].as_str(), pair[1].as_str()]).collect())
}
