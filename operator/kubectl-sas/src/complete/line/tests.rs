//! What is offered after the beginnings of lines.

use clap::CommandFactory;

use super::*;
use crate::args::Cli;

fn line(text: &str) -> Line {
    let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    read(Cli::command(), &words)
}

fn words(text: &str) -> Vec<String> {
    match line(text).wanted {
        Wanted::Words(candidates) => candidates.into_iter().map(|candidate| candidate.word).collect(),
        other => vec![format!("{other:?}")],
    }
}

#[test]
fn commands_flags_and_values_are_offered() {
    assert!(words("").contains(&"pending".to_owned()));
    assert!(words("pending --o").contains(&"--output".to_owned()));
    assert_eq!(words("pending -o "), ["table", "wide", "json", "yaml"]);
    assert_eq!(words("pending --output="), ["table", "wide", "json", "yaml"]);
    assert_eq!(words("init --servers "), ["ecs", "other"]);
    assert_eq!(words("pending --no-such-flag=x"), Vec::<String>::new());
}

#[test]
fn what_the_cluster_knows_is_asked_for() {
    for (text, wanted) in [
        ("pending -n ", Wanted::Namespace),
        ("doctor --operator-namespace ", Wanted::Namespace),
        ("pending --context ", Wanted::Kubeconfig("contexts")),
        ("--kubeconfig ", Wanted::File),
        ("ram-policy ", Wanted::Kind),
        ("ram-policy sasauth ", Wanted::Kind),
    ] {
        assert_eq!(line(text).wanted, wanted, "{text}");
    }
}

#[test]
fn the_way_to_the_cluster_is_kept() {
    let line = line("-n security pending --context=test --as bob -l a=b x");
    assert_eq!(
        line.connection,
        ["-n", "security", "--context=test", "--as", "bob"]
    );
    assert_eq!(line.begun, "x");
    let unfinished = self::line("--as bob pending -n ");
    assert_eq!(unfinished.connection, ["--as", "bob"]);
}

#[test]
fn a_name_is_what_nothing_else_is() {
    let command = Command::new("sas").subcommand(
        Command::new("approve")
            .arg(Arg::new("objects").value_name("NAME").num_args(1..))
            .arg(Arg::new("yes").long("yes").action(clap::ArgAction::SetTrue)),
    );
    let words: Vec<String> = ["approve", "--yes", "web", ""].map(str::to_owned).to_vec();
    let line = read(command, &words);
    assert_eq!(line.wanted, Wanted::Object(vec!["web".to_owned()]));
    assert!(line.gated);
}
