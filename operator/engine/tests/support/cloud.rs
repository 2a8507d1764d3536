//! A cloud behind a gateway: it refuses old timestamps, runs a nonce once per key and a client token once,
//! shows effects late if told to, and fails on demand before or after it acted.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use sas_api::Reason;
use sas_api::plan::Call;
use sas_engine::operation::{Accounts, Unavailable};
use sas_engine::{Approved, Cloud, Reply, SendError};

use super::stops::Stops;
use super::toy::{Items, Toy};
use super::world::Clock;

/// A secret that stands in every answer and must not go anywhere.
pub const REPLY_CANARY: &str = "reply-canary-51c0";
/// How far a timestamp may be off, and how long a nonce is remembered.
const WINDOW: SignedDuration = SignedDuration::from_secs(15 * 60);
const MEMORY: SignedDuration = SignedDuration::from_secs(31 * 60);

/// What goes wrong with the next call.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It runs, its reply is lost.
    LoseReply,
    /// It never arrives.
    LoseRequest,
    /// It is on its way until [`Gateway::deliver`].
    Delay,
    /// A 5xx without effect, after the nonce was noted.
    ServerError,
    /// No connection.
    NoConnection,
    /// Throttled, before anything was looked at.
    Throttle(Option<Duration>),
    /// The policy forbids it.
    Forbid,
    /// Refused for good.
    Reject,
    /// Accepted; the item breaks.
    Break,
}

/// A call that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    pub name: String,
    pub nonce: String,
    pub attempt: u32,
}

/// A copy of a call that reached the gateway, or nearly.
#[derive(Clone)]
struct Copy {
    key: String,
    nonce: String,
    timestamp: Timestamp,
    attempt: u32,
    parameters: BTreeMap<String, String>,
}

#[derive(Default)]
struct State {
    items: Items,
    /// Effects that are not visible yet, with the time of their appearance.
    hidden: Vec<(Timestamp, String, String)>,
    nonces: HashMap<(String, String), Timestamp>,
    tokens: HashMap<String, u32>,
    ran: Vec<Ran>,
    sent: u32,
    faults: VecDeque<Fault>,
    delayed: Vec<Copy>,
    lag: SignedDuration,
    down: bool,
    reads_left: u32,
}

/// The gateway and what is behind it; one for all accounts of a test.
pub struct Gateway {
    clock: Clock,
    stops: Arc<Stops>,
    state: Mutex<State>,
}

impl Gateway {
    pub fn new(clock: Clock, stops: Arc<Stops>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            stops,
            state: Mutex::default(),
        })
    }

    /// The calls that ran, in order.
    pub fn ran(&self) -> Vec<Ran> {
        self.state.lock().unwrap().ran.clone()
    }

    /// How often the item was set by calls.
    pub fn runs_of(&self, name: &str) -> usize {
        self.ran().iter().filter(|r| r.name == name).count()
    }

    /// Copies that left an operator, whether or not they arrived.
    pub fn sent(&self) -> u32 {
        self.state.lock().unwrap().sent
    }

    /// The next calls fail like this, one after the other.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state.lock().unwrap().faults.extend(faults);
    }

    /// Effects show this many seconds after the call.
    pub fn lag(&self, seconds: i64) {
        self.state.lock().unwrap().lag = SignedDuration::from_secs(seconds);
    }

    /// Reads fail.
    pub fn down(&self, down: bool) {
        self.state.lock().unwrap().down = down;
    }

    /// The next look takes this many passes more.
    pub fn take_longer(&self, passes: u32) {
        self.state.lock().unwrap().reads_left = passes;
    }

    /// Somebody else sets an item, or removes it.
    pub fn set(&self, name: &str, value: Option<&str>) {
        let items = &mut self.state.lock().unwrap().items;
        match value {
            Some(value) => items.insert(name.into(), value.into()),
            None => items.remove(name),
        };
    }

    /// Copies that were on their way arrive now; nobody waits for their replies.
    pub fn deliver(&self) {
        let delayed = std::mem::take(&mut self.state.lock().unwrap().delayed);
        for copy in delayed {
            let _ = self.receive(&copy, None);
        }
    }

    fn arrive(&self, copy: Copy) -> Result<Reply, SendError> {
        let fault = {
            let mut state = self.state.lock().unwrap();
            state.sent += 1;
            state.faults.pop_front()
        };
        let request_id = Some("refused".to_owned());
        match fault {
            Some(Fault::LoseRequest) => unknown("timeout", false),
            Some(Fault::Delay) => {
                self.state.lock().unwrap().delayed.push(copy);
                unknown("timeout", false)
            }
            Some(Fault::NoConnection) => not_run(Reason::CloudUnavailable, "no connection", None),
            Some(Fault::Throttle(wait)) => not_run(Reason::Throttled, "Throttling.User", wait),
            Some(Fault::Forbid) => Err(SendError::Forbidden {
                message: "toy:SetItem is missing".into(),
                request_id,
            }),
            Some(Fault::Reject) => Err(SendError::Rejected {
                message: "InvalidParameter".into(),
                request_id,
            }),
            other => self.receive(&copy, other.as_ref()),
        }
    }

    fn receive(&self, copy: &Copy, fault: Option<&Fault>) -> Result<Reply, SendError> {
        let now = self.clock.now();
        let mut state = self.state.lock().unwrap();
        if now.duration_since(copy.timestamp).abs() > WINDOW {
            return not_run(Reason::CloudUnavailable, "InvalidTimeStamp.Expired", None);
        }
        state
            .nonces
            .retain(|_, since| now.duration_since(*since) <= MEMORY);
        let nonce = (copy.key.clone(), copy.nonce.clone());
        if state.nonces.insert(nonce, now).is_some() {
            return unknown("SignatureNonceUsed", true);
        }
        if matches!(fault, Some(Fault::ServerError)) {
            return unknown("InternalError", false);
        }
        let token = copy.parameters.get("ClientToken");
        let known = token.and_then(|token| state.tokens.get(token).copied());
        let task = known.unwrap_or_else(|| run(&mut state, copy, now, matches!(fault, Some(Fault::Break))));
        if let Some(token) = token {
            state.tokens.insert(token.clone(), task);
        }
        if matches!(fault, Some(Fault::LoseReply)) {
            return unknown("connection reset", false);
        }
        Ok(Reply {
            request_id: format!("request-{task}"),
            body: serde_json::json!({"TaskId": format!("task-{task}"), "Secret": REPLY_CANARY}),
        })
    }
}

