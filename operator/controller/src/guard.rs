//! Watches the admission policies that keep approvals to approvers, and tells the engine what they say.
//! They count only as a whole: present, bound, denying, with the content that this version was built with,
//! for resources whose status is a subresource, and seen to refuse an object that is born approved.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, Stream, StreamExt};
use jiff::Timestamp;
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResourceList;
use kube::api::{ApiResource, DynamicObject, PostParams};
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
        let snapshot = match self.snapshot().await {
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

    async fn snapshot(&self) -> anyhow::Result<Snapshot> {
        let mut objects = Vec::new();
        for wanted in expected::all() {
            let kind = resource("admissionregistration.k8s.io", "v1", wanted.kind);
            let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &kind);
            // A kind that is not served answers 404 as well.
            let found = api.get_opt(wanted.name).await;
            objects.push(found.with_context(|| format!("{} {}", wanted.kind, wanted.name))?);
        }
        let definitions = resource("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
        let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &definitions);
        let mut crds = Vec::new();
        for kind in sas_api::KINDS {
            let name = format!("{}.{}", kind.plural, sas_api::GROUP);
            let found = api.get_opt(&name).await;
            crds.push((
                name.clone(),
                found.with_context(|| format!("CustomResourceDefinition {name}"))?,
            ));
        }
        Ok(Snapshot {
            user: self.user.clone(),
            objects,
            crds,
            probe: self.probe().await?,
        })
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
