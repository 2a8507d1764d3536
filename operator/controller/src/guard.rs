//! Watches the admission policies that keep approvals to approvers, and tells the engine what they say.
//! They count only as a whole: present, bound, denying, with the content that this version was built with,
//! for resources whose status is a subresource, and seen to refuse an object that is born approved.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::future::try_join_all;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, Stream, StreamExt};
use jiff::Timestamp;
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResourceList;
use kube::api::{ApiResource, DynamicObject, ObjectMeta, PostParams};
use kube::core::{GroupVersionKind, PartialObjectMeta};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use sas_api::guard::{Probe, Rules, Snapshot, born_approved, expected, judge};
use sas_api::kinds::SasInstallCode;
use sas_engine::hash::digest;
use sas_engine::{Guard, LookAtGuard};
use tokio::sync::{mpsc, oneshot, watch};

use crate::args::GuardMode;

/// Pause between two looks when nothing seems to change.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// Pause while the policies do not act: a binding takes about a second to do so.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// Several changes that come together are looked at once.
const SETTLE: Duration = Duration::from_millis(50);

/// Asks for a look that begins after the question; the answer says whether it succeeded.
type Question = oneshot::Sender<bool>;

/// Looks at the policies for as long as the process runs.
pub struct Watch {
    client: Client,
    namespace: String,
    mode: GuardMode,
    user: String,
    state: watch::Sender<Guard>,
    /// Who wants them to be looked at at once.
    questions: (mpsc::UnboundedSender<Question>, mpsc::UnboundedReceiver<Question>),
    /// When the policies could be read last.
    looked: Option<Instant>,
    /// What they and the definitions were then.
    seen: Option<Snapshot>,
    /// When they were last seen not to act although nothing about them had changed, as while the API server
    /// runs without its admission. What was approved then is not to be told from what was approved before.
    gap: Option<Timestamp>,
}

impl Watch {
    /// Takes the first look. `namespace` is the operator's own.
    pub async fn start(client: Client, namespace: &str, mode: GuardMode) -> anyhow::Result<Self> {
        let reviews: Api<SelfSubjectReview> = Api::all(client.clone());
        let review = reviews
            .create(&PostParams::default(), &SelfSubjectReview::default())
            .await
            .context("failed to ask the API server for the operator's own name")?;
        let user = review.status.and_then(|s| s.user_info).and_then(|u| u.username);
        let unknown = Guard::Down {
            message: String::new(),
        };
        let mut this = Self {
            client,
            namespace: namespace.to_owned(),
            mode,
            user: user.unwrap_or_default(),
            state: watch::Sender::new(unknown),
            questions: mpsc::unbounded_channel(),
            looked: None,
            seen: None,
            gap: None,
        };
        this.look().await;
        Ok(this)
    }

    /// What the policies say, now and later.
    pub fn state(&self) -> watch::Receiver<Guard> {
        self.state.subscribe()
    }

    /// A way to have the policies looked at at once. Many who ask at the same time share one look.
    pub fn look_at_once(&self) -> LookAtGuard {
        let questions = self.questions.0.clone();
        Arc::new(move || {
            let (question, answer) = oneshot::channel();
            // Nobody answers once the watch has ended, and then nothing may be sent either.
            let _ = questions.send(question);
            async move { answer.await.unwrap_or(false) }.boxed()
        })
    }

    /// Looks whenever one of the objects changes, and now and then, until `ended`.
    pub async fn run(mut self, ended: impl Future<Output = ()>) {
        tokio::select! {
            () = self.look_on() => {}
            () = ended => {}
        }
    }

    async fn look_on(&mut self) {
        let mut changes = changes(&self.client).await;
        loop {
            let up = matches!(*self.state.borrow(), Guard::Up(_));
            let pause = if up { LOOK_EVERY } else { LOOK_AGAIN };
            let mut asked = Vec::new();
            tokio::select! {
                Some(question) = self.questions.1.recv() => asked.push(question),
                Some(()) = changes.next() => {
                    tokio::time::sleep(SETTLE).await;
                    while changes.next().now_or_never().flatten().is_some() {}
                }
                () = tokio::time::sleep(pause) => {}
            }
            while let Ok(question) = self.questions.1.try_recv() {
                asked.push(question);
            }
            let looked = self.look().await;
            for question in asked {
                let _ = question.send(looked);
            }
        }
    }

