//! SONATA spike files: `/spikes/POPULATION/{timestamps, node_ids}`.

use super::Train;
use crate::error::Error;
use caudate_isa::diagnostic::Diagnostic;
use hdf5_pure::{AttrValue, FileBuilder};

/// The file as bytes: times in milliseconds of `dt_ms` per step, sorted by time. Equal spikes give equal bytes.
///
/// # Errors
/// [`Error::Invalid`] if the library cannot write them.
pub fn to_sonata(trains: &[Train], dt_ms: f64) -> Result<Vec<u8>, Error> {
    let mut file = FileBuilder::new();
    // The magic number and version of the format.
    file.set_attr("magic", AttrValue::U32(0x0A7A));
    file.set_attr("version", AttrValue::I64Array(vec![0, 1]));
    let mut spikes = file.create_group("spikes");
    for train in trains {
        let mut group = spikes.create_group(&train.population);
        let times: Vec<f64> = train.spikes.iter().map(|(t, _)| f64::from(*t) * dt_ms).collect();
        let members: Vec<u64> = train.spikes.iter().map(|(_, member)| u64::from(*member)).collect();
        let shape = [times.len() as u64];
        let timestamps = group.create_dataset("timestamps");
        timestamps.with_f64_data(&times).with_shape(&shape);
        timestamps.set_attr("units", AttrValue::String("ms".to_owned()));
        group.create_dataset("node_ids").with_u64_data(&members).with_shape(&shape);
        spikes.add_group(group.finish());
    }
    file.add_group(spikes.finish());
    file.finish().map_err(|error| {
        let message = format!("the spikes cannot be written as HDF5: {error}");
        Error::Invalid(vec![Diagnostic::new("E-EXPORT", message).help("use --format csv, and report this")])
    })
}
