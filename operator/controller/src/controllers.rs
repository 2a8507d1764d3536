//! The controllers of all kinds: what they share, and one way each to start a kind that writes, one that
//! only looks, and one that has nothing to do in the cloud.

use std::num::NonZeroU32;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use kube::core::DeserializeGuard;
use kube::runtime::{Controller, watcher};
use kube::{Api, Client};
use sas_api::kinds::{SasAccount, SasApprovalPolicy};
use sas_engine::events::Events;
use sas_engine::operation::Reported;
use sas_engine::runner::{self, run_operation, run_report};
use sas_engine::{Context, Guard, LookAtGuard, Operation, Report, Timing, metrics};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::accounts::{InAccount, SasAccounts};
use crate::guard;
use crate::in_cluster::{AccountsInCluster, SasInCluster};
use crate::local::{Local, NoAccount};
use crate::sas::Sas;
use crate::standing::{Handle, Policies};
use crate::triggers::on_account;

const NAME: &str = "sas-operator";
/// Events per second that may be published.
const EVENTS_PER_SECOND: NonZeroU32 = NonZeroU32::new(5).expect("5 is not 0");

/// What the controllers of all kinds have in common.
pub struct Setting {
    /// The API server.
    pub client: Client,
    /// The only namespace whose objects are looked at; all of them if `None`.
    pub namespace: Option<String>,
    /// Objects of one kind, namespace and account that are passed over at once.
    pub concurrency: u16,
    /// What the API server enforces.
    pub guard: watch::Receiver<Guard>,
    /// Has that looked at at once.
    pub look_at_guard: LookAtGuard,
    /// Metrics of the engine.
    pub metrics: metrics::Metrics,
    /// Ends everything.
    pub shutdown: CancellationToken,
}

impl Setting {
    /// A controller of a kind that nothing runs yet.
    pub fn controller<K: Reported>(&self) -> Controller<DeserializeGuard<K>> {
        runner::controller::<K>(self.client.clone(), self.namespace.as_deref())
            .reconcile_all_on(guard::beats(&self.guard))
    }

    /// A controller of a kind for whose resources others of the kind `C` are created.
    pub fn parent<K: Reported, C: Reported>(&self) -> Controller<DeserializeGuard<K>> {
        let client = self.client.clone();
        let children: Api<DeserializeGuard<C>> = match &self.namespace {
            Some(namespace) => Api::namespaced(client, namespace),
            None => Api::all(client),
        };
        self.controller::<K>().owns(children, watcher::Config::default())
    }
}

/// The running controllers.
pub struct Controllers {
    setting: Setting,
    accounts: Arc<SasAccounts>,
    no_account: Arc<NoAccount>,
    in_cluster: Arc<AccountsInCluster>,
    policies: Option<Arc<Policies>>,
    events: Arc<Events>,
    running: JoinSet<()>,
}

impl Controllers {
    /// None yet.
    pub fn new(setting: Setting, accounts: SasAccounts) -> Self {
        let api_timeout = Timing::default().api_timeout;
        let events = Events::new(setting.client.clone(), NAME, EVENTS_PER_SECOND, api_timeout);
        let local = Local::new(setting.client.clone(), Arc::new(Timestamp::now));
        let accounts = Arc::new(accounts);
        Self {
            setting,
            in_cluster: Arc::new(AccountsInCluster::new(accounts.clone(), local.clone())),
            accounts,
            no_account: Arc::new(NoAccount::new(local)),
            policies: None,
            events: Arc::new(events),
            running: JoinSet::new(),
        }
    }

    /// Runs something beside the kinds.
    pub fn spawn(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.running.spawn(work);
    }

    /// Runs the accounts themselves.
    pub fn account(&mut self) {
        let accounts = self.setting.controller::<SasAccount>();
        self.running.spawn(run_report::<SasAccount, Sas, _>(
            accounts,
            self.setting.concurrency,
            self.context(),
            self.shutdown(),
        ));
    }

    /// Runs the approvals in advance. They count for the kinds that are started afterwards.
    pub fn approval_policies(&mut self) {
        let controller = self.setting.controller::<SasApprovalPolicy>();
        let (client, guard) = (self.setting.client.clone(), self.setting.guard.clone());
        let policies = Arc::new(Policies::new(client, controller.store(), guard));
        self.policies = Some(policies.clone());
        let handle = Arc::new(Handle(policies));
        self.running.spawn(run_report::<SasApprovalPolicy, Policies, _>(
            controller,
            self.setting.concurrency,
            self.context_of(&handle),
            self.shutdown(),
        ));
    }

