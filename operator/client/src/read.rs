//! Typed reads: tried again on throttling, server errors and transport failures until the deadline,
//! each try with a fresh nonce and timestamp. A write cannot be sent from here: the compiler refuses.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::error::Category;
use tokio::time::{Instant, sleep};

use crate::action::{self, Action, ActionInfo};
use crate::client::Client;
use crate::error::{CloudError, ErrorKind, Verdict};
use crate::parameters::parameters;
use crate::reply::Answer;
use crate::request::Call;

/// The answer to a read.
#[derive(Clone)]
pub struct Reply<T> {
    /// The typed body.
    pub body: T,
    /// The cloud's id of the request.
    pub request_id: String,
    /// HTTP status.
    pub http_status: u16,
}

impl<T: fmt::Debug> fmt::Debug for Reply<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Reply");
        shown
            .field("body", &self.body)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Sends a read to the endpoint of `region`.
    ///
    /// ```
    /// # use sas_client::{Client, CloudError, actions::GetAuthSummary};
    /// async fn may_unbind(client: &Client) -> Result<bool, CloudError> {
    ///     let reply = client.read(&GetAuthSummary::default(), "cn-shanghai").await?;
    ///     Ok(reply.body.allow_user_unbind == Some(1))
    /// }
    /// ```
    ///
    /// A write action does not compile:
    ///
    /// ```compile_fail,E0271
    /// # use sas_client::{Client, actions::AddInstallCode};
    /// async fn refused(client: &Client) {
    ///     let _ = client.read(&AddInstallCode::default(), "cn-shanghai").await;
    /// }
    /// ```
    pub async fn read<A: Action<Effect = action::Read>>(
        &self,
        request: &A,
        region: &str,
    ) -> Result<Reply<A::Response>, CloudError> {
        let action = ActionInfo::of::<A>();
        let answer = self.read_flat(action, &parameters(request), region).await?;
        typed::<A>(answer)
    }

    async fn read_flat(
        &self,
        action: ActionInfo,
        parameters: &BTreeMap<String, String>,
        region: &str,
    ) -> Result<Answer, CloudError> {
        let retry = self.parts.retry;
        let deadline = Instant::now() + retry.deadline;
        let (mut clock_corrected, mut key_renewed) = (false, false);
        let mut attempt = 1;
        loop {
            let nonce = uuid::Uuid::new_v4().to_string();
            let call = Call {
                action,
                parameters,
                nonce: &nonce,
                timestamp: self.now(),
                attempt,
            };
            let prepared = self.parts.prepare(&call, region).await?;
            let error = match self.parts.exchange(&prepared, self.urgency, deadline).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if error.is_clock_skew() {
                // The failed answer has just set the clock; waiting would not help.
                if clock_corrected {
                    return Err(error);
                }
                clock_corrected = true;
                attempt += 1;
                continue;
            }
            if !key_renewed && self.parts.can_renew(&prepared, &error) {
                key_renewed = true;
                attempt += 1;
                continue;
            }
            let pause = retry.pause_after(attempt, error.retry_after);
            if attempt >= retry.tries || !is_transient(&error) || Instant::now() + pause >= deadline {
                return Err(error);
            }
            sleep(pause).await;
            attempt += 1;
        }
    }
}

/// Whether another try within seconds can help.
fn is_transient(error: &CloudError) -> bool {
    let lasting = matches!(error.kind, ErrorKind::Limited) || error.is_credential_problem();
    error.verdict == Verdict::Retry && !lasting
}

/// What an answer tells, as the action's own type.
pub(crate) fn typed<A: Action>(answer: Answer) -> Result<Reply<A::Response>, CloudError> {
    let body = serde_json::from_slice(&answer.body)
        .map_err(|error| undocumented(&ActionInfo::of::<A>(), &answer, &error))?;
    Ok(Reply {
        body,
        request_id: answer.request_id,
        http_status: answer.http_status,
    })
}

/// The body is good JSON with a good envelope but not what the action is documented to answer.
/// The reader's own text may quote values, so only the place is told.
fn undocumented(action: &ActionInfo, answer: &Answer, error: &serde_json::Error) -> CloudError {
    let what = match error.classify() {
        Category::Data => "the answer has another form than documented",
        Category::Syntax | Category::Eof | Category::Io => "the answer is not complete JSON",
    };
    let text = format!("{what} (line {} column {})", error.line(), error.column());
    let mut error = CloudError::local(action, ErrorKind::Unreadable, &text);
    error.details_mut().http_status = Some(answer.http_status);
    error.details_mut().request_id = Some(answer.request_id.clone());
    error
}
