//! From a connection pattern to the synapses it means.
//!
//! A pattern defines a *canonical order* of its synapses (see [`Connect`]), in which arrays are read and values drawn. [`Wiring`]
//! stores them by target instead, because cores are filled target by target, and remembers the canonical place of each.

use crate::network::Connect;
use caudate_core::random::{draw_from, stream};

/// The synapses of one projection, by target, then source, then canonical order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wiring {
    /// Synapses of target j: `starts[j] .. starts[j + 1]`.
    pub(crate) starts: Vec<u32>,
    /// Source member of each synapse.
    pub(crate) pre: Vec<u32>,
    /// Canonical place of each synapse; `None` if the orders agree.
    pub(crate) canonical: Option<Vec<u32>>,
}

impl Wiring {
    pub(crate) fn len(&self) -> usize {
        self.pre.len()
    }

    /// The canonical place of synapse `index`.
    pub(crate) fn canonical(&self, index: usize) -> usize {
        self.canonical.as_ref().map_or(index, |order| order[index] as usize)
    }
}

/// More synapses in one projection than an index can number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooManySynapses;

/// The sizes and the draws of one projection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends {
    /// Members of the source population.
    pub(crate) pre: u32,
    /// Members of the target population.
    pub(crate) post: u32,
    /// Whether both are the same population.
    pub(crate) is_recurrent: bool,
    /// Stream of the pattern's draws.
    pub(crate) stream: u64,
}

/// Makes the synapses of a valid pattern.
pub(crate) fn wire(connect: &Connect, ends: Ends) -> Result<Wiring, TooManySynapses> {
    let (pre, post) = match connect {
        Connect::OneToOne => ((0..ends.pre).collect(), (0..ends.pre).collect()),
        Connect::AllToAll { self_connections } => {
            if u64::from(ends.pre) * u64::from(ends.post) > u64::from(u32::MAX) {
                return Err(TooManySynapses);
            }
            let skips_self = ends.is_recurrent && !self_connections;
            pairs(ends.pre, |pre, visit| (0..ends.post).filter(|post| !(skips_self && *post == pre)).for_each(visit))?
        }
        Connect::FixedProbability { probability, self_connections } => {
            let skips_self = ends.is_recurrent && !self_connections;
            pairs(ends.pre, |pre, visit| bernoulli_row(pre, ends, *probability, skips_self, visit))?
        }
        Connect::FixedInDegree { in_degree, self_connections } => {
            let skips_self = ends.is_recurrent && !self_connections;
            let mut sampler = DistinctSampler::new(ends.pre);
            let (post, pre) = pairs(ends.post, |post, visit| sampler.row(post, ends, *in_degree, skips_self, visit))?;
            (pre, post)
        }
        Connect::List { pre, post } => {
            if pre.len() > u32::MAX as usize {
                return Err(TooManySynapses);
            }
            return Ok(by_target(pre, post, ends));
        }
    };
    Ok(by_target(&pre, &post, ends))
}

/// Visits the second members of each first member in turn; returns both columns.
fn pairs(first: u32, mut row: impl FnMut(u32, &mut dyn FnMut(u32))) -> Result<(Vec<u32>, Vec<u32>), TooManySynapses> {
    let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
    for member in 0..first {
        row(member, &mut |other| seconds.push(other));
        if seconds.len() > u32::MAX as usize {
            return Err(TooManySynapses);
        }
        firsts.resize(seconds.len(), member);
    }
    Ok((firsts, seconds))
}

