//! Reads a command line that is not finished: which command it is, which flags were given, and what may
//! come next. Pure, over the description that clap has of this program.

use clap::{Arg, Command};

use super::Candidate;

/// What may come next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// One of these words.
    Words(Vec<Candidate>),
    /// A file.
    File,
    /// A namespace.
    Namespace,
    /// A name of the kubeconfig: a `context`, `cluster` or `user`.
    Kubeconfig(&'static str),
    /// A kind.
    Kind,
    /// An object, after these words.
    Object(Vec<String>),
}

/// A line up to its last word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What may come next.
    pub wanted: Wanted,
    /// How the last word begins.
    pub begun: String,
    /// Flags about the connection, as they were given.
    pub connection: Vec<String>,
    /// Whether the command is about objects that write only.
    pub gated: bool,
}

/// The command about objects of every kind.
const ABOUT_ALL_KINDS: &str = "status";

/// Reads the words after the program's name.
pub fn read(mut program: Command, words: &[String]) -> Line {
    program.build();
    let connection_flags: Vec<String> = program
        .get_arguments()
        .filter(|argument| argument.is_global_set())
        .map(|argument| argument.get_id().to_string())
        .collect();
    let (begun, before) = words
        .split_last()
        .map_or(("", words), |(last, before)| (last.as_str(), before));
    let mut command = &program;
    let (mut connection, mut given, mut pending) = (Vec::new(), Vec::new(), None::<&Arg>);
    let mut only_words = false;
    for word in before {
        if let Some(argument) = pending.take() {
            if connection_flags.contains(&argument.get_id().to_string()) {
                connection.push(word.clone());
            }
        } else if only_words || !word.starts_with('-') || word == "-" {
            match command.find_subcommand(word) {
                Some(found) if !only_words => command = found,
                _ => given.push(word.clone()),
            }
        } else if word == "--" {
            only_words = true;
        } else if let Some((argument, has_value)) = flag(command, word) {
            if connection_flags.contains(&argument.get_id().to_string()) {
                connection.push(word.clone());
            }
            pending = (argument.get_action().takes_values() && !has_value).then_some(argument);
        }
    }
    if pending.is_some_and(|argument| connection_flags.contains(&argument.get_id().to_string())) {
        // A flag whose value is still being typed.
        connection.pop();
    }
    let gated = command.get_name() != ABOUT_ALL_KINDS;
    let (wanted, begun) = match (pending, begun.split_once('=')) {
        (Some(argument), _) => (of_value(argument), begun),
        // The shell has cut the word at its `=` already, or wants it back as a whole.
        (None, Some((name, value))) if begun.starts_with("--") && !only_words => match flag(command, name) {
            Some((argument, _)) => (of_value(argument), value),
            None => (Wanted::Words(Vec::new()), begun),
        },
        (None, _) if begun.starts_with('-') && !only_words => (flags(command), begun),
        (None, _) => (next(command, given), begun),
    };
    Line {
        wanted,
        begun: begun.to_owned(),
        connection,
        gated,
    }
}

/// The flag that a word gives, and whether the word holds its value.
fn flag<'a>(command: &'a Command, word: &str) -> Option<(&'a Arg, bool)> {
    let mut arguments = command.get_arguments();
    if let Some(long) = word.strip_prefix("--") {
        let (name, has_value) = long
            .split_once('=')
            .map_or((long, false), |(name, _)| (name, true));
        let found = arguments.find(|argument| argument.get_long() == Some(name))?;
        return Some((found, has_value));
    }
    let mut letters = word.strip_prefix('-')?.chars();
    let letter = letters.next()?;
    let found = arguments.find(|argument| argument.get_short() == Some(letter))?;
    Some((found, letters.next().is_some()))
}

fn flags(command: &Command) -> Wanted {
    let visible = command.get_arguments().filter(|argument| !argument.is_hide_set());
    let flags = visible.filter_map(|argument| {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        Some(Candidate::new(format!("--{}", argument.get_long()?), help))
    });
    Wanted::Words(flags.collect())
}

/// What a flag or an argument takes.
fn of_value(argument: &Arg) -> Wanted {
    match argument.get_id().as_str() {
        "context" => return Wanted::Kubeconfig("contexts"),
        "cluster" => return Wanted::Kubeconfig("clusters"),
        "user" => return Wanted::Kubeconfig("users"),
        _ => {}
    }
    let name = argument.get_value_names().and_then(|names| names.first());
    match name.map(clap::builder::Str::as_str) {
        Some("NAMESPACE") => Wanted::Namespace,
        Some("FILE") => Wanted::File,
        Some("KIND") => Wanted::Kind,
        _ => {
            let values = argument.get_possible_values().into_iter();
            let visible = values.filter(|value| !value.is_hide_set());
            let words = visible.map(|value| {
                let help = value.get_help().map(ToString::to_string).unwrap_or_default();
                Candidate::new(value.get_name(), help)
            });
            Wanted::Words(words.collect())
        }
    }
}

/// A subcommand, or the next argument that has no flag.
fn next(command: &Command, given: Vec<String>) -> Wanted {
    if command.has_subcommands() {
        let visible = command.get_subcommands().filter(|command| !command.is_hide_set());
        let words = visible.map(|command| {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            Candidate::new(command.get_name(), about)
        });
        return Wanted::Words(words.collect());
    }
    let positionals: Vec<&Arg> = command.get_positionals().collect();
    let repeats = |argument: &&Arg| {
        argument
            .get_num_args()
            .is_some_and(|range| range.max_values() > 1)
    };
    let found = positionals
        .get(given.len())
        .copied()
        .or_else(|| positionals.last().copied().filter(repeats));
    let Some(argument) = found else {
        return Wanted::Words(Vec::new());
    };
    match of_value(argument) {
        // What is neither a list of words nor a thing of its own is the name of an object.
        Wanted::Words(words) if words.is_empty() => Wanted::Object(given),
        other => other,
    }
}

#[cfg(test)]
mod tests;
