//! The world that `sas-sim serve` starts with: one account, one key that may do everything, and
//! in each data centre a handful of servers that show the cases worth seeing.

use jiff::{SignedDuration, Timestamp};

use super::{
    Account, Asset, Billing, BindType, ClientStatus, ClientSubStatus, DataCentre, Edition, Group,
    InstallCode, Key, MetadataService, OidcProvider, OsType, PayAsYouGo, Quota, Rate, RateLimits, Role, Sts,
    Subscription, World, demo_alerts, demo_scans, demo_software,
};
use crate::ids::Ids;

/// The id of the account in the demo world.
pub const DEMO_ACCOUNT: &str = "1234567890123456";

impl World {
    /// The demo world; equal seeds give equal keys, and times are relative to `now`.
    pub fn demo(seed: u64, now: Timestamp) -> Self {
        let mut ids = Ids::seeded(seed);
        let key_id = format!("LTAI5t{}", ids.text(18));
        let key = Key {
            access_key_secret: ids.text(30),
            ..Key::default()
        };
        let account = Account {
            keys: [(key_id, key)].into(),
            data_centres: [
                ("cn-shanghai".to_owned(), mainland(now).into()),
                ("ap-southeast-1".to_owned(), singapore(now).into()),
            ]
            .into(),
            rate_limits: RateLimits {
                per_account: Some(Rate {
                    per_second: 200.0,
                    burst: 400.0,
                }),
                per_action: Some(Rate {
                    per_second: 50.0,
                    burst: 100.0,
                }),
                ..RateLimits::default()
            },
            roles: [("sas-operator".to_owned(), demo_role())].into(),
            oidc_providers: [("ack-demo".to_owned(), demo_provider())].into(),
        };
        Self {
            seed,
            accounts: [(DEMO_ACCOUNT.to_owned(), account)].into(),
            sts: Sts {
                // The only key of this world is the account's own.
                root_may_assume_roles: true,
                ..Sts::default()
            },
            metadata_service: MetadataService {
                account: DEMO_ACCOUNT.to_owned(),
                role: Some("sas-operator".to_owned()),
                ..MetadataService::default()
            },
            ..Self::default()
        }
    }

    /// The first key of the world that works without a token, with its secret, for whoever starts a
    /// simulator; the first of all where none does.
    pub fn first_key(&self) -> Option<(&str, &Key)> {
        let keys = || self.accounts.values().flat_map(|account| &account.keys);
        let lasting = |key: &Key| key.active && key.security_token.is_none() && key.expires_at.is_none();
        let found = keys().find(|(_, key)| lasting(key)).or_else(|| keys().next());
        found.map(|(id, key)| (id.as_str(), key))
    }
}

/// A role for all that the operator can be: a user of the account, a pod with RRSA, and a server.
fn demo_role() -> Role {
    let own = |rest: &str| format!("acs:ram::{DEMO_ACCOUNT}:{rest}");
    Role {
        trust: vec![
            own("root"),
            own("oidc-provider/ack-demo"),
            "ecs.aliyuncs.com".to_owned(),
        ],
        subjects: vec!["system:serviceaccount:sas-system:sas-operator".to_owned()],
        ..Role::default()
    }
}

