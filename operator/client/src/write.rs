//! The one door for writes. A caller brings the exact flat parameters, nonce and timestamp that were
//! approved and recorded; nothing is added, so whoever sends the same request sends the same bytes,
//! and the gateway runs them at most once. The door never invents a nonce or a time.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::action::{ActionInfo, Effect};
use crate::actions;
use crate::client::Client;
use crate::credentials::CredentialsError;
use crate::endpoint::Product;
use crate::error::{CloudError, ErrorKind};
use crate::exchange::Prepared;
use crate::reply::Answer;
use crate::request::{Call, is_public_parameter};

/// How many copies of one write may leave after the first, each byte for byte the same.
const MAX_RESENDS: u32 = 2;

/// A write, exactly as it was approved and recorded.
#[derive(Clone, Copy)]
pub struct WriteRequest<'a> {
    /// Product, such as `sas`.
    pub product: &'a str,
    /// API version.
    pub version: &'a str,
    /// Name of the action.
    pub action: &'a str,
    /// Region whose endpoint gets the call.
    pub region: &'a str,
    /// Flat wire parameters, sent as they are.
    pub parameters: &'a BTreeMap<String, String>,
    /// Nonce of the intent.
    pub nonce: &'a str,
    /// Timestamp of the intent; whole seconds are sent.
    pub timestamp: Timestamp,
    /// Attempt of the intent, from 1; part of the user agent and so of the bytes.
    pub attempt: u32,
    /// Fingerprint of the key that the intent was recorded with. Another key would sign other bytes, which
    /// the gateway would run once more, so nothing is sent with one.
    pub key_fingerprint: &'a str,
}

/// The answer to a write. `Debug` shows no body: a caller keeps of it what an allow-list names.
#[derive(Clone)]
pub struct RawReply {
    /// The cloud's id of the request.
    pub request_id: String,
    /// HTTP status.
    pub http_status: u16,
    /// The body as it came; its envelope reports success.
    pub body: Value,
}

impl fmt::Debug for RawReply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("RawReply");
        shown
            .field("request_id", &self.request_id)
            .field("http_status", &self.http_status)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Sends a write.
    ///
    /// The same bytes are sent again, at most twice, when a copy got no reply. Once a copy may have
    /// arrived, every later error is [`Verdict::Unknown`](crate::error::Verdict::Unknown), even one that proves
    /// that its own copy did not run. A caller that sends a recorded intent again after a restart has
    /// the same problem and applies [`CloudError::after_earlier_copy`] itself.
    pub async fn send_write(&self, request: &WriteRequest<'_>) -> Result<RawReply, CloudError> {
        let action = admitted(request)?;
        let call = Call {
            action,
            parameters: request.parameters,
            nonce: request.nonce,
            timestamp: request.timestamp,
            attempt: request.attempt,
        };
        let prepared = self.parts.prepare(&call, request.region).await?;
        if prepared.key_fingerprint() != request.key_fingerprint {
            let reason = "the key was renewed after the intent was recorded; nothing was sent";
            return Err(CloudError::without_key(
                &action,
                CredentialsError::transient(reason),
            ));
        }
        let answer = self.send_copies(&prepared).await.inspect_err(|error| {
            // The next attempt gets another key.
            self.parts.can_renew(&prepared, error);
        })?;
        // The envelope was read from the same bytes, so they are JSON that says nothing twice.
        let body = serde_json::from_slice(&answer.body)
            .map_err(|_| CloudError::local(&action, ErrorKind::Unreadable, "the answer cannot be read"))?;
        Ok(RawReply {
            request_id: answer.request_id,
            http_status: answer.http_status,
            body,
        })
    }

    async fn send_copies(&self, prepared: &Prepared) -> Result<Answer, CloudError> {
        let retry = self.parts.retry;
        let deadline = Instant::now() + retry.deadline;
        let mut may_have_arrived = false;
        let mut copies = 1;
        loop {
            let error = match self.parts.exchange(prepared, self.urgency, deadline).await {
                Ok(answer) => return Ok(answer),
                Err(error) if may_have_arrived => error.after_earlier_copy(),
                Err(error) => error,
            };
            let pause = retry.pause_after(copies, None);
            if copies > MAX_RESENDS || !has_no_reply(&error) || Instant::now() + pause >= deadline {
                return Err(error);
            }
            may_have_arrived |= !error.is_not_sent();
            sleep(pause).await;
            copies += 1;
        }
    }
}

fn has_no_reply(error: &CloudError) -> bool {
    matches!(
        error.kind,
        ErrorKind::NotSent | ErrorKind::Lost | ErrorKind::Timeout
    )
}

/// The registered write action that `request` names, or why it may not be sent.
fn admitted(request: &WriteRequest<'_>) -> Result<ActionInfo, CloudError> {
    let product = Product::from_name(request.product);
    let known = product
        .and_then(|product| actions::find(product, request.action))
        .copied();
    let refuse =
        |action: ActionInfo, reason: &str| Err(CloudError::local(&action, ErrorKind::Refused, reason));
    let Some(action) = known.filter(|action| action.version == request.version) else {
        return refuse(
            UNKNOWN,
            "no such action of this product and version is compiled in",
        );
    };
    if action.effect != Effect::Write {
        return refuse(action, "it is not a write");
    }
    // No such action is registered; this holds even if one is added by mistake.
    if action.name.starts_with("Delete") {
        return refuse(action, "actions that delete are never sent");
    }
    if request.parameters.keys().any(|name| is_public_parameter(name)) {
        return refuse(
            action,
            "a parameter has a name that is reserved for the signature",
        );
    }
    if request.nonce.is_empty() {
        return refuse(action, "the nonce is empty");
    }
    Ok(action)
}

const UNKNOWN: ActionInfo = ActionInfo {
    product: Product::Sas,
    name: "an unknown action",
    version: "",
    effect: Effect::Write,
    ram: "",
    method: "POST",
    body: &[],
    signed: true,
};
