//! The simulated cloud of one test: an account with a key and a handful of servers, ways to change
//! them behind the operator's back, and questions to the request log. The log is the judge: what it
//! does not show did not happen, and what it shows as committed did.

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use sas_sim::action::Effect;
use sas_sim::world::{
    Account, Asset, Billing, BindType, ClientStatus, DataCentre, Edition, Group, Key, PayAsYouGo, Quota,
    Settings, Subscription,
};
use sas_sim::{ClockChange, FaultKind, Record, Rule, Simulator};

/// Id of the account.
pub const ACCOUNT: &str = "1600000000000016";
/// Id of its access key.
pub const ACCESS_KEY: &str = "LTAI5tFlowTests000000016";
/// Secret of its access key: a text that must appear nowhere.
pub const ACCESS_KEY_SECRET: &str = "canaryAccessKeySecret0123456789";
/// `MergedVersion`: a number that must appear nowhere.
pub const MERGED_VERSION: i32 = 918_273_645;
/// Name of the data centre in use.
pub const CENTRE: &str = "cn-shanghai";
/// Group of the web servers.
pub const WEB_GROUP: i64 = 1001;

/// The action that changes the edition of servers of a subscription.
pub const BIND: &str = "BindAuthToMachine";
/// The action that changes the edition of servers that are paid by use.
pub const BIND_POST_PAID: &str = "UpdatePostPaidBindRel";
/// The action that makes an install code.
pub const ADD_CODE: &str = "AddInstallCode";
/// The action that lists servers.
pub const LIST_SERVERS: &str = "DescribeCloudCenterInstances";
/// The action that lists install codes.
pub const LIST_CODES: &str = "DescribeInstallCodes";

/// UUID of web server `number`, counted from 1.
pub fn web(number: u32) -> String {
    format!("{number:08x}-f10e-4000-8000-{number:012x}")
}

/// Instance id of web server `number`.
pub fn instance(number: u32) -> String {
    format!("i-bp1flow{number:012}")
}

fn web_server(number: u32) -> Asset {
    Asset {
        instance_id: instance(number),
        instance_name: format!("web-{number}"),
        intranet_ip: format!("10.16.0.{number}"),
        group_id: WEB_GROUP,
        tags: vec!["web".to_owned()],
        ..Asset::default()
    }
}

fn subscription(now: Timestamp) -> Subscription {
    let quota = |servers| Quota {
        bind_type: BindType::Asset,
        servers,
        cores: 0,
    };
    Subscription {
        instance_id: "sas-flow0001".to_owned(),
        open_time: now,
        release_time: now.checked_add(SignedDuration::from_hours(24 * 200)).ok(),
        quotas: [(Edition::ULTIMATE, quota(10)), (Edition::ENTERPRISE, quota(5))].into(),
        ..Subscription::default()
    }
}

/// The pay-as-you-go contract of an account that uses it.
pub fn pay_as_you_go(now: Timestamp) -> PayAsYouGo {
    PayAsYouGo {
        instance_id: "postpay-sas-flow0001".to_owned(),
        open_time: now,
        modules: [("POST_HOST".to_owned(), true)].into(),
        ..PayAsYouGo::default()
    }
}

/// A cloud with three web servers without a paid edition, a subscription with free licences and two alerts.
pub fn world() -> sas_sim::World {
    let now = Timestamp::now();
    let centre = DataCentre {
        assets: (1..=3).map(|number| (web(number), web_server(number))).collect(),
        groups: [(
            WEB_GROUP,
            Group {
                name: "web".to_owned(),
            },
        )]
        .into(),
        subscription: Some(subscription(now)),
        alerts: crate::alerts::usual(),
        settings: Settings {
            merged_version: MERGED_VERSION,
            ..Settings::default()
        },
        ..DataCentre::default()
    };
    let key = Key {
        access_key_secret: ACCESS_KEY_SECRET.to_owned(),
        user_name: Some("sas-operator".to_owned()),
        ..Key::default()
    };
    let account = Account {
        keys: [(ACCESS_KEY.to_owned(), key)].into(),
        data_centres: [(CENTRE.to_owned(), centre.into())].into(),
        ..Account::default()
    };
    sas_sim::World {
        seed: 16,
        accounts: [(ACCOUNT.to_owned(), account)].into(),
        ..sas_sim::World::default()
    }
}

/// A world whose first web server has the edition Ultimate and may lose it.
pub fn bound_world() -> Result<sas_sim::World> {
    let mut world = world();
    let centre = world.centre(ACCOUNT, CENTRE);
    let subscription = centre.subscription.as_mut();
    subscription.context("a subscription is there")?.allow_user_unbind = true;
    let asset = centre.assets.get_mut(&web(1)).context("web-1 is there")?;
    (asset.auth_version, asset.billing) = (Edition::ULTIMATE, Billing::Subscription);
    Ok(world)
}

/// A world whose changes are to be seen after so many seconds only.
pub fn lagging_world(seconds: i64) -> sas_sim::World {
    let mut world = world();
    let settings = &mut world.centre(ACCOUNT, CENTRE).settings;
    (settings.lag_seconds, settings.install_code_lag_seconds) = (seconds, seconds);
    settings.alerts.processing_seconds = seconds;
    world
}

/// The access key of a world, to be changed.
pub fn key_of(world: &mut sas_sim::World) -> &mut Key {
    let account = world.accounts.entry(ACCOUNT.to_owned()).or_default();
    account.keys.entry(ACCESS_KEY.to_owned()).or_default()
}

