//! Logical ids of lists or neurons.

/// Ids by place.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Ids {
    all: Vec<u32>,
    /// Whether each is one more than the one before: the common case, in which nothing needs to be looked up.
    are_consecutive: bool,
}

impl Ids {
    pub(super) fn new(all: Vec<u32>) -> Self {
        let are_consecutive = all.is_empty() || all.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
        Self { all, are_consecutive }
    }

    pub(in crate::engine) fn len(&self) -> usize {
        self.all.len()
    }

    pub(in crate::engine) fn id(&self, place: usize) -> u32 {
        self.all[place]
    }

    pub(in crate::engine) fn iter(&self) -> impl Iterator<Item = u32> {
        self.all.iter().copied()
    }

    /// Looks up the ids of some places.
    #[inline(always)]
    pub(super) fn look_up<T: Copy + Into<u32>>(&self, places: &[T], ids: &mut [u32]) {
        let places = places.iter().map(|place| (*place).into());
        match self.all.first() {
            Some(first) if self.are_consecutive => {
                ids.iter_mut().zip(places).for_each(|(id, place)| *id = first.wrapping_add(place));
            }
            _ => ids.iter_mut().zip(places).for_each(|(id, place)| *id = self.all[place as usize]),
        }
    }
}