fn demo_provider() -> OidcProvider {
    OidcProvider {
        issuer_url: "https://oidc-ack.example/demo".to_owned(),
        client_ids: vec!["sts.aliyuncs.com".to_owned()],
    }
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

fn server(number: u8, name: &str, region: &str) -> (String, Asset) {
    let asset = Asset {
        instance_id: format!("i-bp1demo{number:012}"),
        instance_name: name.to_owned(),
        region_id: region.to_owned(),
        vpc_instance_id: format!("vpc-{region}-demo"),
        intranet_ip: format!("10.0.0.{number}"),
        tags: vec!["demo".to_owned()],
        resource_tags: [("env".to_owned(), "demo".to_owned())].into(),
        ..Asset::default()
    };
    (uuid(number), asset)
}

/// A server that was protected so long ago that it may be unbound again.
fn bind(server: &mut Asset, edition: Edition, now: Timestamp) {
    server.auth_version = edition;
    server.auth_modified_at = now.checked_sub(days(39)).ok();
}

/// The uuid of a demo server.
pub(super) fn uuid(number: u8) -> String {
    format!("{number:08}-5a5a-4000-8000-{number:012}")
}

fn mainland(now: Timestamp) -> DataCentre {
    let mut assets: Vec<(String, Asset)> = (1..=4)
        .map(|number| server(number, &format!("web-{number}"), "cn-hangzhou"))
        .collect();
    for (_, asset) in &mut assets {
        asset.group_id = 1001;
        asset.tags.push("web".to_owned());
    }
    // A dedicated host: the physical region is not one that the ECS API knows.
    assets[3].1.region = Some("cn-hangzhou-dg-a01".to_owned());

    let (uuid, mut node) = server(5, "ack-node-1", "cn-shanghai");
    node.cluster_id = "c0ffee00000000000000000000000ac4".into();
    node.cluster_name = "demo-cluster".into();
    node.cores = 4;
    bind(&mut node, Edition::ULTIMATE, now);
    assets.push((uuid, node));

    let (uuid, mut database) = server(6, "db-1", "cn-shanghai");
    database.group_id = 1002;
    database.cores = 8;
    database.client_status = ClientStatus::Offline;
    database.client_sub_status = ClientSubStatus::Offline;
    assets.push((uuid, database));

    let (_, mut outside) = server(7, "idc-1", "outside-of-aliyun");
    outside.instance_id = "inet-203.0.113.7".into();
    outside.internet_ip = "203.0.113.7".into();
    outside.vendor = 1;
    outside.vendor_name = "OUT".into();
    bind(&mut outside, Edition::ENTERPRISE, now);
    assets.push(("inet-7a7a7a7a-0007".to_owned(), outside));

    let (uuid, mut fresh) = server(8, "build-1", "cn-hangzhou");
    fresh.client_status = ClientStatus::Offline;
    fresh.client_sub_status = ClientSubStatus::Uninstalled;
    assets.push((uuid, fresh));

    let mut assets = assets.into_iter().collect();
    demo_software::install(&mut assets, now);
    DataCentre {
        assets,
        groups: [(1001, "web"), (1002, "database")]
            .map(|(id, name)| {
                (
                    id,
                    Group {
                        name: name.to_owned(),
                    },
                )
            })
            .into(),
        install_codes: demo_codes(now),
        alerts: demo_alerts::mainland(now),
        subscription: Some(demo_subscription(now)),
        scans: demo_scans::mainland(now),
        pay_as_you_go: Some(demo_pay_as_you_go(now)),
        ..DataCentre::default()
    }
}

fn singapore(now: Timestamp) -> DataCentre {
    let mut assets =
        [9, 10].map(|number| server(number, &format!("sg-web-{}", number - 8), "ap-southeast-1"));
    bind(&mut assets[1].1, Edition::ENTERPRISE, now);
    assets[1].1.billing = Billing::PayAsYouGo;
    DataCentre {
        assets: assets.into_iter().collect(),
        alerts: demo_alerts::singapore(now),
        pay_as_you_go: Some(demo_pay_as_you_go(now)),
        ..DataCentre::default()
    }
}

fn demo_codes(now: Timestamp) -> std::collections::BTreeMap<String, InstallCode> {
    let code = |os, vendor: &str, days_left| InstallCode {
        os,
        vendor_name: vendor.to_owned(),
        expires_at: now.checked_add(days(days_left)).ok(),
        ..InstallCode::default()
    };
    [
        ("dEm0A1".to_owned(), code(OsType::Linux, "ALIYUN", 90)),
        ("dEm0B2".to_owned(), code(OsType::Windows, "OTHER", 30)),
        ("dEm0X9".to_owned(), code(OsType::Linux, "OTHER", -1)),
    ]
    .into()
}

fn demo_subscription(now: Timestamp) -> Subscription {
    let ultimate = Quota {
        bind_type: BindType::AssetAndCore,
        servers: 4,
        cores: 20,
    };
    let enterprise = Quota {
        bind_type: BindType::Asset,
        servers: 6,
        cores: 0,
    };
    Subscription {
        instance_id: "sas-demo0001".to_owned(),
        open_time: now.checked_sub(days(100)).unwrap_or(now),
        release_time: now.checked_add(days(265)).ok(),
        quotas: [(Edition::ULTIMATE, ultimate), (Edition::ENTERPRISE, enterprise)].into(),
        ..Subscription::default()
    }
}

fn demo_pay_as_you_go(now: Timestamp) -> PayAsYouGo {
    let modules = [
        "POST_HOST",
        "VUL",
        "CSPM",
        "AGENTLESS",
        "SERVERLESS",
        "CTDR",
        "SDK",
        "RASP",
    ];
    let switched = |name: &str| (name.to_owned(), matches!(name, "POST_HOST" | "VUL"));
    PayAsYouGo {
        instance_id: "postpay-sas-demo0001".to_owned(),
        open_time: now.checked_sub(days(40)).unwrap_or(now),
        modules: modules.into_iter().map(switched).collect(),
        ..PayAsYouGo::default()
    }
}
