//! Projections: ends, connection pattern, weights and delays.

use super::{check_parameter, known_name};
use crate::network::{Connect, Model, Network, Population, Projection};
use crate::origin::{Part, Problem};
use caudate_core::image::{DENDRITES, PORTS};

pub(super) fn check(network: &Network, projection: &Projection, part: Part, found: &mut Vec<Problem>) {
    let names = network.populations.iter().map(|population| population.name.as_str());
    known_name(&projection.pre, "population", names.clone(), part.key("pre"), found);
    known_name(&projection.post, "population", names, part.key("post"), found);
    let find = |name: &str| network.populations.iter().find(|population| population.name == name);
    let (pre, post) = (find(&projection.pre), find(&projection.post));
    if let Some(post) = post.filter(|post| post.is_input()) {
        let message = format!("the target population '{}' is an input: inputs have no synapses", post.name);
        found.push(part.key("post").problem("E-NET-TARGET", message, "project to a population of neurons"));
    }
    if let (Some(pre), Some(post)) = (pre, post) {
        check_connect(&projection.connect, pre, post, part, found);
    }
    // Array lengths depend on how many synapses the pattern makes.
    check_parameter(&projection.weight, None, part.key("weight"), found);
    check_parameter(&projection.delay_steps, None, part.key("delay_steps"), found);
    if let Some(exponent) = projection.weight_exponent.filter(|exponent| !(-8..=7).contains(exponent)) {
        let message = format!("weight_exponent is {exponent}; the range is -8..=7");
        found.push(part.key("weight_exponent").problem(
            "E-NET-RANGE",
            message,
            "use -8..=7, or leave it out to have it chosen",
        ));
    }
    check_ends(projection, pre, post, part, found);
    if let Some(rule) = &projection.rule {
        known_name(rule, "rule", network.rules.iter().map(|rule| rule.name.as_str()), part.key("rule"), found);
    }
}

/// Which port the spikes come from and which dendrite they go to.
fn check_ends(
    projection: &Projection,
    pre: Option<&Population>,
    post: Option<&Population>,
    part: Part,
    found: &mut Vec<Problem>,
) {
    for (key, value, count) in [("dendrite", projection.dendrite, DENDRITES), ("port", projection.port, PORTS)] {
        if value >= count {
            let message = format!("{key} is {value}; the range is 0..={}", count - 1);
            found.push(part.key(key).problem("E-NET-RANGE", message, format!("use 0..={}", count - 1)));
        }
    }
    if let Some(post) = post.filter(|post| projection.dendrite > 0 && matches!(post.model, Model::Lif(_))) {
        let message = format!(
            "dendrite is {}; the fixed neurons of population '{}' have dendrite 0 alone",
            projection.dendrite, post.name
        );
        let help = "use dendrite = 0, or let the population run a program";
        found.push(part.key("dendrite").problem("E-NET-CONFLICT", message, help));
    }
    if let Some(pre) = pre.filter(|pre| projection.port > 0 && pre.own_program().is_none()) {
        let message = format!(
            "port is {}; population '{}' runs no program, and its spikes leave on port 0: none would pass",
            projection.port, pre.name
        );
        let help = "use port = 0, or let the population run a program";
        found.push(part.key("port").problem("E-NET-CONFLICT", message, help));
    }
}

fn check_connect(connect: &Connect, pre: &Population, post: &Population, part: Part, found: &mut Vec<Problem>) {
    match connect {
        Connect::OneToOne if pre.size != post.size => {
            let message = format!(
                "one-to-one needs equal sizes; '{}' has {} members and '{}' has {}",
                pre.name, pre.size, post.name, post.size
            );
            found.push(part.key("connect").problem(
                "E-NET-LENGTH",
                message,
                "make the sizes equal, or use another pattern",
            ));
        }
        Connect::OneToOne | Connect::AllToAll { .. } => {}
        Connect::FixedProbability { probability, .. } => {
            if !(0.0..=1.0).contains(probability) {
                let (code, message) = if probability.is_nan() {
                    ("E-NET-NUMBER", "the probability is NaN".to_owned())
                } else {
                    ("E-NET-RANGE", format!("the probability is {probability}; the range is 0..=1"))
                };
                found.push(part.key("connect.probability").problem(code, message, "use a number of 0..=1"));
            }
        }
        Connect::FixedInDegree { in_degree, self_connections } => {
            let excluded = u32::from(pre.name == post.name && !self_connections);
            let sources = pre.size.saturating_sub(excluded);
            if *in_degree > sources {
                let message = format!(
                    "in_degree is {in_degree}; each target has only {sources} different sources in '{}'",
                    pre.name
                );
                found.push(part.key("connect.in_degree").problem(
                    "E-NET-RANGE",
                    message,
                    format!("use at most {sources}"),
                ));
            }
        }
        Connect::List { pre: sources, post: targets } => {
            if sources.len() != targets.len() {
                let message = format!("the list has {} sources and {} targets", sources.len(), targets.len());
                found.push(part.key("connect").problem("E-NET-LENGTH", message, "give pre and post the same length"));
            }
            for (key, members, population) in [("connect.pre", sources, pre), ("connect.post", targets, post)] {
                if let Some(at) = members.iter().position(|member| *member >= population.size) {
                    let message = format!(
                        "element {at} is {}; '{}' has {} members",
                        members[at], population.name, population.size
                    );
                    let help = format!("members are numbered from 0 to {}", population.size.saturating_sub(1));
                    found.push(part.key(key).problem("E-NET-INDEX", message, help));
                }
            }
        }
    }
}
