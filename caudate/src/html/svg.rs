//! Drawing: an SVG element that is written shape by shape. Coordinates are in pixels of the drawing, y downwards.

use std::fmt::Write;

/// Text as it stands in HTML and SVG.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// Where a text is anchored.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// A drawing in progress.
#[derive(Debug)]
pub(super) struct Svg {
    width: f64,
    height: f64,
    marks: usize,
    body: String,
}

// Writing to a String cannot fail: results of `write!` are dropped.
impl Svg {
    pub(super) const fn new(width: f64, height: f64) -> Self {
        Self { width, height, marks: 0, body: String::new() }
    }

    pub(super) fn rect(&mut self, class: &str, (x, y, width, height): (f64, f64, f64, f64), style: &str, tip: &str) {
        self.count(class);
        let _ = write!(
            self.body,
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{:.1}" height="{:.1}"{}"#,
            width.max(0.0),
            height.max(0.0),
            styled(style)
        );
        self.end("rect", tip);
    }

    pub(super) fn circle(&mut self, class: &str, (x, y, radius): (f64, f64, f64), style: &str, tip: &str) {
        self.count(class);
        let _ =
            write!(self.body, r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="{radius:.1}"{}"#, styled(style));
        self.end("circle", tip);
    }

    pub(super) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64), style: &str, tip: &str) {
        self.count(class);
        let _ = write!(
            self.body,
            r#"<line class="{class}" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"{}"#,
            styled(style)
        );
        self.end("line", tip);
    }

    /// A path of `marks` subpaths that each stand for something.
    pub(super) fn path(&mut self, class: &str, path: &str, style: &str, marks: usize) {
        self.marks += marks;
        let _ = write!(self.body, r#"<path class="{class}" d="{path}"{}/>"#, styled(style));
    }

    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let _ = write!(
            self.body,
            r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{}">{}</text>"#,
            anchor.name(),
            escaped(text)
        );
    }

    /// Text that runs upwards.
    pub(super) fn upright(&mut self, (x, y): (f64, f64), text: &str) {
        let _ = write!(
            self.body,
            r#"<text class="label" transform="translate({x:.1} {y:.1}) rotate(-90)" text-anchor="middle">{}</text>"#,
            escaped(text)
        );
    }

    /// Opens a group whose content keeps within a rectangle.
    pub(super) fn open_clipped(&mut self, id: &str, (x, y, width, height): (f64, f64, f64, f64)) {
        let _ = write!(
            self.body,
            r#"<svg class="{id}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" viewBox="0 0 {width:.1} {height:.1}" preserveAspectRatio="none">"#
        );
    }

    pub(super) fn close(&mut self) {
        self.body.push_str("</svg>");
    }

    fn count(&mut self, class: &str) {
        self.marks += usize::from(class.starts_with("mark"));
    }

    fn end(&mut self, name: &str, tip: &str) {
        if tip.is_empty() {
            self.body.push_str("/>");
        } else {
            let _ = write!(self.body, "><title>{}</title></{name}>", escaped(tip));
        }
    }

    /// The element.
    pub(super) fn finish(self, id: &str, title: &str) -> String {
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="chart" data-chart="{id}" data-marks="{}" viewBox="0 0 {:.0} {:.0}" role="img" aria-label="{}">{}</svg>"#,
            self.marks,
            self.width,
            self.height,
            escaped(title),
            self.body
        )
    }
}

fn styled(style: &str) -> String {
    if style.is_empty() { String::new() } else { format!(r#" style="{style}""#) }
}
