//! One account of Security Center as all kinds see it: reads with short-lived caches, the account's
//! identity and clock, and the only place of the whole workspace where a write leaves.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kube::ResourceExt;
use sas_api::account::{DataCentre, Site};
use sas_api::kinds::{SasAlertAction, SasAuthBinding, SasScanJob};
use sas_api::plan::Call;
use sas_client::action::{Action, Read};
use sas_client::actions::{AuthSummary, DescribeVersionConfig, GetAuthSummary, SuspEvents, VersionConfig};
use sas_client::{Client, Urgency, WriteRequest};
use sas_engine::operation::Gate;
use sas_engine::{Approved, Cloud, Reply, SendError, Unavailable, is_about_to_act};

use crate::alerts;
use crate::alerts::recommendation::{RecommendationList, Recommendations};
use crate::assets::Servers;
use crate::claims::{Claims, Watched};
use crate::errand::{Errands, Pass};
use crate::failure;
use crate::kinds::alert_action::{self, Rival};
use crate::kinds::alert_policy;
use crate::kinds::risk_report;
use crate::kinds::scan_job::desk::Desk;
use crate::prices::{PriceList, Prices};
use crate::shared::{Asked, Shared};
pub use reader::Reader;

mod reader;

/// One account of the cloud as one resource uses it. Clones share everything but how urgent their calls
/// are.
#[derive(Clone)]
pub struct Sas {
    account: Arc<Account>,
    urgency: Urgency,
}

/// What all users of an account share.
struct Account {
    client: Client,
    identity: Identity,
    /// Of the key of the moment.
    key_fingerprint: Mutex<String>,
    /// Where the access key comes from, for messages.
    credentials: Arc<str>,
    centres: [Centre; 2],
    last_write: Mutex<Option<Instant>>,
    distrusted: Arc<AtomicBool>,
    claims: Claims,
    prices: Arc<Prices>,
    alert_pages: Errands<alerts::Page, SuspEvents>,
    risk_answers: Errands<risk_report::Question, risk_report::Answer>,
    scans: Desk,
    alert_looks: Errands<alert_action::Question, alert_action::Answer>,
    proposals: Errands<alert_policy::Question, alert_policy::Answer>,
    recommendations: Arc<Recommendations>,
}

/// Who the account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Id, as the cloud itself said it.
    pub account_id: String,
    /// Site at which it was opened.
    pub site: Site,
}

/// What is cached of one data centre.
struct Centre {
    reader: Reader,
    servers: Servers<Reader>,
    version: Shared<VersionConfig>,
    summary: Shared<AuthSummary>,
}

impl Centre {
    fn new(reader: Reader) -> Self {
        Self {
            servers: Servers::new(reader.clone()),
            reader,
            version: Shared::default(),
            summary: Shared::default(),
        }
    }
}

impl Sas {
    /// An account behind a client whose key is `key_fingerprint` and comes from `credentials`.
    pub fn new(
        client: Client,
        identity: Identity,
        key_fingerprint: String,
        credentials: String,
        claims: Claims,
        prices: Arc<Prices>,
        recommendations: Arc<Recommendations>,
    ) -> Self {
        let credentials: Arc<str> = credentials.into();
        let distrusted = Arc::<AtomicBool>::default();
        let reader = |centre| {
            let (credentials, distrusted) = (credentials.clone(), distrusted.clone());
            Centre::new(Reader::new(client.clone(), centre, credentials, distrusted))
        };
        let account = Account {
            centres: DataCentre::ALL.map(reader),
            client,
            identity,
            key_fingerprint: Mutex::new(key_fingerprint),
            credentials,
            last_write: Mutex::new(None),
            distrusted,
            claims,
            prices,
            alert_pages: Errands::default(),
            risk_answers: Errands::default(),
            scans: Desk::default(),
            alert_looks: Errands::default(),
            proposals: Errands::default(),
            recommendations,
        };
        Self {
            account: Arc::new(account),
            urgency: Urgency::default(),
        }
    }

    /// The same account, in which calls are as urgent as this.
    #[must_use]
    pub fn with_urgency(&self, urgency: Urgency) -> Self {
        Self {
            account: self.account.clone(),
            urgency,
        }
    }

    /// The data centre that is used when a resource names none.
    pub fn home(&self) -> DataCentre {
        self.account.identity.site.home()
    }

