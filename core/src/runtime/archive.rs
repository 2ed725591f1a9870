//! A core's state, for checkpoints.

use super::Core;
use crate::archive::Archive;
use crate::error::Error;

impl Core {
    /// Saves or restores all that a step may have changed.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if the state is that of another core; then nothing more must be asked of this one.
    pub fn archive(&mut self, archive: &mut Archive) -> Result<(), Error> {
        for state in &mut self.neurons {
            archive.number(&mut state.u)?;
            archive.number(&mut state.v)?;
            archive.number(&mut state.refractory)?;
            // No semantics lets a state grow beyond this, and none overflows from it.
            if [state.u, state.v].iter().any(|word| word.unsigned_abs() > 1 << 48) {
                return Err(Error::Checkpoint(format!("it holds a state of {state:?}: beyond 2^48")));
            }
        }
        self.rings.iter_mut().try_for_each(|ring| ring.archive(archive))?;
        if let Some(microcode) = &mut self.microcode {
            microcode.archive(archive)?;
        }
        if !self.plastic.is_empty() {
            self.synapses.archive(archive)?;
        }
        self.plastic.iter_mut().try_for_each(|plastic| plastic.archive(archive))?;
        archive.column(&mut self.spiked)?;
        self.overflows.iter_mut().try_for_each(|own| own.archive(archive))?;
        archive.number(&mut self.changed)
    }
}
