//! Tables as kubectl prints them: aligned columns, a header in capitals, nothing else. Widths are those of
//! the terminal, where a Chinese character takes two columns.

use std::fmt::Display;
use std::io::Write;

use anstyle::Style;
use sas_api::Risk;
use tabwriter::TabWriter;

use super::{ERROR, WARNING, painted};

/// A table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Titles of the columns.
    pub headers: Vec<&'static str>,
    /// Rows, each with one cell per column.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell.
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    style: Style,
}

/// A cell without a style.
pub fn cell(text: impl Display) -> Cell {
    Cell {
        text: text.to_string(),
        style: Style::new(),
    }
}

/// The cell of a risk class.
pub fn risk(risk: Risk) -> Cell {
    Cell {
        text: format!("{risk:?}"),
        style: risk_style(risk),
    }
}

/// How a risk class is painted.
pub fn risk_style(risk: Risk) -> Style {
    match risk {
        Risk::R0 | Risk::R1 => Style::new(),
        Risk::R2 | Risk::R3 => WARNING,
        Risk::R4 => ERROR,
    }
}

impl Table {
    /// A table with these columns and no rows yet.
    pub fn new(headers: &[&'static str]) -> Self {
        Self {
            headers: headers.to_vec(),
            rows: Vec::new(),
        }
    }

    /// The lines.
    pub(super) fn render(&self) -> String {
        let mut writer = TabWriter::new(Vec::new()).padding(3).ansi(true);
        let rows = self.rows.iter().map(|row| {
            let cells = row.iter().map(|cell| painted(cell.style, &cell.text));
            cells.collect::<Vec<_>>().join("\t")
        });
        let text: String = std::iter::once(self.headers.join("\t"))
            .chain(rows)
            .map(|line| line + "\n")
            .collect();
        // A vector takes everything, and what was written was text.
        let _ = writer.write_all(text.as_bytes());
        let bytes = writer.into_inner().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
