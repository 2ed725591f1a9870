//! The page around the charts.

use super::svg::escaped;
use super::{Chart, Page};
use std::fmt::Write;

/// How charts look, on the page and in files of their own; light or dark as the reader's system is.
pub(super) const CHART_STYLE: &str = include_str!("chart.css");
const PAGE_STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A number that the page begins with.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    pub(super) value: String,
    pub(super) name: String,
    pub(super) note: String,
}

/// A table or a list below the charts.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) title: String,
    pub(super) head: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

/// What a page holds.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) figures: Vec<Figure>,
    pub(super) warnings: Vec<String>,
    pub(super) charts: Vec<Chart>,
    pub(super) tables: Vec<Table>,
    /// Data for the script: (id of the element, text).
    pub(super) data: Vec<(&'static str, String)>,
}

/// Lays a page out.
pub(super) fn lay_out(content: Content) -> Page {
    let mut html = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut html, &content);
    Page { html, charts: content.charts }
}

fn write(out: &mut String, content: &Content) -> std::fmt::Result {
    let (title, subtitle) = (escaped(&content.title), escaped(&content.subtitle));
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"icon\" href=\"data:,\"><title>{title}</title><style>{CHART_STYLE}{PAGE_STYLE}</style></head><body>\n\
         <header><h1>{title}</h1><p>{subtitle}</p></header>\n<main>\n<section class=\"figures\">"
    )?;
    for figure in &content.figures {
        let (value, name, note) = (escaped(&figure.value), escaped(&figure.name), escaped(&figure.note));
        write!(out, "<div class=\"figure\"><b>{value}</b><span>{name}</span><small>{note}</small></div>")?;
    }
    out.push_str("</section>\n");
    if !content.warnings.is_empty() {
        write!(out, "<section class=\"warnings\" data-warnings=\"{}\"><h2>Warnings</h2><ul>", content.warnings.len())?;
        content.warnings.iter().try_for_each(|warning| write!(out, "<li>{}</li>", escaped(warning)))?;
        out.push_str("</ul></section>\n");
    }
    out.push_str("<div class=\"grid\">\n");
    for chart in &content.charts {
        let wide = if chart.is_wide { " wide" } else { "" };
        let (title, caption) = (escaped(&chart.title), escaped(&chart.caption));
        writeln!(
            out,
            "<figure class=\"card{wide}\" id=\"{}\"><h2>{title}</h2>{}<figcaption>{caption}</figcaption></figure>",
            chart.id, chart.svg
        )?;
    }
    out.push_str("</div>\n");
    content.tables.iter().try_for_each(|table| write_table(out, table))?;
    out.push_str("</main>\n<footer>Modelled, not measured. This page loads nothing from anywhere.</footer>\n");
    for (id, data) in &content.data {
        // Base 64 and numbers: nothing in it ends the element.
        writeln!(out, "<script type=\"text/plain\" id=\"{id}\">{data}</script>")?;
    }
    writeln!(out, "<script>{SCRIPT}</script></body></html>")
}

fn write_table(out: &mut String, table: &Table) -> std::fmt::Result {
    write!(
        out,
        "<section class=\"card\"><details open><summary>{}</summary><div class=\"scroll\"><table><thead><tr>",
        escaped(&table.title)
    )?;
    table.head.iter().try_for_each(|cell| write!(out, "<th>{}</th>", escaped(cell)))?;
    out.push_str("</tr></thead><tbody>");
    for row in &table.rows {
        out.push_str("<tr>");
        row.iter().try_for_each(|cell| write!(out, "<td>{}</td>", escaped(cell)))?;
        out.push_str("</tr>");
    }
    writeln!(out, "</tbody></table></div></details></section>")
}