/// Sets the item and returns the number of the task.
fn run(state: &mut State, copy: &Copy, now: Timestamp, breaks: bool) -> u32 {
    let name = copy.parameters["Name"].clone();
    let value = if breaks {
        "broken"
    } else {
        copy.parameters["Value"].as_str()
    };
    let visible = now + state.lag;
    state.hidden.push((visible, name.clone(), value.to_owned()));
    state.ran.push(Ran {
        name,
        nonce: copy.nonce.clone(),
        attempt: copy.attempt,
    });
    u32::try_from(state.ran.len()).unwrap()
}

fn unknown(message: &str, arrived: bool) -> Result<Reply, SendError> {
    Err(SendError::Unknown {
        message: message.into(),
        arrived,
    })
}

fn not_run(reason: Reason, message: &str, retry_after: Option<Duration>) -> Result<Reply, SendError> {
    Err(SendError::NotRun {
        reason,
        message: message.into(),
        request_id: None,
        retry_after,
    })
}

/// The cloud with the eyes of one access key.
pub struct ToyCloud {
    pub gateway: Arc<Gateway>,
    pub key: String,
    pub account: String,
}

impl ToyCloud {
    /// The items that can be seen now.
    pub async fn items(&self) -> Result<Items, Unavailable> {
        self.gateway.stops.pass("look").await;
        let now = self.gateway.clock.now();
        let mut state = self.gateway.state.lock().unwrap();
        if state.reads_left > 0 {
            state.reads_left -= 1;
            return Err(Unavailable::unfinished("more reads are needed"));
        }
        if state.down {
            return Err(Unavailable::new(Reason::CloudUnavailable, "the cloud is away"));
        }
        let (due, hidden) = std::mem::take(&mut state.hidden)
            .into_iter()
            .partition(|(t, ..)| *t <= now);
        let due: Vec<_> = due;
        state.hidden = hidden;
        state
            .items
            .extend(due.into_iter().map(|(_, name, value)| (name, value)));
        Ok(state.items.clone())
    }
}

impl Cloud for ToyCloud {
    fn account_id(&self) -> &str {
        &self.account
    }

    fn site(&self) -> &'static str {
        "toy"
    }

    fn key_fingerprint(&self) -> String {
        format!("fingerprint of {}", self.key)
    }

    fn now(&self) -> Timestamp {
        self.gateway.clock.now()
    }

    async fn send(&self, call: &Approved<Call>) -> Result<Reply, SendError> {
        let copy = Copy {
            key: self.key.clone(),
            nonce: call.nonce().to_owned(),
            timestamp: call.timestamp(),
            attempt: call.attempt(),
            parameters: call.parameters().clone(),
        };
        tracing::trace!(?call, "sending");
        if call.key_fingerprint() != self.key_fingerprint() {
            return not_run(Reason::CredentialsNotReady, "another key", None);
        }
        self.gateway.stops.pass("before the call").await;
        let answer = self.gateway.arrive(copy);
        tracing::trace!(?answer, "answered");
        self.gateway.stops.pass("after the call").await;
        answer
    }
}

/// The account that toys use; a test may exchange its key.
pub struct ToyAccounts(pub Mutex<Arc<ToyCloud>>);

impl Accounts<Toy, ToyCloud> for ToyAccounts {
    async fn cloud(&self, _object: &Toy) -> Result<Arc<ToyCloud>, Unavailable> {
        Ok(self.0.lock().unwrap().clone())
    }
}