    /// The servers of a data centre.
    pub fn servers(&self, centre: DataCentre) -> &Servers<Reader> {
        &self.centre(centre).servers
    }

    /// What the account has bought in a data centre.
    pub async fn version(&self, centre: DataCentre, asked: Asked) -> Result<Arc<VersionConfig>, Unavailable> {
        let reader = self.reader(centre);
        let fetch = async move || reader.read(&DescribeVersionConfig::default()).await;
        self.centre(centre).version.get(asked, fetch).await
    }

    /// How much of it is in use.
    pub async fn summary(&self, centre: DataCentre, asked: Asked) -> Result<Arc<AuthSummary>, Unavailable> {
        let reader = self.reader(centre);
        let fetch = async move || reader.read(&GetAuthSummary::default()).await;
        self.centre(centre).summary.get(asked, fetch).await
    }

    /// How old an answer may be: as old as its question if `fresh`, and never older than the last write.
    pub fn asked(&self, fresh: bool) -> Asked {
        let last_write = *self
            .account
            .last_write
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if fresh {
            Asked::fresh()
        } else {
            Asked::recent(last_write)
        }
    }

    /// As [`Self::asked`]: an answer not older than `age` will do, unless it is older than the last write.
    pub fn asked_within(&self, age: Duration) -> Asked {
        let last_write = *self
            .account
            .last_write
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Asked::within(age, last_write)
    }

    /// What is remembered of scans between passes.
    pub fn scans(&self) -> &Desk {
        &self.account.scans
    }

    /// Who else sets up a scan for viruses in this account at the moment. If nobody does, it is this job's
    /// turn for a while.
    pub fn virus_scan_in_the_way(&self, me: &SasScanJob, centre: DataCentre) -> Option<String> {
        let account = &self.account.identity.account_id;
        self.account
            .claims
            .virus_scan_in_the_way(me, account, centre, self.home(), self.now())
    }

    /// What the other scans in a data centre of this account are, each turned into what the caller needs of it.
    pub fn other_scans<T>(
        &self,
        me: &SasScanJob,
        centre: DataCentre,
        of: impl Fn(&SasScanJob) -> T,
    ) -> Vec<T> {
        let account = &self.account.identity.account_id;
        let others = self.account.claims.other_scans(me, account);
        let others = others.iter().filter_map(|guarded| guarded.0.as_ref().ok());
        let there = |job: &&SasScanJob| job.spec.data_centre.unwrap_or(self.home()) == centre;
        others.filter(there).map(of).collect()
    }

    /// A pass of an object: what its errands may read, and how old an answer may be.
    pub fn pass<K: Gate>(&self, object: &K) -> Pass {
        Pass::new(
            object.uid().unwrap_or_default(),
            self.asked(is_about_to_act(object)),
        )
    }

    /// An uncached read. A data centre that does not answer fails at once for a while.
    pub async fn read<A: Action<Effect = Read>>(
        &self,
        request: &A,
        centre: DataCentre,
    ) -> Result<A::Response, Unavailable> {
        self.reader(centre).read(request).await
    }

    /// The pages of alerts that looks are about.
    pub fn alert_pages(&self) -> &Errands<alerts::Page, SuspEvents> {
        &self.account.alert_pages
    }

    /// The answers that risk reports are made of.
    pub fn risk_answers(&self) -> &Errands<risk_report::Question, risk_report::Answer> {
        &self.account.risk_answers
    }

    /// As [`Self::read`]; `None` where the cloud answers with one of these codes.
    pub async fn find<A: Action<Effect = Read>>(
        &self,
        request: &A,
        centre: DataCentre,
        absent: &[&str],
    ) -> Result<Option<A::Response>, Unavailable> {
        self.reader(centre).find(request, absent).await
    }

    /// What jobs that handle alerts look at.
    pub fn alert_looks(&self) -> &Errands<alert_action::Question, alert_action::Answer> {
        &self.account.alert_looks
    }

    /// What policies look at that propose something for alerts.
    pub fn proposals(&self) -> &Errands<alert_policy::Question, alert_policy::Answer> {
        &self.account.proposals
    }

    /// The recommendation table of the operator.
    pub async fn recommendations(&self) -> RecommendationList {
        self.account.recommendations.found().await
    }

    fn reader(&self, centre: DataCentre) -> Reader {
        self.centre(centre).reader.with_urgency(self.urgency)
    }

