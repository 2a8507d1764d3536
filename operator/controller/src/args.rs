//! The operator's flags. Each has an environment variable of the same name. Endpoints of the cloud can
//! be set here and nowhere else: a resource must not be able to send credentials to another place.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, ValueEnum};
use sas_client::credentials::METADATA_SERVICE;

/// Runs Alibaba Cloud Security Center from custom resources. No write reaches the cloud before somebody
/// has approved exactly that write.
#[derive(Clone, Debug, Parser)]
#[command(name = "sas-operator", version)]
pub struct Args {
    /// Address of `/metrics`, `/healthz` and `/readyz`.
    #[arg(long, env = "SAS_OPERATOR_LISTEN", default_value = "0.0.0.0:8080")]
    pub listen: SocketAddr,
    /// Where logs go and what they hold.
    #[command(flatten)]
    pub log: LogArgs,
    /// Which replica works.
    #[command(flatten)]
    pub leader: LeaderArgs,
    /// Which objects are worked on.
    #[command(flatten)]
    pub work: WorkArgs,
    /// How the cloud is reached.
    #[command(flatten)]
    pub cloud: CloudArgs,
}

/// Where logs go and what they hold.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "Logs")]
pub struct LogArgs {
    /// Form of the log lines on standard error.
    #[arg(long, env = "SAS_OPERATOR_LOG_FORMAT", value_enum, default_value_t = LogFormat::Json)]
    pub log_format: LogFormat,
    /// What is logged: a level, or levels per module such as `info,sas_client=debug`.
    #[arg(long, env = "SAS_OPERATOR_LOG_FILTER", default_value = "info")]
    pub log_filter: String,
}

/// Form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For people.
    Text,
}

/// Which replica works.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "Replicas")]
pub struct LeaderArgs {
    /// Whether replicas agree on one that works. Without it only one may run.
    #[arg(long, env = "SAS_OPERATOR_LEADER_ELECT", action = clap::ArgAction::Set, default_value_t = true)]
    pub leader_elect: bool,
    /// The operator's own namespace: of its lease and its price table.
    #[arg(long, env = "SAS_OPERATOR_NAMESPACE", default_value = "sas-system")]
    pub namespace: String,
    /// Namespace of the lease, if it is another one.
    #[arg(long, env = "SAS_OPERATOR_LEASE_NAMESPACE")]
    pub lease_namespace: Option<String>,
    /// Name of the lease.
    #[arg(long, env = "SAS_OPERATOR_LEASE_NAME", default_value = "sas-operator")]
    pub lease_name: String,
    /// Name of this replica. A unique ending is added, so that no two replicas can share one.
    #[arg(long, env = "HOSTNAME", default_value = "sas-operator")]
    pub identity: String,
}

/// Which objects are worked on.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "Work")]
pub struct WorkArgs {
    /// The only namespace that is watched; all are without it.
    #[arg(long, env = "SAS_OPERATOR_WATCH_NAMESPACE")]
    pub watch_namespace: Option<String>,
    /// Objects of one kind in one namespace and account that are worked on at the same time.
    #[arg(long, env = "SAS_OPERATOR_CONCURRENCY", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub concurrency: u16,
    /// What happens while the admission policies in `config/policy` do not act.
    #[arg(long, env = "SAS_OPERATOR_GUARD", value_enum, default_value_t = GuardMode::Enforce)]
    pub guard: GuardMode,
    /// ConfigMap in the operator's namespace with prices under the key `prices.yaml`.
    #[arg(long, env = "SAS_OPERATOR_PRICE_TABLE")]
    pub price_table: Option<String>,
    /// ConfigMap in the operator's namespace that says under the key `recommendations.yaml` what is proposed
    /// for which alert. While it does not exist, the operator's own table counts.
    #[arg(
        long,
        env = "SAS_OPERATOR_RECOMMENDATION_TABLE",
        default_value = "sas-recommendations"
    )]
    pub recommendation_table: String,
}

/// What happens while nobody but the operator guards the approvals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GuardMode {
    /// Nothing is written to the cloud.
    Enforce,
    /// Approved plans are carried out. Whoever may change an object can then approve it.
    Advisory,
}

/// How the cloud is reached.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "Cloud")]
pub struct CloudArgs {
    /// Base URL that replaces the endpoints of Security Center; `{region}` in it stands for the region.
    #[arg(long, env = "SAS_OPERATOR_SAS_ENDPOINT")]
    pub sas_endpoint: Option<String>,
    /// Base URL that replaces the endpoints of the Security Token Service.
    #[arg(long, env = "SAS_OPERATOR_STS_ENDPOINT")]
    pub sts_endpoint: Option<String>,
    /// File with further CA certificates in PEM that the cloud's endpoints may have.
    #[arg(long, env = "SAS_OPERATOR_EXTRA_CA")]
    pub extra_ca: Option<PathBuf>,
    /// Whether the proxy variables of the environment are honoured on the way to the cloud.
    #[arg(long, env = "SAS_OPERATOR_USE_PROXY", action = clap::ArgAction::Set, default_value_t = false)]
    pub use_proxy: bool,
    /// Base URL of the instance metadata service, where the role of the operator's server is asked for keys.
    #[arg(long, env = "SAS_OPERATOR_METADATA_SERVICE", default_value = METADATA_SERVICE)]
    pub metadata_service: String,
    /// Namespaces, besides the operator's own, whose SasAccounts may act as the operator itself: by the role
    /// of its service account (`rrsa`) or of its server (`ecsRole`). `*` allows all.
    #[arg(long, env = "SAS_OPERATOR_OWN_IDENTITY_NAMESPACES", value_delimiter = ',')]
    pub own_identity_namespaces: Vec<String>,
    /// Calls per second, per account and action.
    #[arg(long, env = "SAS_OPERATOR_RATE_LIMIT", default_value = "10")]
    pub rate_limit: NonZeroU32,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_are_consistent_and_each_has_its_variable() {
        let command = Args::command();
        command.clone().debug_assert();
        for argument in command
            .get_arguments()
            .filter(|argument| argument.get_id() != "help" && argument.get_id() != "version")
        {
            let name = argument.get_id().as_str().to_uppercase();
            let variable = argument
                .get_env()
                .map(|variable| variable.to_string_lossy().into_owned());
            let expected = if name == "IDENTITY" {
                "HOSTNAME".to_owned()
            } else {
                format!("SAS_OPERATOR_{name}")
            };
            assert_eq!(variable, Some(expected));
        }
    }

    #[test]
    fn switches_take_a_value_and_nonsense_is_refused() {
        let parse = |args: &[&str]| Args::try_parse_from([&["sas-operator"], args].concat());
        assert!(!parse(&["--leader-elect", "false"]).unwrap().leader.leader_elect);
        assert!(
            parse(&["--leader-elect=true", "--use-proxy=true"])
                .unwrap()
                .cloud
                .use_proxy
        );
        for wrong in [
            &["--concurrency", "0"][..],
            &["--rate-limit", "0"],
            &["--listen", "8080"],
            &["--log-format", "xml"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
