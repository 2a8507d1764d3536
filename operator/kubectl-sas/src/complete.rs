//! What kubectl asks `kubectl_complete-sas`: candidates for the last word of a command line, one a line with
//! a description after a tab, and a directive in the last line, as the Cobra library defines them. It never
//! fails: who presses TAB wants no error in the middle of the line.

mod line;
mod names;

use std::process::ExitCode;

use clap::CommandFactory;

use self::line::Wanted;
use crate::args::Cli;
use crate::output::{escape, verbatim};

/// The name of this program when kubectl asks it for candidates.
pub const PROGRAM: &str = "kubectl_complete-sas";

/// The shell must not offer files.
const NO_FILES: u8 = 4;
/// The shell may offer files.
const FILES: u8 = 0;

/// A word that may stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The word.
    pub word: String,
    /// What it is.
    pub about: String,
}

impl Candidate {
    /// A word with what it is.
    pub fn new(word: impl Into<String>, about: impl Into<String>) -> Self {
        Self {
            word: word.into(),
            about: about.into(),
        }
    }
}

/// Prints the candidates for the last of these words, which is empty where a new one begins.
pub fn run(words: &[String]) -> ExitCode {
    let line = line::read(Cli::command(), words);
    let candidates = match line.wanted {
        Wanted::Words(candidates) => candidates,
        Wanted::File => return print(&[], FILES),
        ref asked => names::look(asked, &line),
    };
    let fitting: Vec<Candidate> = candidates
        .into_iter()
        .filter(|candidate| candidate.word.starts_with(&line.begun))
        .collect();
    print(&fitting, NO_FILES)
}

fn print(candidates: &[Candidate], directive: u8) -> ExitCode {
    let lines = candidates.iter().map(|Candidate { word, about }| {
        // Names come from a cluster; nothing in them may end the line.
        format!("{}\t{}\n", escape(word), escape(about))
    });
    let text = lines.chain([format!(":{directive}\n")]).collect::<String>();
    let _ = verbatim(&text);
    ExitCode::SUCCESS
}
