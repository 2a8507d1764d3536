//! Wires everything: flags, clients, accounts, the engine's controllers, leader election, shutdown. One
//! lease guards all kinds. Whoever loses it ends the process at once, because work that was spawned
//! cannot be taken back in any other way.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use k8s_controller::LeaderElection;
use kube::Client;
use prometheus::Registry;
use sas_api::kinds::{
    SasAlertAction, SasAlertPolicy, SasAlertReport, SasAuthBinding, SasInstallCode, SasRiskReport,
    SasScanJob, SasScanSchedule,
};
use sas_client::credentials::environment::{ServerIdentity, ServiceAccountIdentity};
use sas_client::{EndpointOverrides, Product, RateLimits, Transport, TransportOptions};
use sas_engine::metrics;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::accounts::{OwnIdentity, SasAccounts, Settings};
use crate::admin::{self, Ready};
use crate::alerts::gauges;
use crate::alerts::recommendation::Recommendations;
use crate::args::{Args, CloudArgs, LeaderArgs, WorkArgs};
use crate::claims::Claims;
use crate::controllers::{Controllers, Setting};
use crate::guard;
use crate::kinds::{risk_report, scan_job};
use crate::kubernetes;
use crate::local::Local;
use crate::prices::Prices;
use crate::telemetry::Metrics;

/// Longest wait for running passes after a signal.
const SHUTDOWN: Duration = Duration::from_secs(25);

/// Runs until a signal ends it or the lease is lost.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let shutdown = on_signal()?;
    let registry = Registry::new();
    let own_metrics = Metrics::register(&registry).context("failed to register metrics")?;
    let engine_metrics = metrics::Metrics::register(&registry).context("failed to register metrics")?;
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("failed to listen on {}", args.listen))?;
    tracing::info!(address = %listener.local_addr()?, "serving metrics and probes");
    let ready = Ready::default();
    tokio::spawn(admin::serve(listener, registry.clone(), ready.clone()));
    let work = Work {
        client: kubernetes::connect().await?,
        args: args.work,
        cloud: Cloud::of(&args.cloud)?,
        own_identity: own_identity(&args.cloud, &args.leader.namespace),
        namespace: args.leader.namespace.clone(),
        registry,
        own_metrics,
        engine_metrics,
        shutdown: shutdown.clone(),
    };
    ready.store(true, Ordering::Relaxed);
    let ended = lead(work, &args.leader, &shutdown).await;
    ready.store(false, Ordering::Relaxed);
    ended
}

/// A token that SIGTERM and SIGINT cancel.
fn on_signal() -> anyhow::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate()).context("failed to listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("failed to listen for SIGINT")?;
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("SIGTERM: ending"),
            _ = interrupt.recv() => tracing::info!("SIGINT: ending"),
        }
        cancelled.cancel();
    });
    Ok(token)
}

/// Works while this replica leads, or at once where there is no election.
async fn lead(work: Work, args: &LeaderArgs, shutdown: &CancellationToken) -> anyhow::Result<()> {
    let overdue = async {
        shutdown.cancelled().await;
        tokio::time::sleep(SHUTDOWN).await;
    };
    if !args.leader_elect {
        return tokio::select! {
            ended = work.spawned() => ended,
            () = overdue => bail!("running passes did not end within {} s", SHUTDOWN.as_secs()),
        };
    }
    let identity = format!("{}_{}", args.identity, uuid::Uuid::new_v4());
    let namespace = args.lease_namespace.as_deref().unwrap_or(&args.namespace);
    let election = LeaderElection::new(work.client.clone(), namespace, &args.lease_name, &identity);
    let leading = work.own_metrics.leading.clone();
    let begun = std::sync::atomic::AtomicBool::new(false);
    let work = async {
        leading.set(1);
        begun.store(true, Ordering::Relaxed);
        work.spawned().await
    };
    let standing_by = async {
        shutdown.cancelled().await;
        if begun.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        led = election.with_lease(work) => led.unwrap_or_else(|| bail!("the lease is lost")),
        () = standing_by => Ok(()),
        () = overdue => bail!("running passes did not end within {} s", SHUTDOWN.as_secs()),
    }
}

/// What all accounts have in common, from the flags.
struct Cloud {
    transport: Transport,
    endpoints: EndpointOverrides,
    rate_limits: RateLimits,
}

