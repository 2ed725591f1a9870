//! Giving the synapses of a core other weights, between two steps.

use super::Core;
use crate::id::ProjectionId;
use crate::image::CoreImage;
use crate::semantics::Semantics;

impl Core {
    /// Gives the synapses of a projection other mantissas, each of which its format stores, in the order of [`Self::synapses_of`]. A spike
    /// finds them as if the image began with them.
    pub(crate) fn set_weights(
        &mut self,
        image: &CoreImage,
        projection: ProjectionId,
        mantissas: &[i16],
        semantics: Semantics,
    ) {
        let Some(format) = image.format_of(projection) else { return };
        for (view, mantissa) in self.synapses_of(image, projection).into_iter().zip(mantissas) {
            self.synapses.weight[view.index as usize] = *mantissa;
            self.synapses.effective[view.index as usize] = format.initial_effective_weight(*mantissa, semantics);
        }
    }
}
