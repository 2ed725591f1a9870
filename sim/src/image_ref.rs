//! The image of a run: borrowed from its owner, or shared with others.

use caudate_core::image::ChipImage;
use std::ops::Deref;
use std::sync::Arc;

/// An image that a run reads.
#[derive(Debug, Clone)]
pub enum ImageRef<'i> {
    /// Lent for as long as the run lasts.
    Borrowed(&'i ChipImage),
    /// Kept alive by the run itself, where no owner outlives it.
    Shared(Arc<ChipImage>),
}

impl Deref for ImageRef<'_> {
    type Target = ChipImage;

    fn deref(&self) -> &ChipImage {
        match self {
            Self::Borrowed(image) => image,
            Self::Shared(image) => image,
        }
    }
}

impl<'i> From<&'i ChipImage> for ImageRef<'i> {
    fn from(image: &'i ChipImage) -> Self {
        Self::Borrowed(image)
    }
}

impl From<Arc<ChipImage>> for ImageRef<'_> {
    fn from(image: Arc<ChipImage>) -> Self {
        Self::Shared(image)
    }
}
