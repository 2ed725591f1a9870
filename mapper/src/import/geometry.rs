//! Shapes of layers, and the windows that move over them.

/// Channels of planes. A vector is as many channels of one pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Number of channels.
    pub(crate) channels: usize,
    /// Rows of a plane.
    pub(crate) height: usize,
    /// Columns of a plane.
    pub(crate) width: usize,
}

impl Shape {
    /// Largest layer that is imported, in members.
    pub(crate) const MAX_MEMBERS: usize = 1 << 24;

    pub(crate) const fn vector(members: usize) -> Self {
        Self { channels: members, height: 1, width: 1 }
    }

    /// One axis is a vector, three are channels, rows and columns.
    pub(crate) fn of(axes: &[usize]) -> Option<Self> {
        let shape = match *axes {
            [members] => Self::vector(members),
            [channels, width] => Self { channels, height: 1, width },
            [channels, height, width] => Self { channels, height, width },
            _ => return None,
        };
        let members = shape.channels.checked_mul(shape.height)?.checked_mul(shape.width)?;
        (1..=Self::MAX_MEMBERS).contains(&members).then_some(shape)
    }

    pub(crate) const fn members(&self) -> usize {
        self.channels * self.height * self.width
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.height, self.width) {
            (1, 1) => write!(f, "{}", self.channels),
            _ => write!(f, "{} x {} x {}", self.channels, self.height, self.width),
        }
    }
}

/// Which member of a population stands where in a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbering {
    /// By channel, then row, then column: as PyTorch flattens its arrays.
    ChannelsFirst,
    /// By column, then row, then channel: as Lava flattens its (x, y, feature) arrays.
    ChannelsLast,
}

impl Numbering {
    pub(crate) const fn member(self, shape: Shape, channel: usize, row: usize, column: usize) -> usize {
        match self {
            Self::ChannelsFirst => (channel * shape.height + row) * shape.width + column,
            Self::ChannelsLast => (column * shape.height + row) * shape.channels + channel,
        }
    }

    /// By member: its number when counted by channel, row and column, as PyTorch does.
    pub(crate) fn by_channel(self, shape: Shape) -> Vec<usize> {
        let plane = shape.height * shape.width;
        let mut table = vec![0; shape.members()];
        for number in 0..shape.members() {
            let place = number % plane;
            table[self.member(shape, number / plane, place / shape.width, place % shape.width)] = number;
        }
        table
    }

    /// The channel of a member.
    pub(crate) const fn channel(self, shape: Shape, member: usize) -> usize {
        match self {
            Self::ChannelsFirst => member / (shape.height * shape.width),
            Self::ChannelsLast => member % shape.channels,
        }
    }
}

/// A window over a plane; rows first, then columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) padding: [usize; 2],
    pub(crate) dilation: [usize; 2],
}

impl Window {
    /// The shape of what the window makes of `from`, in `channels` channels; `None` if it does not fit into it once.
    pub(crate) fn output(&self, from: Shape, channels: usize) -> Option<Shape> {
        let along = |axis: usize, length: usize| {
            let reach = self.dilation[axis].checked_mul(self.kernel[axis].checked_sub(1)?)?.checked_add(1)?;
            let padded = length.checked_add(self.padding[axis].checked_mul(2)?)?;
            Some(padded.checked_sub(reach)?.checked_div(self.stride[axis])? + 1)
        };
        Shape::of(&[channels, along(0, from.height)?, along(1, from.width)?])
    }

    /// Visits every tap that falls inside the plane: place in the input, place in the output, number of the tap.
    pub(crate) fn for_each_tap(&self, from: Shape, to: Shape, mut visit: impl FnMut([usize; 2], [usize; 2], usize)) {
        let place = |axis: usize, out: usize, tap: usize, length: usize| {
            (out * self.stride[axis] + tap * self.dilation[axis])
                .checked_sub(self.padding[axis])
                .filter(|place| *place < length)
        };
        for (row, tap_row) in (0..to.height).flat_map(|row| (0..self.kernel[0]).map(move |tap| (row, tap))) {
            let Some(y) = place(0, row, tap_row, from.height) else { continue };
            for (column, tap_column) in
                (0..to.width).flat_map(|column| (0..self.kernel[1]).map(move |tap| (column, tap)))
            {
                if let Some(x) = place(1, column, tap_column, from.width) {
                    visit([y, x], [row, column], tap_row * self.kernel[1] + tap_column);
                }
            }
        }
    }
}
