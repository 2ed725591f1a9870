//! What can this machine do at most, on one thread? Kernels of a few lines that do only what no engine can leave out.
//!
//! `cargo bench -p caudate-core --bench machine`; `tests/validation/roofline.py` makes of its results the limit of each network of
//! `caudate bench`. Benchmarks are named `what/how/size`; the size is in bytes or neurons, the rate in synaptic events (`deliver`; of
//! `bits`: in neurons that rows pass), neurons (`step`), draws (`draw`) or bytes (`read`).

use caudate_core::engine::planes::{self, Chunk};
use caudate_core::engine::prefetch_all;
use caudate_core::random::{SourceStreams, draw, draw_from, mix64};
use criterion::{BenchmarkId, Criterion, Throughput};
use multiversion::multiversion;
use std::hint::black_box;
use std::time::Duration;

/// Accumulators of a tile, so many that a target of 16 bits needs no check.
type Sums = [i32; 1 << 16];
/// Neurons that rows reach.
const TARGETS: usize = 1 << 12;
/// Synapses of a row.
const FAN_OUT: usize = 100;
/// Rows delivered in one iteration.
const ROWS: usize = 512;
/// How many rows early a row is asked for.
const AHEAD: usize = 4;
/// All synapses, in bytes: those of a cache of the core, of one that cores share, and of memory.
const SIZES_BYTES: [usize; 3] = [1 << 19, 1 << 24, 1 << 28];
/// Neurons of a tile.
const NEURONS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(50)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for size in SIZES_BYTES {
        read(&mut criterion, size);
        let target = |index| (draw(1, index, 0, 0) as usize % TARGETS) as u16;
        let uniform = |sums: &mut Sums, target: &u16| add(sums, *target, 3);
        deliver(&mut criterion, "targets", size, AHEAD, target, uniform);
        let synapse = |index| (target(index), 3 + index as i16 % 4);
        let each = |sums: &mut Sums, synapse: &(u16, i16)| add(sums, synapse.0, synapse.1);
        deliver(&mut criterion, "synapses", size, AHEAD, synapse, each);
        deliver(&mut criterion, "synapses-not-ahead", size, 0, synapse, each);
        deliver_bits(&mut criterion, size);
    }
    NEURONS.into_iter().for_each(|neurons| step(&mut criterion, neurons));
    draws(&mut criterion);
    criterion.final_summary();
}

fn measure(criterion: &mut Criterion, name: [&str; 2], size: usize, rate: Throughput, mut run: impl FnMut()) {
    let mut group = criterion.benchmark_group(name[0]);
    group.throughput(rate).bench_function(BenchmarkId::new(name[1], size), |bencher| bencher.iter(&mut run));
}

/// All numbers below `rows` in an order that no hardware foresees, and as many as make whole windows.
fn shuffled(rows: usize, window: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows / window * window).collect();
    order.sort_by_cached_key(|row| mix64(*row as u64));
    order
}

#[inline(always)]
fn add(sums: &mut Sums, target: u16, weight: i16) {
    let sum = &mut sums[usize::from(target)];
    *sum = sum.wrapping_add(weight.into());
}

/// Rows of synapses into one accumulator of each target: an addition for each, without delays. `ahead`: rows between asking for a row and delivering
/// it; 0: without asking.
fn deliver<S>(
    criterion: &mut Criterion,
    form: &str,
    size_bytes: usize,
    ahead: usize,
    synapse: impl Fn(u64) -> S,
    add: impl Fn(&mut Sums, &S),
) {
    let order = shuffled(size_bytes / size_of::<S>() / FAN_OUT, ROWS);
    let synapses: Vec<S> = (0..(order.len() * FAN_OUT) as u64).map(synapse).collect();
    let row = |row: usize| &synapses[row * FAN_OUT..][..FAN_OUT];
    let (mut sums, mut from) = (Box::new([0; 1 << 16]), 0);
    let rate = Throughput::Elements((ROWS * FAN_OUT) as u64);
    measure(criterion, ["deliver", form], size_bytes, rate, || {
        let rows = &order[from..from + ROWS];
        for (place, own) in rows.iter().enumerate() {
            if ahead > 0
                && let Some(next) = rows.get(place + ahead)
            {
                prefetch_all(row(*next));
            }
            row(*own).iter().for_each(|synapse| add(&mut sums, synapse));
        }
        from = (from + ROWS) % order.len();
    });
    black_box(&sums);
}

/// Rows that hold a bit for each neuron and have one weight: counted in bit planes, then multiplied, as the engine does.
fn deliver_bits(criterion: &mut Criterion, size_bytes: usize) {
    let chunks = TARGETS / planes::CHUNK;
    let order = shuffled(size_bytes / size_of::<Chunk>() / chunks, planes::ROWS);
    let bits: Vec<Chunk> = (0..(order.len() * chunks) as u64)
        .map(|chunk| std::array::from_fn(|lane| draw(2, chunk, lane as u64, 0)))
        .collect();
    let row = |row: usize| &bits[row * chunks..][..chunks];
    let (mut sums, mut from) = (vec![[[0; planes::LANES]; planes::CHUNK / planes::LANES]; chunks], 0);
    let rate = Throughput::Elements((planes::ROWS * TARGETS) as u64);
    measure(criterion, ["deliver", "bits"], size_bytes, rate, || {
        let next = (from + planes::ROWS) % order.len();
        order[next..next + planes::ROWS].iter().for_each(|next| prefetch_all(row(*next)));
        let rows: [&[Chunk]; planes::ROWS] = std::array::from_fn(|place| row(order[from + place]));
        planes::add_up(&rows, planes::ROWS, black_box(3), &mut sums);
        from = next;
    });
    black_box(&sums);
}

