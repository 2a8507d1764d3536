//! The command line: flags that every command takes, and the list of commands. A command's own flags
//! stand with the command.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use jiff::SignedDuration;

use crate::commands::{
    approve, can_i, completion, doctor, init, pending, plan, ram_policy, receipt, reject, status, steer,
    undo, version, wait,
};

/// Read the plans of the SAS operator, and decide about them.
///
/// A plan says which calls the operator would make to Security Center. Nothing is called before
/// somebody who may has approved exactly that plan.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-sas",
    bin_name = "kubectl sas",
    version,
    after_help = EXIT_CODES,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// How to reach the API server, and as whom.
    #[command(flatten)]
    pub connection: Connection,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 failed or refused; 2 the command line is wrong; 3 the answer is no (can-i, doctor), or what \
was waited for cannot come by itself any more (wait); 4 the time to wait was over (wait).";

/// One command per variant; its flags are in `commands/`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the plans that wait for a decision.
    Pending(pending::Args),
    /// Show full plans: every call, every server, cost, risk, and what is different from before.
    Plan(plan::Args),
    /// Approve plans, exactly as they are shown.
    Approve(approve::Args),
    /// Reject plans.
    Reject(reject::RejectArgs),
    /// Take an approval or a rejection back.
    Revoke(reject::RevokeArgs),
    /// Hold all writes.
    Pause(steer::Args),
    /// Go on after a pause.
    Resume(steer::Args),
    /// Ask for a new attempt after a failure.
    Retry(steer::Args),
    /// Ask for a waiting plan to be made anew.
    Replan(steer::Args),
    /// Ask to stop what runs, by a plan that needs its own approval.
    Cancel(steer::Args),
    /// Write resources that take back what finished ones did.
    Undo(undo::Args),
    /// Show accounts, what acts in them, and how each stands.
    Status(status::Args),
    /// Wait until plans are approved, or carried out.
    Wait(wait::Args),
    /// Show what was sent to the cloud, who wanted it, and the cloud's request ids.
    Receipt(receipt::Args),
    /// Ask whether you may approve.
    CanI(can_i::Args),
    /// Look at everything that has to be right, and say how to put the rest right.
    Doctor(doctor::Args),
    /// Ask three questions and print the manifests to begin with.
    Init(init::Args),
    /// Print the least RAM policy that kinds need.
    RamPolicy(ram_policy::Args),
    /// Print a script that completes command lines of a shell.
    Completion(completion::Args),
    /// Print the versions of this program, the API server and the operator's resources.
    Version(version::Args),
}

/// How to reach the API server, and as whom. Words and meanings are kubectl's.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// Namespace.
    #[arg(long, short, global = true, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// All namespaces.
    #[arg(long, short = 'A', global = true, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// Kubeconfig to use instead of `$KUBECONFIG` or `~/.kube/config`.
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig.
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// Cluster of the kubeconfig.
    #[arg(long, global = true, value_name = "NAME")]
    pub cluster: Option<String>,
    /// User of the kubeconfig.
    #[arg(long, global = true, value_name = "NAME")]
    pub user: Option<String>,
    /// Act as this user.
    #[arg(long = "as", global = true, value_name = "USER")]
    pub impersonate: Option<String>,
    /// Act as a member of this group; may be given several times.
    #[arg(
        long = "as-group",
        global = true,
        value_name = "GROUP",
        requires = "impersonate"
    )]
    pub impersonate_groups: Vec<String>,
    /// How long to wait for an answer of the API server: `90s`, `1m`, or seconds.
    #[arg(long, global = true, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub request_timeout: Duration,
}

/// A duration as kubectl takes it: `90s`, `10m`, or a number of seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    let parsed = text.parse::<SignedDuration>().ok();
    let positive = parsed.and_then(|duration| Duration::try_from(duration).ok());
    positive.ok_or_else(|| "write a duration like 90s or 10m, or a number of seconds".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn durations_are_read_as_kubectl_reads_them() {
        for (text, seconds) in [
            ("600", 600),
            ("60s", 60),
            ("10m", 600),
            ("1h30m", 5_400),
            ("0", 0),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "-1", "-5s", "soon", "1x"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn command_line_is_consistent_and_every_command_explains_itself() {
        let mut command = Cli::command();
        command.build();
        command.clone().debug_assert();
        for command in command.get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
        }
    }
}
