//! `report.html`: one self-contained page of charts, hand-made in SVG, with a little script for hover and zoom. It loads nothing.
//!
//! | part | story |
//! |---|---|
//! | `page` | the page around the charts, light and dark, on screen and on paper |
//! | `svg`, `axis` | drawing: shapes, scales, ticks |
//! | `raster`, `timeline`, `energy`, `floor`, `learning`, `fill`, `pareto` | one chart each |
//! | `run`, `sweep` | which charts a page has |
//!
//! Each chart states the number of its marks in `data-marks`, and has them as elements or subpaths of class `mark`.

mod axis;
mod energy;
mod fill;
mod floor;
mod learning;
mod page;
mod pareto;
mod raster;
mod run;
mod svg;
mod sweep;
mod timeline;

pub use run::run_report;
pub use sweep::{SweepPoint, sweep_report};

/// A chart with its name and what it shows.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Its id on the page, and the name of its file.
    pub id: &'static str,
    /// Its title.
    pub title: String,
    /// What to read off it.
    pub caption: String,
    /// Whether it takes the whole width of the page.
    pub is_wide: bool,
    /// The drawing: an `<svg>` element without a style of its own.
    pub svg: String,
}

impl Chart {
    /// The drawing as a file of its own.
    #[must_use]
    pub fn to_svg_file(&self) -> String {
        let style = format!("<style>{}</style>", page::CHART_STYLE);
        let end = self.svg.find('>').map_or(0, |end| end + 1);
        format!("{}{style}{}\n", &self.svg[..end], &self.svg[end..])
    }
}

/// A page and its charts.
#[derive(Debug, Clone)]
pub struct Page {
    /// The page.
    pub html: String,
    /// Its charts, in their order.
    pub charts: Vec<Chart>,
}