/// Targets of one source when each pair is connected with a probability: jumps from one to the next, so that the work is in
/// proportion to the synapses and not to the pairs.
fn bernoulli_row(pre: u32, ends: Ends, probability: f64, skips_self: bool, visit: &mut dyn FnMut(u32)) {
    if probability <= 0.0 {
        return;
    }
    let candidates = u64::from(ends.post - u32::from(skips_self));
    let log_miss = (-probability).ln_1p();
    let row = stream(ends.stream, u64::from(pre));
    let mut next = 0_u64;
    for attempt in 0.. {
        if probability < 1.0 {
            let uniform = 1.0 - f64::from(draw_from(row, attempt, 0)) / 4_294_967_296.0;
            // Saturates when the jump leaves the row.
            next = next.saturating_add((uniform.ln() / log_miss) as u64);
        }
        if next >= candidates {
            return;
        }
        visit(past_self(next as u32, pre, skips_self));
        next += 1;
    }
}

/// The member behind candidate number `candidate` when `own` is left out.
const fn past_self(candidate: u32, own: u32, skips_self: bool) -> u32 {
    if skips_self && candidate >= own { candidate + 1 } else { candidate }
}

/// Draws different members without listing all of them.
struct DistinctSampler {
    /// Row (plus one) in which a candidate was last drawn.
    drawn_in: Vec<u32>,
    chosen: Vec<u32>,
}

impl DistinctSampler {
    fn new(members: u32) -> Self {
        Self { drawn_in: vec![0; members as usize], chosen: Vec::new() }
    }

    /// Visits `count` different sources of target `post`, ascending.
    fn row(&mut self, post: u32, ends: Ends, count: u32, skips_self: bool, visit: &mut dyn FnMut(u32)) {
        let candidates = ends.pre - u32::from(skips_self);
        // Drawing what is left out when that is less keeps the expected number of draws below 1.4 per member.
        let draws_the_rest = count > candidates / 2;
        let wanted = if draws_the_rest { candidates - count } else { count };
        let row = stream(ends.stream, u64::from(post));
        self.chosen.clear();
        let mut attempt = 0;
        while self.chosen.len() < wanted as usize {
            let candidate = (u64::from(draw_from(row, attempt, 0)) * u64::from(candidates)) >> 32;
            attempt += 1;
            let mark = &mut self.drawn_in[candidate as usize];
            if *mark != post + 1 {
                *mark = post + 1;
                self.chosen.push(candidate as u32);
            }
        }
        if draws_the_rest {
            (0..candidates)
                .filter(|candidate| self.drawn_in[*candidate as usize] != post + 1)
                .for_each(|candidate| visit(past_self(candidate, post, skips_self)));
        } else {
            self.chosen.sort_unstable();
            self.chosen.iter().for_each(|candidate| visit(past_self(*candidate, post, skips_self)));
        }
    }
}

/// Sorts synapses in canonical order by target, then source; equal pairs keep their order.
fn by_target(pre: &[u32], post: &[u32], ends: Ends) -> Wiring {
    let starts = starts(post, ends.post);
    if (1..pre.len()).all(|at| (post[at - 1], pre[at - 1]) <= (post[at], pre[at])) {
        return Wiring { starts, pre: pre.to_vec(), canonical: None };
    }
    let by_source: Option<Vec<u32>> = (!pre.is_sorted()).then(|| {
        let mut next = self::starts(pre, ends.pre);
        let mut order = vec![0; pre.len()];
        for (at, source) in pre.iter().enumerate() {
            let slot = &mut next[*source as usize];
            order[*slot as usize] = at as u32;
            *slot += 1;
        }
        order
    });
    let mut next = starts.clone();
    let mut sorted = vec![0; pre.len()];
    let mut canonical = vec![0; pre.len()];
    for at in 0..pre.len() {
        let from = by_source.as_ref().map_or(at, |order| order[at] as usize);
        let slot = &mut next[post[from] as usize];
        sorted[*slot as usize] = pre[from];
        canonical[*slot as usize] = from as u32;
        *slot += 1;
    }
    Wiring { starts, pre: sorted, canonical: Some(canonical) }
}

