//! What a run is asked to record.

use crate::error::{flaw, refuse, unknown};
use caudate::sim::recording::Probe;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

/// Probes as a list of populations, or populations with what to record of them.
pub(crate) fn read(probes: &Bound<'_, PyAny>) -> PyResult<Vec<Probe>> {
    let probe = |population: String| Probe { population, variables: None, neurons: None, every_steps: 1 };
    if let Ok(name) = probes.cast::<PyString>() {
        return Ok(vec![probe(name.to_string())]);
    }
    let Ok(dict) = probes.cast::<PyDict>() else {
        return Ok(probes.extract::<Vec<String>>()?.into_iter().map(probe).collect());
    };
    let settings = |(population, of): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let mut probe = probe(population.extract()?);
        let Ok(settings) = of.cast::<PyDict>() else {
            probe.variables = if of.is_none() { None } else { Some(of.extract()?) };
            return Ok(probe);
        };
        for (key, value) in settings {
            let key: String = key.extract()?;
            match key.as_str() {
                "variables" => probe.variables = value.extract()?,
                "neurons" => probe.neurons = value.extract()?,
                "every_steps" => probe.every_steps = value.extract()?,
                _ => {
                    let place = format!("probe of '{}'", probe.population);
                    let keys = ["variables", "neurons", "every_steps"];
                    return Err(refuse(of.py(), unknown("E-PY-NAME", &place, "key", &key, keys.into_iter())));
                }
            }
        }
        if probe.every_steps == 0 {
            let place = format!("probe of '{}'", probe.population);
            return Err(refuse(of.py(), flaw("E-PY-RANGE", &place, "every_steps is 0", "use at least 1")));
        }
        Ok(probe)
    };
    dict.iter().map(settings).collect()
}