    /// The price table of the operator.
    pub async fn prices(&self) -> PriceList {
        self.account.prices.found().await
    }

    /// All bindings of servers that act in this account, besides `me`.
    pub fn other_bindings(&self, me: &SasAuthBinding) -> Vec<Arc<Watched>> {
        self.account.claims.others(me, &self.account.identity.account_id)
    }

    /// What other SasAlertActions have in hand of these alerts of a data centre, each with how many of them.
    pub fn rivals(&self, me: &SasAlertAction, centre: DataCentre, alerts: &BTreeSet<i64>) -> Vec<Rival> {
        let account = &self.account;
        let others = account
            .claims
            .other_alert_actions(me, &account.identity.account_id);
        let others = others.iter().filter_map(|guarded| guarded.0.as_ref().ok());
        alert_action::rivals(others, centre, self.home(), alerts)
    }

    /// The binding of this name that the operator created for `parent`, if there is one.
    pub async fn binding_for<K: Gate>(
        &self,
        parent: &K,
        name: &str,
    ) -> Result<Option<SasAuthBinding>, Unavailable> {
        self.account.claims.binding_for(parent, name).await
    }

    /// Takes note of the key of the moment: a temporary one becomes another with each renewal. A write of
    /// which an intent was recorded with an earlier key does not leave.
    pub fn sign_with(&self, key_fingerprint: String) {
        *self.lock_fingerprint() = key_fingerprint;
    }

    fn lock_fingerprint(&self) -> MutexGuard<'_, String> {
        self.account
            .key_fingerprint
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the cloud has refused the key since this handle was made.
    pub fn is_distrusted(&self) -> bool {
        self.account.distrusted.load(Ordering::Relaxed)
    }

    /// Forgets that the cloud has refused the key: nothing better is to be had.
    pub fn trust(&self) {
        self.account.distrusted.store(false, Ordering::Relaxed);
    }

    fn distrust_on(&self, refused: bool) {
        if refused {
            self.account.distrusted.store(true, Ordering::Relaxed);
        }
    }

    fn centre(&self, centre: DataCentre) -> &Centre {
        &self.account.centres[centre as usize]
    }

    /// What was read before this moment may be outdated.
    fn forget(&self) {
        *self
            .account
            .last_write
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}

impl Cloud for Sas {
    fn account_id(&self) -> &str {
        &self.account.identity.account_id
    }

    fn site(&self) -> &str {
        self.account.identity.site.as_str()
    }

    fn key_fingerprint(&self) -> String {
        self.lock_fingerprint().clone()
    }

    fn now(&self) -> Timestamp {
        self.account.client.now()
    }

    async fn send(&self, approved: &Approved<Call>) -> Result<Reply, SendError> {
        let call = approved.value();
        let request = WriteRequest {
            product: &call.product,
            version: &call.version,
            action: &call.action,
            region: &call.region_id,
            parameters: approved.parameters(),
            nonce: approved.nonce(),
            timestamp: approved.timestamp(),
            attempt: approved.attempt(),
            key_fingerprint: approved.key_fingerprint(),
        };
        self.forget();
        let client = self.account.client.with_urgency(self.urgency);
        let sent = client.send_write(&request).await;
        self.forget();
        match sent {
            Ok(reply) => Ok(Reply {
                request_id: reply.request_id,
                body: reply.body,
            }),
            Err(error) => {
                self.distrust_on(error.is_credential_problem());
                Err(failure::send_error(&error, &self.account.credentials))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Files below `folder` that contain `needle`, without those that only speak of it in comments.
    fn files_with(folder: &Path, needle: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files_with(&path, needle, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                if code.into_iter().any(|line| line.contains(needle)) {
                    found.push(path.to_string_lossy().into_owned());
                }
            }
        }
    }

    #[test]
    fn writes_leave_from_exactly_one_place() {
        let operator = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        // Put together here, so that this line is not a hit itself.
        let needle = concat!("send_", "write(");
        let mut found = Vec::new();
        for crate_folder in std::fs::read_dir(operator).unwrap() {
            let folder = crate_folder.unwrap().path();
            if folder.is_dir() && !folder.ends_with("client") {
                files_with(&folder, needle, &mut found);
            }
        }
        let sent_from: Vec<_> = found
            .iter()
            .map(|path| path.rsplit("operator/").next().unwrap())
            .collect();
        assert_eq!(sent_from, ["controller/src/sas.rs"]);
    }
}