/// A world with so many web servers.
pub fn world_of(servers: u32) -> sas_sim::World {
    let mut world = world();
    let centre = world.centre(ACCOUNT, CENTRE);
    centre.assets = (1..=servers)
        .map(|number| (web(number), web_server(number)))
        .collect();
    for quota in centre.subscription.iter_mut().flat_map(|s| s.quotas.values_mut()) {
        quota.servers = i64::from(servers);
    }
    world
}

/// The cloud of one test.
#[derive(Debug)]
pub struct Cloud {
    simulator: Simulator,
}

impl Cloud {
    /// Starts a cloud that answers on a loopback port.
    pub fn start(world: sas_sim::World) -> Result<Self> {
        let simulator = Simulator::start(world).context("failed to start the simulator")?;
        Ok(Self { simulator })
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        self.simulator.url()
    }

    /// Changes the data centre in use behind the operator's back.
    pub fn change<R>(&self, work: impl FnOnce(&mut DataCentre) -> R) -> R {
        self.simulator
            .with(|state| work(state.world.centre(ACCOUNT, CENTRE)))
    }

    /// Changes the account.
    pub fn change_account(&self, work: impl FnOnce(&mut Account)) {
        self.simulator
            .with(|state| work(state.world.accounts.entry(ACCOUNT.to_owned()).or_default()));
    }

    /// Changes the access key.
    pub fn change_key(&self, work: impl FnOnce(&mut Key)) {
        self.simulator.with(|state| work(key_of(&mut state.world)));
    }

    /// Replaces the access key by another one with the same rights.
    pub fn rotate_key(&self, access_key: &str, secret: &str) {
        self.simulator.with(|state| {
            let account = state.world.accounts.entry(ACCOUNT.to_owned()).or_default();
            let mut key = account.keys.remove(ACCESS_KEY).unwrap_or_default();
            secret.clone_into(&mut key.access_key_secret);
            account.keys.insert(access_key.to_owned(), key);
        });
    }

    /// Lets time pass in the cloud at once.
    pub fn step_clock(&self, seconds: f64) -> Result<()> {
        let step = ClockChange {
            step_seconds: Some(seconds),
            ..ClockChange::default()
        };
        Ok(self.simulator.change_clock(&step)?)
    }

    /// Adds another web server.
    pub fn add_web_server(&self, number: u32) {
        self.change(|centre| centre.assets.insert(web(number), web_server(number)));
    }

    /// Sets the agent of a web server online or offline.
    pub fn set_agent(&self, number: u32, status: ClientStatus) {
        self.change(|centre| {
            if let Some(asset) = centre.assets.get_mut(&web(number)) {
                asset.client_status = status;
            }
        });
    }

    /// Gives a web server an edition behind the operator's back.
    pub fn set_edition(&self, number: u32, edition: Edition) {
        self.change(|centre| {
            if let Some(asset) = centre.assets.get_mut(&web(number)) {
                asset.auth_version = edition;
            }
        });
    }

    /// The edition of a web server.
    pub fn edition(&self, number: u32) -> Option<Edition> {
        self.change(|centre| centre.assets.get(&web(number)).map(|asset| asset.auth_version))
    }

    /// The secret install codes.
    pub fn install_codes(&self) -> Vec<String> {
        self.change(|centre| centre.install_codes.keys().cloned().collect())
    }

    /// Makes the next calls of an action go wrong.
    pub fn fault(&self, rule: Rule) -> Result<()> {
        self.simulator.add_fault(rule)?;
        Ok(())
    }

    /// Makes the next call of an action go wrong in this way.
    pub fn fault_once(&self, kind: FaultKind, action: &str) -> Result<()> {
        self.fault(Rule::new(kind).on(action).times(1))
    }

    /// How many requests faults of this kind have hit.
    pub fn hits(&self, kind: FaultKind) -> u64 {
        self.simulator.with(|state| {
            let rules = state.faults.rules().iter();
            rules
                .filter(|installed| installed.rule.kind == kind)
                .map(|installed| installed.hits)
                .sum()
        })
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.simulator.with(|state| state.faults.clear());
    }

    /// All requests, oldest first.
    pub fn requests(&self) -> Vec<Record> {
        self.simulator.requests()
    }

    /// Number of the last request: a mark for later questions.
    pub fn mark(&self) -> u64 {
        self.requests().last().map_or(0, |last| last.seq)
    }

    /// Requests of an action.
    pub fn requests_of(&self, action: &str) -> Vec<Record> {
        let mut requests = self.requests();
        requests.retain(|request| request.action == action);
        requests
    }

    /// Everything that asked the cloud to change something, carried out or not.
    pub fn write_attempts(&self) -> Vec<Record> {
        let mut requests = self.requests();
        requests.retain(|request| request.effect != Some(Effect::Read));
        requests
    }

    /// Everything that the cloud carried out.
    pub fn committed(&self) -> Vec<Record> {
        let mut requests = self.requests();
        requests.retain(|request| request.committed);
        requests
    }

    /// The actions of everything that the cloud carried out, in order.
    pub fn carried_out(&self) -> Vec<String> {
        let committed = self.committed().into_iter();
        committed.map(|write| write.action).collect()
    }

    /// Proves that nothing asked the cloud to change anything.
    pub fn assert_no_write(&self) {
        let attempts = self.write_attempts();
        assert!(
            attempts.is_empty(),
            "the cloud was asked to change something: {attempts:#?}"
        );
    }

    /// The one write that the cloud carried out; proves that it was one, of this action.
    pub fn only_write(&self, action: &str) -> Record {
        let mut committed = self.committed();
        assert_eq!(committed.len(), 1, "one committed write expected: {committed:#?}");
        let write = committed.remove(0);
        assert_eq!(write.action, action);
        assert!(!write.dry_run);
        write
    }
}
