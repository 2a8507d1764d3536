//! What is asked for: the ways in which a client looks for servers, and the account's summary.

use std::collections::BTreeMap;

use anyhow::ensure;
use serde_json::{Value, json};

use crate::program::{self, SERVERS};

/// One kind of read.
#[derive(Clone, Copy)]
pub enum Shape {
    Uuid,
    InstanceId,
    HundredUuids,
    FirstPage,
    PageOf100,
    NextToken,
    Offline,
    Summary,
}

impl Shape {
    pub const ALL: [Self; 8] = [
        Self::Uuid,
        Self::InstanceId,
        Self::HundredUuids,
        Self::FirstPage,
        Self::PageOf100,
        Self::NextToken,
        Self::Offline,
        Self::Summary,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::InstanceId => "instance-id",
            Self::HundredUuids => "100-uuids",
            Self::FirstPage => "first-page-20",
            Self::PageOf100 => "page-of-100",
            Self::NextToken => "next-token-20",
            Self::Offline => "offline-20",
            Self::Summary => "summary",
        }
    }

    pub fn action(self) -> &'static str {
        match self {
            Self::Summary => "GetAuthSummary",
            _ => "DescribeCloudCenterInstances",
        }
    }

    /// The parameters of the `n`th request, of which each asks for other servers.
    pub fn parameters(self, n: usize) -> BTreeMap<String, String> {
        let server = n * 7919 % SERVERS;
        let criteria = |name: &str, value: &str| json!([{"name": name, "value": value}]).to_string();
        let parameters = match self {
            Self::Summary | Self::FirstPage => vec![],
            Self::Uuid => vec![("Criteria", criteria("uuid", &program::uuid(server)))],
            Self::InstanceId => vec![("Criteria", criteria("instanceId", &program::instance_id(server)))],
            Self::HundredUuids => {
                let uuids = (0..100).map(|step| program::uuid((server + step * 97) % SERVERS));
                let uuids = uuids.collect::<Vec<_>>().join(",");
                vec![
                    ("Criteria", criteria("uuidList", &uuids)),
                    ("PageSize", "100".to_owned()),
                ]
            }
            Self::PageOf100 => vec![
                ("CurrentPage", (n % (SERVERS / 100) + 1).to_string()),
                ("PageSize", "100".to_owned()),
            ],
            Self::NextToken => vec![("UseNextToken", "true".to_owned())],
            Self::Offline => vec![("Criteria", criteria("clientStatus", "offline"))],
        };
        let owned = |(name, value): (&str, String)| (name.to_owned(), value);
        parameters.into_iter().map(owned).collect()
    }

    /// Whether an answer holds what was asked for.
    pub fn check(self, body: &Value) -> anyhow::Result<()> {
        let (found, expected) = match self {
            Self::Summary => (body["Machine"]["TotalEcsCount"].as_u64(), SERVERS as u64),
            _ => (
                body["Instances"].as_array().map(|rows| rows.len() as u64),
                match self {
                    Self::Uuid | Self::InstanceId => 1,
                    Self::HundredUuids | Self::PageOf100 => 100,
                    _ => 20,
                },
            ),
        };
        ensure!(
            found == Some(expected),
            "failed to find {expected} servers: {found:?}"
        );
        Ok(())
    }
}