impl Cloud {
    fn of(args: &CloudArgs) -> anyhow::Result<Self> {
        let mut endpoints = EndpointOverrides::default();
        for (product, url) in [
            (Product::Sas, &args.sas_endpoint),
            (Product::Sts, &args.sts_endpoint),
        ] {
            if let Some(url) = url {
                endpoints.set(product, url)?;
            }
        }
        let read = |path: &std::path::PathBuf| {
            std::fs::read(path).with_context(|| format!("failed to read --extra-ca {}", path.display()))
        };
        let options = TransportOptions {
            extra_ca_pem: args.extra_ca.as_ref().map(read).transpose()?,
            proxy_from_environment: args.use_proxy,
            ..TransportOptions::default()
        };
        let transport = Transport::new(&options).context("failed to set up the way to the cloud")?;
        let rate_limits = RateLimits {
            per_second: args.rate_limit,
            ..RateLimits::default()
        };
        Ok(Self {
            transport,
            endpoints,
            rate_limits,
        })
    }
}

/// Who the operator is, from its environment, and who may act as it, from the flags.
fn own_identity(args: &CloudArgs, namespace: &str) -> OwnIdentity {
    let variables = |name: &str| std::env::var(name).ok();
    OwnIdentity {
        namespace: namespace.to_owned(),
        allowed_namespaces: args.own_identity_namespaces.clone(),
        service_account: ServiceAccountIdentity::read(&variables),
        server: ServerIdentity::read(&variables),
        metadata_service: args.metadata_service.clone(),
    }
}

/// Everything that only the leader does.
struct Work {
    client: Client,
    args: WorkArgs,
    namespace: String,
    cloud: Cloud,
    own_identity: OwnIdentity,
    registry: Registry,
    own_metrics: Metrics,
    engine_metrics: metrics::Metrics,
    shutdown: CancellationToken,
}

impl Work {
    /// The work as a task of its own, so that renewing the lease never waits for it.
    async fn spawned(self) -> anyhow::Result<()> {
        tokio::spawn(self.run())
            .await
            .context("the work ended unexpectedly")?
    }

    /// Runs the controllers of all kinds until shutdown.
    async fn run(self) -> anyhow::Result<()> {
        let watch = guard::Watch::start(self.client.clone(), &self.namespace, self.args.guard).await?;
        let setting = Setting {
            client: self.client.clone(),
            namespace: self.args.watch_namespace.clone(),
            concurrency: self.args.concurrency,
            guard: watch.state(),
            look_at_guard: watch.look_at_once(),
            metrics: self.engine_metrics.clone(),
            shutdown: self.shutdown.clone(),
        };
        let bindings = setting.controller::<SasAuthBinding>();
        let risks = setting.controller::<SasRiskReport>();
        let scans = setting.parent::<SasScanJob, SasAuthBinding>();
        let alert_actions = setting.controller::<SasAlertAction>();
        let alert_policies = setting.parent::<SasAlertPolicy, SasAlertAction>();
        let registry = &self.registry;
        risk_report::gauges::OPEN
            .register(registry, risks.store())
            .and_then(|()| risk_report::gauges::READ.register(registry, risks.store()))
            .and_then(|()| scan_job::gauges::FINDINGS.register(registry, scans.store()))
            .and_then(|()| gauges::ACTIONS.register(registry, alert_actions.store()))
            .and_then(|()| gauges::POLICIES.register(registry, alert_policies.store()))
            .context("failed to register metrics")?;
        let claims = Claims::new(
            bindings.store(),
            scans.store(),
            alert_actions.store(),
            Local::new(self.client.clone(), Arc::new(Timestamp::now)),
        );
        let accounts = SasAccounts::new(self.client.clone(), self.settings(claims));
        let mut kinds = Controllers::new(setting, accounts);
        kinds.spawn(watch.run(self.shutdown.clone().cancelled_owned()));
        kinds.account();
        kinds.approval_policies();
        kinds.operation::<SasInstallCode>();
        kinds.run_operation(bindings);
        kinds.run_report(risks);
        kinds.report::<SasAlertReport>();
        kinds.run_operation(scans);
        kinds.local_parent::<SasScanSchedule, SasScanJob>();
        kinds.run_operation(alert_actions);
        kinds.run_parent(alert_policies);
        kinds.ended().await
    }

    fn settings(&self, claims: Claims) -> Settings {
        let table = self.args.price_table.clone();
        let prices = table.map(|name| Prices::new(self.client.clone(), &self.namespace, name));
        let name = self.args.recommendation_table.clone();
        let recommendations = Recommendations::new(self.client.clone(), &self.namespace, name);
        Settings {
            transport: self.cloud.transport.clone(),
            endpoints: self.cloud.endpoints.clone(),
            rate_limits: self.cloud.rate_limits.clone(),
            observer: self.own_metrics.observer(),
            own_identity: self.own_identity.clone(),
            prices: Arc::new(prices.unwrap_or_default()),
            recommendations: Arc::new(recommendations),
            claims,
        }
    }
}
