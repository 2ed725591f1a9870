//! The settings of a block of neurons.

use super::lif::Settings;
use super::neurons::Column;

/// Of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockSettings {
    /// Of all its neurons.
    Same(Settings),
    /// Number of [`EachSettings`].
    Each(u32),
}

impl BlockSettings {
    /// Of a neuron in the block.
    #[inline]
    pub(super) fn at(&self, each: &[EachSettings], lane: usize) -> Settings {
        match self {
            Self::Same(settings) => *settings,
            Self::Each(number) => each[*number as usize].at(lane),
        }
    }
}

/// [`Settings`] in columns.
#[derive(Debug, Clone)]
pub(super) struct EachSettings {
    keep_u: Column,
    keep_v: Column,
    bias: Column,
    threshold: Column,
    reset_mask: Column,
    reset_offset: Column,
    refractory: Column,
    /// What lets u and v grow most: no neuron's grow faster.
    extreme: Settings,
}

impl EachSettings {
    /// Of as many neurons as there are; places that none fills are inert.
    pub(super) fn new(settings: &[Settings]) -> Self {
        let at = |lane: usize| settings.get(lane).copied().unwrap_or_else(Settings::inert);
        let column = |field: fn(&Settings) -> i32| std::array::from_fn(|lane| field(&at(lane)));
        let extreme = settings.iter().fold(Settings::inert(), |most, own| Settings {
            keep_u: most.keep_u.max(own.keep_u),
            keep_v: most.keep_v.max(own.keep_v),
            bias: most.bias.max(own.bias.abs()),
            reset_mask: most.reset_mask | own.reset_mask,
            reset_offset: most.reset_offset.max(own.reset_offset.abs()),
            ..most
        });
        Self {
            keep_u: column(|own| own.keep_u),
            keep_v: column(|own| own.keep_v),
            bias: column(|own| own.bias),
            threshold: column(|own| own.threshold),
            reset_mask: column(|own| own.reset_mask),
            reset_offset: column(|own| own.reset_offset),
            refractory: column(|own| own.refractory),
            extreme,
        }
    }

    #[inline(always)]
    pub(super) const fn at(&self, lane: usize) -> Settings {
        Settings {
            keep_u: self.keep_u[lane],
            keep_v: self.keep_v[lane],
            bias: self.bias[lane],
            threshold: self.threshold[lane],
            reset_mask: self.reset_mask[lane],
            reset_offset: self.reset_offset[lane],
            refractory: self.refractory[lane],
        }
    }

    /// What lets u and v grow most: no neuron's grow faster.
    pub(super) const fn extreme(&self) -> Settings {
        self.extreme
    }
}