    /// Runs a kind that writes to the cloud.
    pub fn operation<K: Operation<Sas> + InAccount>(&mut self) {
        self.run_operation(self.setting.controller::<K>());
    }

    /// Runs a kind that writes to the cloud by a controller whose objects others look at too.
    pub fn run_operation<K: Operation<Sas> + InAccount>(
        &mut self,
        controller: Controller<DeserializeGuard<K>>,
    ) {
        let controller = self.in_account(controller);
        self.running.spawn(run_operation::<K, Sas, _>(
            controller,
            self.setting.concurrency,
            self.context(),
            self.shutdown(),
        ));
    }

    /// Runs a kind that only looks.
    pub fn report<K: Report<Sas> + InAccount>(&mut self) {
        self.run_report(self.setting.controller::<K>());
    }

    /// Runs a kind that only looks by a controller whose objects others look at too.
    pub fn run_report<K: Report<Sas> + InAccount>(&mut self, controller: Controller<DeserializeGuard<K>>) {
        let controller = self.in_account(controller);
        self.running.spawn(run_report::<K, Sas, _>(
            controller,
            self.setting.concurrency,
            self.context(),
            self.shutdown(),
        ));
    }

    /// Runs a kind that has nothing to do in the cloud.
    pub fn local<K: Report<Local>>(&mut self) {
        self.run_local(self.setting.controller::<K>());
    }

    /// Runs a kind that has nothing to do in the cloud but to create resources of the kind `C`.
    pub fn local_parent<K: Report<Local>, C: Reported>(&mut self) {
        self.run_local(self.setting.parent::<K, C>());
    }

    /// Runs a kind that looks at the cloud and creates resources by a controller whose objects others look at
    /// too, and that looks at them when these resources change.
    pub fn run_parent<K: Report<SasInCluster> + InAccount>(
        &mut self,
        controller: Controller<DeserializeGuard<K>>,
    ) {
        let controller = self.in_account(controller);
        self.running.spawn(run_report::<K, SasInCluster, _>(
            controller,
            self.setting.concurrency,
            self.context_of(&self.in_cluster),
            self.shutdown(),
        ));
    }

    fn run_local<K: Report<Local>>(&mut self, controller: Controller<DeserializeGuard<K>>) {
        self.running.spawn(run_report::<K, Local, _>(
            controller,
            self.setting.concurrency,
            self.context_of(&self.no_account),
            self.shutdown(),
        ));
    }

    /// Waits until all have ended. That none ends before it is asked to is part of the work.
    pub async fn ended(mut self) -> anyhow::Result<()> {
        while let Some(kind) = self.running.join_next().await {
            kind.context("the controller of a kind ended unexpectedly")?;
            if !self.setting.shutdown.is_cancelled() {
                bail!("the controller of a kind ended although nobody asked for it");
            }
        }
        Ok(())
    }

    fn in_account<K: Reported + InAccount>(
        &self,
        controller: Controller<DeserializeGuard<K>>,
    ) -> Controller<DeserializeGuard<K>> {
        let namespace = self.setting.namespace.as_deref();
        on_account(controller, self.setting.client.clone(), namespace)
    }

    fn context(&self) -> Arc<Context<SasAccounts>> {
        self.context_of(&self.accounts)
    }

    fn context_of<A>(&self, accounts: &Arc<A>) -> Arc<Context<A>> {
        let context = Context::new(
            self.setting.client.clone(),
            accounts.clone(),
            self.events.clone(),
            self.setting.metrics.clone(),
            Timing::default(),
            Arc::new(Timestamp::now),
            self.setting.guard.clone(),
        )
        .with_look_at_guard(self.setting.look_at_guard.clone());
        Arc::new(match &self.policies {
            Some(policies) => context.with_standing(policies.clone()),
            None => context,
        })
    }

    fn shutdown(&self) -> impl Future<Output = ()> + Send + Sync + 'static {
        self.setting.shutdown.clone().cancelled_owned()
    }
}