/// Where each member's entries begin once sorted, and the total at the end.
fn starts(members: &[u32], count: u32) -> Vec<u32> {
    let mut starts = vec![0_u32; count as usize + 1];
    for member in members {
        starts[*member as usize + 1] += 1;
    }
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ends(pre: u32, post: u32, is_recurrent: bool) -> Ends {
        Ends { pre, post, is_recurrent, stream: 99 }
    }

    fn listed(wiring: &Wiring) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        for (post, range) in wiring.starts.windows(2).enumerate() {
            pairs.extend(wiring.pre[range[0] as usize..range[1] as usize].iter().map(|pre| (*pre, post as u32)));
        }
        pairs
    }

    #[test]
    fn patterns_mean_what_they_say() {
        let wire = |connect, ends| listed(&wire(&connect, ends).unwrap());
        assert_eq!(wire(Connect::OneToOne, ends(3, 3, false)), [(0, 0), (1, 1), (2, 2)]);
        assert_eq!(wire(Connect::AllToAll { self_connections: false }, ends(2, 2, true)), [(1, 0), (0, 1)]);
        assert_eq!(wire(Connect::AllToAll { self_connections: false }, ends(2, 2, false)).len(), 4);
        assert_eq!(
            wire(Connect::FixedProbability { probability: 1.0, self_connections: true }, ends(5, 7, false)).len(),
            35
        );
        assert!(
            wire(Connect::FixedProbability { probability: 0.0, self_connections: true }, ends(5, 7, false)).is_empty()
        );
    }

    #[test]
    fn a_probability_is_met_and_self_connections_are_left_out() {
        let connect = Connect::FixedProbability { probability: 0.1, self_connections: false };
        let pairs = listed(&wire(&connect, ends(400, 400, true)).unwrap());
        assert!(pairs.iter().all(|(pre, post)| pre != post));
        // 159,600 candidate pairs: mean 15,960, standard deviation 120.
        assert!((pairs.len() as f64 - 15_960.0).abs() < 600.0, "{}", pairs.len());
        let into_first_half = pairs.iter().filter(|(_, post)| *post < 200).count() as f64;
        assert!((into_first_half / pairs.len() as f64 - 0.5).abs() < 0.02);
    }

    #[test]
    fn an_all_to_all_that_cannot_be_numbered_is_refused() {
        assert_eq!(
            wire(&Connect::AllToAll { self_connections: true }, ends(1 << 17, 1 << 17, false)),
            Err(TooManySynapses)
        );
    }

    proptest! {
        #[test]
        fn in_degrees_are_exact_and_sources_different(pre in 1_u32..60, post in 1_u32..20, share in 0.0_f64..=1.0, recurrent in any::<bool>()) {
            let post = if recurrent { pre } else { post };
            let in_degree = (share * f64::from(pre - u32::from(recurrent))) as u32;
            let wiring = wire(&Connect::FixedInDegree { in_degree, self_connections: !recurrent }, ends(pre, post, recurrent)).unwrap();
            for (target, range) in wiring.starts.windows(2).enumerate() {
                let sources = &wiring.pre[range[0] as usize..range[1] as usize];
                prop_assert_eq!(sources.len(), in_degree as usize);
                prop_assert!(sources.windows(2).all(|pair| pair[0] < pair[1]));
                prop_assert!(!recurrent || !sources.contains(&(target as u32)));
            }
        }

        #[test]
        fn a_list_keeps_every_pair_and_its_canonical_place(pairs in prop::collection::vec((0_u32..6, 0_u32..5), 0..80)) {
            let (pre, post): (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
            let wiring = wire(&Connect::List { pre, post }, ends(6, 5, false)).unwrap();
            let listed = listed(&wiring);
            prop_assert_eq!(listed.len(), pairs.len());
            for (at, pair) in listed.iter().enumerate() {
                prop_assert_eq!(*pair, pairs[wiring.canonical(at)]);
            }
            let key = |at: usize| (listed[at].1, listed[at].0, wiring.canonical(at));
            prop_assert!((1..listed.len()).all(|at| key(at - 1) < key(at)));
        }
    }
}
