//! The cloud's data: accounts with their keys and limits, and per account two data centres that
//! share nothing. The types are the documented JSON of `/_sim/world` and of a world file; every
//! list a person may want to patch is a map by id, and every field has a default.

mod agent;
mod agent_settings;
mod alert;
mod alert_settings;
mod alert_subject;
mod asset;
mod assets;
mod assistant;
mod authorisation;
mod billing;
mod centre;
mod check;
mod demo;
mod demo_alerts;
mod demo_scans;
mod demo_software;
mod edition;
mod handling;
mod indexed;
pub mod installation;
mod key;
mod notice;
mod quarantine;
mod read;
mod role;
pub mod scans;
mod settings;
mod software;
mod whitelist;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use agent::{Client, ClientStatus, ClientSubStatus, EarlierClient};
pub use agent_settings::{AgentSettings, AssistantSettings, GroupSettings, GroupUpdate};
pub use alert::{Alert, EventStatus, Level};
pub use alert_settings::{AlertSettings, HandledAgain, WhitelistFit, WhitelistedEvent};
pub use alert_subject::{MarkField, SuspiciousContainer, SuspiciousFile, SuspiciousProcess};
pub use asset::{Asset, EarlierGroup, OsType};
pub use assets::{Assets, Holding};
pub use assistant::{
    CloudAssistant, Command, CommandType, Container, Invocation, RepeatMode, Run, RunStatus, Script,
};
pub use authorisation::{Authorisation, Billing, Shown};
pub use billing::{BindType, Edr, PayAsYouGo, Quota, Serverless, Subscription};
pub use centre::{DEFAULT_GROUP, DataCentre, Group, InstallCode};
pub use demo::DEMO_ACCOUNT;
pub use edition::Edition;
pub use handling::{Handling, Progress, SUCCESS};
pub use indexed::IndexedCentre;
pub use installation::Installation;
pub use key::Key;
pub use quarantine::{QuarantinedFile, Step};
pub use read::WorldError;
pub use role::{MetadataService, OidcProvider, OidcProviders, Role, Roles, Sts};
pub use settings::{Settings, UnknownCriteria};
pub use software::Software;
pub use whitelist::{MatchType, WhitelistRule};

/// Everything the simulated cloud knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct World {
    /// Seed of everything made up later: request ids, install codes.
    pub seed: u64,
    /// Accounts by their 16-digit id.
    pub accounts: BTreeMap<String, Account>,
    /// How keys of roles are handed out.
    pub sts: Sts,
    /// The metadata service of one server; absent means that it knows no role.
    pub metadata_service: MetadataService,
    /// Accept requests of the machine's own time beside those of the simulated time. The vendor's SDKs do not
    /// correct their clock, and would be refused as soon as the simulated time is 15 minutes away.
    pub accept_real_time: bool,
}

impl Default for World {
    fn default() -> Self {
        Self {
            seed: 0,
            accounts: BTreeMap::new(),
            sts: Sts::default(),
            metadata_service: MetadataService::default(),
            accept_real_time: true,
        }
    }
}

/// One cloud account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Account {
    /// Access keys by their id.
    pub keys: BTreeMap<String, Key>,
    /// Data centres by name: `cn-shanghai`, `ap-southeast-1`.
    pub data_centres: BTreeMap<String, IndexedCentre>,
    /// RAM roles by name.
    pub roles: Roles,
    /// OIDC identity providers by name.
    pub oidc_providers: OidcProviders,
    /// When the gateway throttles.
    pub rate_limits: RateLimits,
}

/// Token buckets of one account; without a rate there is no limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RateLimits {
    /// All actions together: beyond it `Throttling.User`.
    pub per_account: Option<Rate>,
    /// Each action that has no rate of its own: beyond it `Throttling.Api`.
    pub per_action: Option<Rate>,
    /// Single actions by name.
    pub actions: BTreeMap<String, Rate>,
    /// Whether a refusal says in `x-acs-retry-after` when a token is back.
    pub retry_after: bool,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            per_account: None,
            per_action: None,
            actions: BTreeMap::new(),
            retry_after: true,
        }
    }
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rate {
    /// Tokens that come back per simulated second.
    pub per_second: f64,
    /// Tokens of a full bucket.
    pub burst: f64,
}

impl Default for Rate {
    fn default() -> Self {
        // The vendor publishes 10 calls per second for the few actions it publishes anything for.
        Self {
            per_second: 10.0,
            burst: 10.0,
        }
    }
}

impl World {
    /// The JSON Schema of a world, for editors and for the manual.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }

    /// The account, key and caller that an access key id stands for.
    pub fn key(&self, access_key_id: &str) -> Option<(&str, &Key)> {
        self.accounts
            .iter()
            .find_map(|(id, account)| Some((id.as_str(), account.keys.get(access_key_id)?)))
    }

    /// A data centre of an account, created empty when it was not there.
    pub fn centre(&mut self, account: &str, name: &str) -> &mut DataCentre {
        let account = self.accounts.entry(account.to_owned()).or_default();
        account.data_centres.entry(name.to_owned()).or_default()
    }

    /// Adds a key that may do everything, for tests and small worlds.
    pub fn with_key(mut self, account: &str, access_key_id: &str, secret: &str) -> Self {
        let key = Key {
            access_key_secret: secret.to_owned(),
            ..Key::default()
        };
        let account = self.accounts.entry(account.to_owned()).or_default();
        account.keys.insert(access_key_id.to_owned(), key);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_and_json_read_the_same_world() {
        let yaml = "
seed: 7
accounts:
  '1000000000000001':
    keys:
      LTAI1: {accessKeySecret: s, allow: ['yundun-sas:Describe*']}
    dataCentres:
      cn-shanghai:
        groups: {11: {name: blue}}
        subscription: {instanceID: sas-1, quotas: {7: {bindType: ASSET_AND_CORE, servers: 3, cores: 20}}}
        assets:
          u-1: {instanceID: i-1, regionID: cn-hangzhou, cores: 4}
";
        let world = World::parse(yaml).unwrap();
        let centre = &world.accounts["1000000000000001"].data_centres["cn-shanghai"];
        assert_eq!(centre.groups[&11].name, "blue");
        assert_eq!(
            centre.subscription.as_ref().unwrap().quotas[&Edition::ULTIMATE].cores,
            20
        );
        let json = serde_json::to_string(&world).unwrap();
        assert_eq!(World::parse(&json).unwrap(), world);
    }

    #[test]
    fn the_demo_world_survives_its_own_json() {
        let world = World::demo(1, jiff::Timestamp::now());
        let text = serde_json::to_string(&world).unwrap();
        assert_eq!(World::parse(&text).unwrap(), world);
    }

    #[test]
    fn the_world_of_the_manual_is_read() {
        let manual = include_str!("../../../../docs/simulator.md");
        let example = manual
            .split("```yaml\n")
            .nth(1)
            .unwrap()
            .split("```")
            .next()
            .unwrap();
        let world = World::parse(example).unwrap();
        let centre = &world.accounts[DEMO_ACCOUNT].data_centres["cn-shanghai"];
        assert_eq!((centre.assets.len(), centre.install_codes.len()), (1, 1));
    }
}
