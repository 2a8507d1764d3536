//! Everything that is printed passes a [`Page`]. Text gets onto it line by line and cell by cell, and each
//! of them is escaped there, so that nothing from a cluster or a cloud can steer the terminal, turn the
//! direction of writing or start a line of its own. Colour is shown on terminals only.

mod document;
mod table;

pub use document::{Format, Listing, Shape};
pub use sas_api::text::escape;
pub use table::{Cell, Table, cell, risk, risk_style};

use std::fmt::Display;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use anyhow::{Context, Result};
use jiff::Timestamp;

/// Titles.
pub const TITLE: Style = Style::new().bold();
/// What went wrong.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// What to look at.
pub const WARNING: Style = AnsiColor::Yellow.on_default();
/// What is in order.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What matters less.
pub const FAINT: Style = Style::new().dimmed();

/// What a command prints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    text: String,
}

impl Page {
    /// One line. A line break in it does not break the line.
    pub fn line(&mut self, text: impl Display) {
        self.spans(&[(Style::new(), &text)]);
    }

    /// One line in a style.
    pub fn styled(&mut self, style: Style, text: impl Display) {
        self.spans(&[(style, &text)]);
    }

    /// One line of parts, each with its style.
    pub fn spans(&mut self, parts: &[(Style, &dyn Display)]) {
        for (style, text) in parts {
            self.text.push_str(&painted(*style, &text.to_string()));
        }
        self.text.push('\n');
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// Lines of a text that is known to have several, with a prefix; each is escaped for itself.
    pub fn lines(&mut self, prefix: &str, text: &str) {
        for line in text.lines() {
            self.line(format_args!("{prefix}{line}"));
        }
    }

    /// A table with aligned columns.
    pub fn table(&mut self, table: &Table) {
        self.text.push_str(&table.render());
    }

    /// A value as JSON or YAML. What would not show is written as escapes of that format, so that it reads
    /// back as it was.
    pub fn document(&mut self, value: &impl serde::Serialize, format: Format) -> Result<()> {
        self.text.push_str(&document::render(value, format)?);
        Ok(())
    }

    /// The text with its styles, for tests and for further pages.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text without styles.
    pub fn plain(&self) -> String {
        anstream::adapter::strip_str(&self.text).to_string()
    }

    /// Prints to standard output, with styles if that is a terminal that wants them.
    pub fn print(&self) -> Result<()> {
        write(&mut anstream::stdout(), &self.text)
    }

    /// Prints to standard error: what does not belong to the output.
    pub fn print_beside(&self) -> Result<()> {
        write(&mut anstream::stderr(), &self.text)
    }

    /// As [`Self::print_beside`], where nobody is left to tell that it failed.
    pub fn print_error(&self) {
        let _ = self.print_beside();
    }
}

/// Prints a text of this program's own to standard output as it is, such as a script or a manifest. What comes
/// from elsewhere belongs on a [`Page`].
pub fn verbatim(text: &str) -> Result<()> {
    write(&mut std::io::stdout(), text)
}

fn write(to: &mut impl Write, text: &str) -> Result<()> {
    let written = to.write_all(text.as_bytes()).and_then(|()| to.flush());
    match written {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("failed to print"),
    }
}

fn painted(style: Style, text: &str) -> String {
    let text = escape(text);
    if style == Style::new() {
        text.into_owned()
    } else {
        format!("{style}{text}{style:#}")
    }
}

/// How long ago a moment is, in the unit that says most: `12s`, `5m`, `3h`, `2d`.
pub fn age(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(then.as_second()).max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}
