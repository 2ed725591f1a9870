//! What a call to `step` gives the chip: spikes of input populations and amounts for modulator channels.
//!
//! Steps count from the first step of the call. Spikes of a population are one of
//!
//! | given | means |
//! |---|---|
//! | `(t, i)`, two arrays of whole numbers | member `i[k]` spikes at step `t[k]` |
//! | an array of bool, shape [steps, members], or [members] for one step | who spikes when |
//! | an array of whole numbers | these members spike at the first step |
//!
//! Amounts of a channel are a number for the first step, an array with one for each step, or `(t, amount)`.

use crate::convert::{array, integers, type_name};
use crate::error::{Refusal, flaw, raise, unknown};
use caudate::core::id::Step;
use caudate::core::image::PopulationSymbol;
use caudate::sim::Stimulus;
use caudate::{ChipImage, Error};
use numpy::{PyArray1, PyArray2, PyArrayDescrMethods, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// Most that one step adds to a channel, in either direction.
const MOST_AMOUNT: i64 = 255;

/// The steps of a call.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    pub(crate) first: Step,
    pub(crate) steps: Step,
}

/// Lays out the input of a call.
pub(crate) fn lay_out(
    py: Python<'_>,
    image: &ChipImage,
    window: Window,
    spikes: Option<&Bound<'_, PyDict>>,
    modulators: Option<&Bound<'_, PyDict>>,
) -> PyResult<Stimulus> {
    let mut stimulus = Stimulus::default();
    let mut problems = Vec::new();
    for (name, given) in spikes.into_iter().flatten() {
        let name = name.to_string();
        let inputs = || image.symbols.populations.iter().filter(|population| population.is_input);
        let Some(population) = inputs().find(|population| population.name == name) else {
            problems.push(unknown(
                "E-STIM-NAME",
                "spikes",
                "input population",
                &name,
                inputs().map(|own| own.name.as_str()),
            ));
            continue;
        };
        match spikes_of(&given, population, window) {
            Ok(events) => stimulus.add_spikes(events),
            Err(Refusal::Found(problem)) => problems.push(*problem),
            Err(Refusal::Raised(error)) => return Err(error),
        }
    }
    for (name, given) in modulators.into_iter().flatten() {
        let name = name.to_string();
        let Some(channel) = image.channels.iter().position(|channel| channel.name == name) else {
            let known = image.channels.iter().map(|channel| channel.name.as_str());
            problems.push(unknown("E-STIM-NAME", "modulators", "modulator channel", &name, known));
            continue;
        };
        match amounts_of(&given, &format!("modulators['{name}']"), window) {
            Ok(amounts) => {
                stimulus.add_modulators(amounts.into_iter().map(|(t, amount)| (t, channel as u16, amount)));
            }
            Err(Refusal::Found(problem)) => problems.push(*problem),
            Err(Refusal::Raised(error)) => return Err(error),
        }
    }
    if problems.is_empty() { Ok(stimulus) } else { Err(raise(py, Error::Invalid(problems))) }
}

/// Spikes (step, input source) of one population.
fn spikes_of(
    given: &Bound<'_, PyAny>,
    population: &PopulationSymbol,
    window: Window,
) -> Result<Vec<(Step, u32)>, Refusal> {
    let place = format!("spikes['{}']", population.name);
    let source = |member: &i64| population.first_input + *member as u32;
    if let Some((steps, members)) = pair(given) {
        let (steps, members) = (integers(&steps, &place)?, integers(&members, &place)?);
        paired(&place, &steps, members.len())?;
        steps_within(&place, &steps, window)?;
        members_within(&place, &members, population)?;
        return Ok(steps.iter().zip(&members).map(|(t, member)| (window.first + *t as Step, source(member))).collect());
    }
    let array = array(given)?;
    if array.dtype().is_equiv_to(&numpy::dtype::<bool>(given.py())) {
        return raster(array.as_any(), population, window, &place);
    }
    let members = integers(array.as_any(), &place)?;
    members_within(&place, &members, population)?;
    steps_within(&place, &vec![0; members.len().min(1)], window)?;
    Ok(members.iter().map(|member| (window.first, source(member))).collect())
}