    /// Looks once, and says whether anything could be seen.
    async fn look(&mut self) -> bool {
        let before = self.seen.take();
        let snapshot = match self.snapshot(before).await {
            Ok(snapshot) => snapshot,
            // A look that failed says nothing about the policies; not for long, though.
            Err(_)
                if self
                    .looked
                    .is_some_and(|looked| looked.elapsed() < LOOK_EVERY * 2) =>
            {
                return false;
            }
            Err(error) => {
                self.know(Err(format!("the admission policies cannot be read: {error:#}")));
                return false;
            }
        };
        self.looked = Some(Instant::now());
        let acted = self.state.borrow().rules().is_some();
        if acted && matches!(snapshot.probe, Probe::Accepted) {
            self.gap = Some(Timestamp::now());
        }
        self.know(judge(&snapshot).map(|mut rules| {
            let gap = self.gap.map(|gap| format!("unguarded at {gap}"));
            rules.identity = digest(&(rules.identity + gap.as_deref().unwrap_or_default()));
            rules
        }));
        self.seen = Some(snapshot);
        true
    }

    fn know(&self, judged: Result<Rules, String>) {
        let guard = match (judged, self.mode) {
            (Ok(rules), _) => Guard::Up(rules),
            (Err(message), GuardMode::Enforce) => Guard::Down { message },
            (Err(message), GuardMode::Advisory) => Guard::Advisory { message },
        };
        self.state.send_if_modified(|known| {
            let changed = *known != guard;
            if changed {
                tell(&guard);
                *known = guard;
            }
            changed
        });
    }

    /// What the API server has now. What has not changed since `before` is taken from there.
    async fn snapshot(&self, before: Option<Snapshot>) -> anyhow::Result<Snapshot> {
        let (policies, definitions) = before.map_or_else(Default::default, |before| {
            let definitions = before.crds.into_iter().map(|(_, found)| found).collect();
            (before.objects, definitions)
        });
        let wanted = expected::all().iter().map(|wanted| {
            (
                "admissionregistration.k8s.io",
                wanted.kind,
                wanted.name.to_owned(),
            )
        });
        let objects = self.live(wanted.collect(), policies).await?;
        let names = sas_api::KINDS
            .iter()
            .map(|kind| format!("{}.{}", kind.plural, sas_api::GROUP));
        let wanted = names
            .clone()
            .map(|name| ("apiextensions.k8s.io", "CustomResourceDefinition", name));
        let definitions = self.live(wanted.collect(), definitions).await?;
        Ok(Snapshot {
            user: self.user.clone(),
            objects,
            crds: names.zip(definitions).collect(),
            probe: self.probe().await?,
        })
    }

    /// Objects by group, kind and name, in this order. Those that are known are read in full only if they
    /// are not the same any more: the definitions are large, and there is a look before every execution.
    async fn live(
        &self,
        wanted: Vec<(&str, &str, String)>,
        known: Vec<Option<DynamicObject>>,
    ) -> anyhow::Result<Vec<Option<DynamicObject>>> {
        let known = known.into_iter().chain(std::iter::repeat_with(|| None));
        let reads = wanted
            .into_iter()
            .zip(known)
            .map(|((group, kind, name), known)| async move {
                let api: Api<DynamicObject> =
                    Api::all_with(self.client.clone(), &resource(group, "v1", kind));
                // A kind that is not served answers 404 as well.
                let found = async {
                    let Some(known) = known else {
                        return api.get_opt(&name).await;
                    };
                    match api.get_metadata_opt(&name).await? {
                        None => Ok(None),
                        Some(now) if is_same(&now.metadata, &known.metadata) => Ok(Some(known)),
                        Some(_) => api.get_opt(&name).await,
                    }
                };
                found.await.with_context(|| format!("{kind} {name}"))
            });
        try_join_all(reads).await
    }