/// What a neuron's step depends on.
#[derive(Clone, Copy)]
struct Settings {
    /// What u and v lose in a step, in 1/4096.
    current_decay: i32,
    voltage_decay: i32,
    bias: i32,
    threshold: i32,
}

/// Neurons with and without a current that lasts. Refractory neurons, overflow and the list of spikes are left out.
fn step(criterion: &mut Criterion, neurons: usize) {
    let initial = |kind: u64| (0..neurons as u64).map(move |index| (draw(3, index, kind, 0) % 60_000) as i32);
    let (mut u, mut v) = (vec![0; neurons], initial(0).collect::<Vec<_>>());
    let mut sums: Vec<i32> = initial(1).map(|sum| sum % 2).collect();
    let settings = Settings { current_decay: 82, voltage_decay: 20, bias: 400, threshold: 64_000 };
    let rate = || Throughput::Elements(neurons as u64);
    measure(criterion, ["step", "potential"], neurons, rate(), || {
        black_box(step_potentials(black_box(settings), &mut v, &mut sums));
    });
    measure(criterion, ["step", "current-and-potential"], neurons, rate(), || {
        black_box(step_both(black_box(settings), &mut u, &mut v, &mut sums));
    });
}

/// A state without what leaks away, rounded toward zero; for decays below 256 and states of 24 bits.
#[inline(always)]
const fn left(state: i32, decay: i32) -> i32 {
    let round_up = !(state >> 31) & 0xFFF;
    state.wrapping_sub(state.wrapping_mul(decay).wrapping_add(round_up) >> 12)
}

/// v after a step, and 1 if it spikes.
#[inline(always)]
const fn integrate(settings: &Settings, v: i32, u: i32) -> (i32, i32) {
    let v = left(v, settings.voltage_decay).wrapping_add(u).wrapping_add(settings.bias);
    if v > settings.threshold { (0, 1) } else { (v, 0) }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
fn step_potentials(settings: Settings, v: &mut [i32], sums: &mut [i32]) -> i32 {
    let mut spikes = 0_i32;
    for (v, sum) in v.iter_mut().zip(sums) {
        let (next, spike) = integrate(&settings, *v, *sum << 6);
        (*v, *sum) = (next, 0);
        spikes = spikes.wrapping_add(spike);
    }
    spikes
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
fn step_both(settings: Settings, u: &mut [i32], v: &mut [i32], sums: &mut [i32]) -> i32 {
    let mut spikes = 0_i32;
    for ((u, v), sum) in u.iter_mut().zip(v).zip(sums) {
        let current = left(*u, settings.current_decay).wrapping_add(*sum << 6);
        let (next, spike) = integrate(&settings, *v, current);
        (*u, *v, *sum) = (current, next, 0);
        spikes = spikes.wrapping_add(spike);
    }
    spikes
}

/// Draws of the synapses of a row, each from a stream of its own, and draws from streams kept.
fn draws(criterion: &mut Criterion) {
    const COUNT: usize = 4096;
    let targets: Vec<u32> = (0..COUNT as u32).collect();
    let streams: Vec<u64> = (0..COUNT as u64).map(mix64).collect();
    let rate = || Throughput::Elements(COUNT as u64);
    let mut t = 0;
    measure(criterion, ["draw", "of-synapses"], COUNT, rate(), || {
        t += 1;
        black_box(draw_of_synapses(SourceStreams::new(1, 7), &targets, t));
    });
    measure(criterion, ["draw", "from-streams"], COUNT, rate(), || {
        t += 1;
        black_box(draw_from_streams(&streams, t));
    });
}

/// How many draws of a row are below a half.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
fn draw_of_synapses(row: SourceStreams, targets: &[u32], t: u64) -> u32 {
    targets.iter().fold(0, |below, target| below.wrapping_add(draw_from(row.onto(*target), t, 0) >> 31))
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
fn draw_from_streams(streams: &[u64], t: u64) -> u32 {
    streams.iter().fold(0, |below, stream| below.wrapping_add(draw_from(*stream, t, 0) >> 31))
}

/// Bytes one after the other.
fn read(criterion: &mut Criterion, size_bytes: usize) {
    let words: Vec<u64> = (0..(size_bytes / 8) as u64).collect();
    measure(criterion, ["read", "words"], size_bytes, Throughput::Bytes(size_bytes as u64), || {
        black_box(add_up(&words));
    });
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma", "x86_64+avx2"))]
fn add_up(words: &[u64]) -> u64 {
    words.iter().fold(0, |sum, word| sum.wrapping_add(*word))
}
