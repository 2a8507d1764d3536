//! Asks a person. Only somebody at a terminal can answer: a script says the hashes instead.

use std::io::{IsTerminal, stdin};

use anyhow::{Context, Result, bail};

use crate::output::{Page, TITLE};

/// Whether somebody at the terminal typed `yes`.
pub fn yes(question: &str) -> Result<bool> {
    if !stdin().is_terminal() {
        bail!("there is no terminal to ask on: read the plan, then say --yes with its full hash");
    }
    let mut page = Page::default();
    page.styled(TITLE, format!("{question} Only `yes` counts:"));
    page.print_beside()?;
    let mut answer = String::new();
    stdin()
        .read_line(&mut answer)
        .context("failed to read your answer")?;
    Ok(answer.trim() == "yes")
}