    /// Tries to create an object that is born approved; a dry run, so nothing comes of it.
    async fn probe(&self) -> anyhow::Result<Probe> {
        let object: SasInstallCode = serde_json::from_value(born_approved(&self.namespace))?;
        let api: Api<SasInstallCode> = Api::namespaced(self.client.clone(), &self.namespace);
        let dry_run = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        match api.create(&dry_run, &object).await {
            Ok(_) => Ok(Probe::Accepted),
            Err(kube::Error::Api(refusal)) if refusal.code < 500 => Ok(Probe::Refused {
                message: refusal.message.clone(),
            }),
            Err(error) => Err(error).context("a dry run of an object that is born approved"),
        }
    }
}

/// A beat for every change of the guard, on which all objects are looked at.
pub fn beats(state: &watch::Receiver<Guard>) -> impl Stream<Item = ()> + Send + 'static {
    stream::unfold(state.clone(), |mut state| async move {
        state.changed().await.ok()?;
        Some(((), state))
    })
}

/// Whether an object is still the one that was read in full.
fn is_same(now: &ObjectMeta, known: &ObjectMeta) -> bool {
    now.uid.is_some()
        && now.uid == known.uid
        && now.resource_version.is_some()
        && now.resource_version == known.resource_version
}

fn tell(guard: &Guard) {
    match guard {
        Guard::Up(rules) => tracing::info!(
            four_eyes = ?rules.four_eyes, stamped = rules.stamped, identity = rules.identity,
            "the admission policies act"
        ),
        Guard::Down { message } => {
            tracing::error!(message, "nothing is written: nobody guards the approvals");
        }
        Guard::Advisory { message } => {
            tracing::warn!(message, "nobody guards the approvals; going on regardless");
        }
    }
}

/// A beat for every change of an object that the guard is made of.
async fn changes(client: &Client) -> BoxStream<'static, ()> {
    let admission = "admissionregistration.k8s.io";
    let kinds = [
        (admission, "ValidatingAdmissionPolicy"),
        (admission, "ValidatingAdmissionPolicyBinding"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        (admission, "MutatingAdmissionPolicy"),
        (admission, "MutatingAdmissionPolicyBinding"),
    ];
    // Older API servers do not know the last two and would answer each attempt to watch them with 404. Where
    // that cannot be asked, they are watched, and failures are tried again ever more slowly.
    let served = client.list_api_group_resources(&format!("{admission}/v1")).await;
    let is_served = |kind: &str| {
        let known = |served: &APIResourceList| served.resources.iter().any(|known| known.kind == kind);
        !kind.starts_with("Mutating") || served.as_ref().map_or(true, known)
    };
    let kinds = kinds.into_iter().filter(|(_, kind)| is_served(kind));
    let watches = kinds.map(|(group, kind)| {
        let api: Api<PartialObjectMeta<DynamicObject>> =
            Api::all_with(client.clone(), &resource(group, "v1", kind));
        let events = watcher(api, watcher::Config::default());
        events.default_backoff().map(|_| ()).boxed()
    });
    stream::select_all(watches).boxed()
}

fn resource(group: &str, version: &str, kind: &str) -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(uid: Option<&str>, version: Option<&str>) -> ObjectMeta {
        ObjectMeta {
            uid: uid.map(str::to_owned),
            resource_version: version.map(str::to_owned),
            ..ObjectMeta::default()
        }
    }

    #[test]
    fn only_an_object_that_nobody_touched_is_the_same() {
        let known = meta(Some("a"), Some("1"));
        assert!(is_same(&known, &known));
        for other in [
            meta(Some("a"), Some("2")),
            meta(Some("b"), Some("1")),
            meta(Some("a"), None),
            meta(None, Some("1")),
        ] {
            assert!(!is_same(&other, &known) && !is_same(&known, &other), "{other:?}");
            assert!(other.uid.is_some() && other.resource_version.is_some() || !is_same(&other, &other));
        }
    }
}
