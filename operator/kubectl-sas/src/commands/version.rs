//! `kubectl sas version`: this program, the API server, and the version of the resources that it serves.

use anyhow::Result;
use sas_api::{GROUP, VERSION};
use serde::Serialize;

use super::Ended;
use crate::args::Connection;
use crate::cluster::Cluster;
use crate::failure;
use crate::output::{Format, Page};

/// Flags of `version`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ask no API server.
    #[arg(long)]
    client: bool,
    /// Format.
    #[arg(long, short, value_name = "FORMAT")]
    output: Option<Format>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Versions {
    client: &'static str,
    resources: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
}

/// Prints the versions. The API server is asked unless `--client` is given.
pub async fn run(args: &Args, connection: &Connection) -> Result<Ended> {
    let mut versions = Versions {
        client: env!("CARGO_PKG_VERSION"),
        resources: format!("{GROUP}/{VERSION}"),
        server: None,
    };
    let mut page = Page::default();
    if !args.client {
        let cluster = Cluster::connect(connection).await?;
        let server = cluster.client.apiserver_version().await;
        let server = server.map_err(|error| failure::of_api("ask for the API server's version", error))?;
        versions.server = Some(server.git_version);
    }
    if let Some(format) = args.output {
        page.document(&versions, format)?;
    } else {
        page.line(format!(
            "kubectl-sas {}, for {}",
            versions.client, versions.resources
        ));
        if let Some(server) = &versions.server {
            page.line(format!("API server {server}"));
        }
    }
    page.print()?;
    Ok(Ended::Well)
}