/// Spikes from an array of bool.
fn raster(
    array: &Bound<'_, PyAny>,
    population: &PopulationSymbol,
    window: Window,
    place: &str,
) -> Result<Vec<(Step, u32)>, Refusal> {
    let expected = [window.steps as usize, population.size as usize];
    let mut events = Vec::new();
    let mut row = |t: Step, members: &mut dyn Iterator<Item = &bool>| {
        let spiking = (population.first_input..).zip(members).filter(|(_, spikes)| **spikes);
        events.extend(spiking.map(|(source, _)| (window.first + t, source)));
    };
    let shape = if let Ok(flat) = array.cast::<PyArray1<bool>>() {
        row(0, &mut flat.readonly().as_array().iter());
        vec![1, flat.len()]
    } else if let Ok(matrix) = array.cast::<PyArray2<bool>>() {
        let rows = matrix.readonly();
        rows.as_array().rows().into_iter().zip(0..).for_each(|(members, t)| row(t, &mut members.iter()));
        matrix.shape().to_vec()
    } else {
        let message = "the array is of neither one nor two axes";
        return Err(flaw("E-PY-SHAPE", place, message, "give an array of shape [steps, members]").into());
    };
    if shape == expected {
        return Ok(events);
    }
    let message = format!("the array has shape {shape:?}; [steps, members] is {expected:?}");
    let help = "give a row for each step of the call, or (t, i) with the steps and members of the spikes";
    Err(flaw("E-PY-SHAPE", place, message, help).into())
}

/// Amounts (step, amount) of one channel.
fn amounts_of(given: &Bound<'_, PyAny>, place: &str, window: Window) -> Result<Vec<(Step, i64)>, Refusal> {
    let (steps, amounts) = if let Some((steps, amounts)) = pair(given) {
        (integers(&steps, place)?, integers(&amounts, place)?)
    } else if let Ok(amount) = given.extract::<i64>() {
        (vec![0], vec![amount])
    } else if given.hasattr("__len__")? {
        let amounts = integers(given, place)?;
        if amounts.len() as u64 != window.steps {
            let message = format!("there are {} amounts for {} steps", amounts.len(), window.steps);
            return Err(flaw("E-PY-SHAPE", place, message, "give one for each step of the call, or (t, amount)").into());
        }
        // Nothing is added where the amount is 0: such a step is no injection.
        (0..).zip(amounts).filter(|(_, amount)| *amount != 0).unzip()
    } else {
        let message = format!("the amount is of type {}; whole numbers are needed", type_name(given));
        return Err(flaw("E-PY-TYPE", place, message, "round it, for example with int(round(x))").into());
    };
    paired(place, &steps, amounts.len())?;
    steps_within(place, &steps, window)?;
    if let Some(amount) = amounts.iter().find(|amount| !(-MOST_AMOUNT..=MOST_AMOUNT).contains(*amount)) {
        let message = format!("an amount is {amount}; the range is -{MOST_AMOUNT}..={MOST_AMOUNT}");
        return Err(flaw("E-STIM-RANGE", place, message, "clip it, for example with numpy.clip").into());
    }
    Ok(steps.iter().map(|t| window.first + *t as Step).zip(amounts).collect())
}

/// The two columns of `(t, values)`.
fn pair<'py>(given: &Bound<'py, PyAny>) -> Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let tuple = given.cast::<PyTuple>().ok().filter(|tuple| tuple.len() == 2)?;
    Some((tuple.get_item(0).ok()?, tuple.get_item(1).ok()?))
}

fn paired(place: &str, steps: &[i64], values: usize) -> Result<(), Refusal> {
    if steps.len() == values {
        return Ok(());
    }
    let message = format!("there are {} steps and {values} values; they must pair up", steps.len());
    Err(flaw("E-STIM-LENGTH", place, message, "give two arrays of equal length").into())
}

fn steps_within(place: &str, steps: &[i64], window: Window) -> Result<(), Refusal> {
    match steps.iter().find(|t| u64::try_from(**t).map_or(true, |t| t >= window.steps)) {
        None => Ok(()),
        Some(_) if window.steps == 0 => {
            Err(flaw("E-STIM-RANGE", place, "there is input for a call of 0 steps", "run at least 1 step").into())
        }
        Some(t) => {
            let message = format!("step {t} does not exist; the call has {} steps, counted from 0", window.steps);
            Err(flaw("E-STIM-RANGE", place, message, format!("use 0..={}", window.steps - 1)).into())
        }
    }
}

fn members_within(place: &str, members: &[i64], population: &PopulationSymbol) -> Result<(), Refusal> {
    match members.iter().find(|member| !(0..i64::from(population.size)).contains(*member)) {
        None => Ok(()),
        Some(member) => {
            let (name, size) = (&population.name, population.size);
            let message = format!("member {member} does not exist; '{name}' has {size} inputs");
            Err(flaw("E-STIM-RANGE", place, message, format!("use 0..={}", size - 1)).into())
        }
    }
}
