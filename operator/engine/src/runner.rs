//! Runs the passes of one kind over a watch. Objects that do not fit their kind are told apart from the
//! watch itself, so that one of them cannot stop the others.

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use kube::core::DeserializeGuard;
use kube::runtime::controller::Action;
use kube::runtime::reflector::ObjectRef;
use kube::runtime::{Controller, watcher};
use kube::{Api, Client, Resource, ResourceExt};
use sas_api::Reason;
use tracing::Instrument;

use crate::cloud::Cloud;
use crate::context::{Context, PassError};
use crate::drive;
use crate::lanes::Lanes;
use crate::operation::{Accounts, Operation, Report, Reported};
use crate::report;
use crate::store::StoreError;

/// How often an object that does not fit its kind is spoken of again.
const UNDECODABLE_RECHECK: Duration = Duration::from_hours(1);
/// When an object that found no place is tried again, should nobody wake it: whoever was to do so was
/// deleted.
const OVERLOOKED: Duration = Duration::from_mins(1);

/// A controller for a kind, over all namespaces or one. Further triggers may be added to it before it
/// runs.
pub fn controller<K: Reported>(client: Client, namespace: Option<&str>) -> Controller<DeserializeGuard<K>> {
    let api: Api<DeserializeGuard<K>> = match namespace {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    };
    // Which passes run at once is for the lanes to say.
    Controller::new(api, watcher::Config::default())
}

/// Runs a kind that writes to the cloud until `shutdown` resolves and all running passes have ended. Of
/// the objects of one namespace that share a [`lane`](Accounts::lane) it passes over `concurrency` at once.
pub async fn run_operation<K, C, A>(
    controller: Controller<DeserializeGuard<K>>,
    concurrency: u16,
    context: Arc<Context<A>>,
    shutdown: impl Future<Output = ()> + Send + Sync + 'static,
) where
    K: Operation<C>,
    C: Cloud,
    A: Accounts<K, C>,
{
    let lane = |object: &K, accounts: &A| accounts.lane(object);
    let pass = drive::reconcile::<K, C, A>;
    run(controller, concurrency, context, shutdown, lane, pass).await;
}

/// Runs a kind that only looks, as [`run_operation`] runs one that writes.
pub async fn run_report<K, C, A>(
    controller: Controller<DeserializeGuard<K>>,
    concurrency: u16,
    context: Arc<Context<A>>,
    shutdown: impl Future<Output = ()> + Send + Sync + 'static,
) where
    K: Report<C>,
    C: Send + Sync + 'static,
    A: Accounts<K, C>,
{
    let lane = |object: &K, accounts: &A| accounts.lane(object);
    let pass = report::reconcile_report::<K, C, A>;
    run(controller, concurrency, context, shutdown, lane, pass).await;
}

async fn run<K, A, P, F>(
    controller: Controller<DeserializeGuard<K>>,
    concurrency: u16,
    context: Arc<Context<A>>,
    shutdown: impl Future<Output = ()> + Send + Sync + 'static,
    lane: fn(&K, &A) -> String,
    pass: P,
) where
    K: Reported,
    A: Send + Sync + 'static,
    P: Fn(Arc<K>, Arc<Context<A>>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Action, PassError>> + Send + 'static,
{
    let (lanes, woken) = Lanes::new(concurrency);
    let reconcile = move |guarded: Arc<DeserializeGuard<K>>, context: Arc<Context<A>>| {
        let (pass, lanes) = (pass.clone(), lanes.clone());
        let span = tracing::info_span!(
            "reconcile",
            controllerKind = K::kind(&()).as_ref(),
            namespace = guarded.meta().namespace.as_deref().unwrap_or_default(),
            name = guarded.meta().name.as_deref().unwrap_or_default(),
            reconcileID = %uuid::Uuid::new_v4(),
        );
        async move {
            match &guarded.0 {
                Ok(object) => {
                    let namespace = object.namespace().unwrap_or_default();
                    let lane = lane(object, &context.accounts);
                    let name = ObjectRef::from_obj(guarded.as_ref());
                    let Some(_turn) = lanes.enter(&namespace, &lane, name) else {
                        return Ok(Action::requeue(OVERLOOKED));
                    };
                    pass(Arc::new(object.clone()), context).await
                }
                Err(invalid) => {
                    context
                        .metrics
                        .undecodable
                        .with_label_values(&[K::kind(&()).as_ref()])
                        .inc();
                    tracing::warn!(error = invalid.error, "object does not fit its kind");
                    let note = format!(
                        "the object does not fit its kind and is left alone: {}",
                        invalid.error
                    );
                    context
                        .events
                        .publish(guarded.as_ref(), true, Reason::InvalidSpec, &note)
                        .await;
                    Ok(Action::requeue(UNDECODABLE_RECHECK))
                }
            }
        }
        .instrument(span)
    };
    let shutdown = shutdown.boxed().shared();
    let objects = controller.store();
    // The runtime waits for its first list of objects without end, and no pass has begun by then.
    let ended_before_the_first_list = async {
        tokio::select! {
            biased;
            _ = objects.wait_until_ready() => std::future::pending().await,
            () = shutdown.clone() => {}
        }
    };
    let passes = controller
        .reconcile_on(woken)
        .graceful_shutdown_on(shutdown.clone())
        .run(reconcile, error_policy, context)
        .for_each(|result| async move {
            if let Err(error) = result {
                tracing::debug!(%error, "pass ended early");
            }
        });
    tokio::select! {
        () = passes => {}
        () = ended_before_the_first_list => {}
    }
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "the runtime calls it with these types"
)]
fn error_policy<K: Resource<DynamicType = ()> + Debug, A>(
    object: Arc<DeserializeGuard<K>>,
    error: &PassError,
    context: Arc<Context<A>>,
) -> Action {
    let wait = context.pace.failed(&object.uid().unwrap_or_default(), None);
    if let PassError::Store(StoreError::Timeout { .. }) = error {
        tracing::warn!(%error, "the API server is slow");
    } else {
        tracing::warn!(%error, wait_seconds = wait.as_secs(), "pass failed");
    }
    Action::requeue(wait)
}
