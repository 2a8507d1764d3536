//! Reads an HTTP answer: the request id of a success, or the error that the answer reports.
//! HTTP 200 alone is not success: several actions wrap a failure in `Code`, `Success` or `ResultCode`.
//! Errors come in JSON of two spellings, and from some front ends in XML.

use serde::Deserialize;
use serde_json::Value;

use crate::action::ActionInfo;
use crate::code::{Class, classify, result_code};
use crate::credentials::Credentials;
use crate::error::{CloudError, ErrorKind, Reported};
use crate::json;
use crate::transport::Incoming;
use crate::wire;

/// A successful answer whose envelope was checked.
pub(crate) struct Answer {
    pub(crate) request_id: String,
    pub(crate) http_status: u16,
    pub(crate) body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Answer")
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// Inner codes of success; any other one is an error.
const GOOD_CODES: &[&str] = &["200", "OK", "Success", "0"];

/// What is said of a failure that has no text.
const FAILURE: &str = "the service reports a failure";

/// The fields that any answer may have at its root.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope {
    #[serde(rename = "Code", deserialize_with = "wire::read")]
    code: Option<String>,
    #[serde(rename = "code", deserialize_with = "wire::read")]
    code_lower: Option<String>,
    #[serde(rename = "Message", deserialize_with = "wire::read")]
    message: Option<String>,
    #[serde(rename = "message", deserialize_with = "wire::read")]
    message_lower: Option<String>,
    #[serde(rename = "RequestId", deserialize_with = "wire::read")]
    request_id: Option<String>,
    #[serde(rename = "requestId", deserialize_with = "wire::read")]
    request_id_lower: Option<String>,
    #[serde(rename = "AccessDeniedDetail")]
    denied: Option<Value>,
    #[serde(rename = "Success", deserialize_with = "wire::read")]
    success: Option<bool>,
    #[serde(rename = "ResultCode", deserialize_with = "wire::read")]
    result_code: Option<i64>,
    #[serde(rename = "HttpStatusCode", deserialize_with = "wire::read")]
    inner_status: Option<i64>,
}

impl Envelope {
    fn codes(&self) -> impl Iterator<Item = &str> {
        let codes = [&self.code, &self.code_lower].into_iter();
        codes.filter_map(|code| code.as_deref().filter(|code| !code.is_empty()))
    }

    /// The code that says most: the one of an error before one of success.
    fn code(&self) -> Option<&str> {
        self.codes().find(|code| !is_good(code)).or(self.codes().next())
    }

    /// Whether any part of it says that all is well. Beside an error such an answer proves nothing.
    fn claims_success(&self) -> bool {
        self.success == Some(true) || self.result_code == Some(0) || self.codes().any(is_good)
    }

    /// The family of an error code, as far as the rest of the answer does not contradict it.
    fn class(&self, code: &str) -> Class {
        let differ = self.codes().any(|other| other != code);
        if differ || self.claims_success() {
            return Class::Unlisted;
        }
        family(code, self.denied_action().is_some())
    }

    fn denied_action(&self) -> Option<&str> {
        self.denied.as_ref()?.get("AuthAction")?.as_str()
    }

    fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref().or(self.request_id_lower.as_deref())
    }

    fn report(&self, incoming: &Incoming) -> Reported<'_> {
        Reported {
            code: self.code(),
            message: self
                .message
                .as_deref()
                .or(self.message_lower.as_deref())
                .unwrap_or_default(),
            request_id: self.request_id(),
            denied_action: self.denied_action(),
            retry_after: incoming.retry_after,
            http_status: incoming.status,
        }
    }
}

/// Judges an answer.
pub(crate) fn read(
    action: &ActionInfo,
    credentials: &Credentials,
    incoming: Incoming,
) -> Result<Answer, CloudError> {
    if (300..400).contains(&incoming.status) {
        return Err(unreadable(
            action,
            &incoming,
            "the server answered with a redirect, which is not followed",
        ));
    }
    if let Err(unfit) = json::check(&incoming.body) {
        let from_xml = xml_error(action, credentials, &incoming);
        return Err(from_xml.unwrap_or_else(|| unreadable(action, &incoming, unfit.reason())));
    }
    let Ok(envelope) = serde_json::from_slice::<Envelope>(&incoming.body) else {
        // The reader's own text can quote the body.
        let reason = "the answer is JSON of another form than documented";
        return Err(unreadable(action, &incoming, reason));
    };
    if !(200..300).contains(&incoming.status) {
        return Err(match envelope.code() {
            Some(code) => {
                let report = envelope.report(&incoming);
                gateway_error(action, credentials, envelope.class(code), &report)
            }
            None => unreadable(action, &incoming, "the error has no code"),
        });
    }
    if let Some(error) = inner_error(action, credentials, &envelope, &incoming) {
        return Err(error);
    }
    match envelope.request_id().and_then(crate::sanitize::token) {
        Some(request_id) => Ok(Answer {
            request_id,
            http_status: incoming.status,
            body: incoming.body,
        }),
        None => Err(unreadable(action, &incoming, "the answer has no request id")),
    }
}

fn gateway_error(
    action: &ActionInfo,
    credentials: &Credentials,
    class: Class,
    report: &Reported<'_>,
) -> CloudError {
    let class = if report.http_status >= 500 {
        of_a_failed_server(class)
    } else {
        class
    };
    CloudError::reported(action, ErrorKind::Gateway, class, report, credentials)
}

fn inner_error(
    action: &ActionInfo,
    credentials: &Credentials,
    envelope: &Envelope,
    incoming: &Incoming,
) -> Option<CloudError> {
    let code = envelope.code().filter(|code| !is_good(code));
    let result = envelope.result_code.filter(|code| *code != 0);
    let failed = envelope.success == Some(false) || envelope.inner_status.is_some_and(|status| status >= 400);
    let (class, meaning) = match (result, code) {
        (Some(result), _) => result_code(result),
        (None, Some(code)) => (envelope.class(code), FAILURE),
        (None, None) if failed => (Class::Unlisted, FAILURE),
        (None, None) => return None,
    };
    let class = match envelope.inner_status {
        _ if envelope.claims_success() => Class::Unlisted,
        Some(500..) => of_a_failed_server(class),
        _ => class,
    };
    let mut report = envelope.report(incoming);
    report.code = code;
    let text = match result {
        Some(result) => format!("{meaning} (ResultCode {result}) {}", report.message),
        None if report.message.is_empty() => meaning.to_owned(),
        None => report.message.to_owned(),
    };
    report.message = text.trim_end();
    let kind = ErrorKind::Inner { result_code: result };
    Some(CloudError::reported(action, kind, class, &report, credentials))
}

/// The family of an error code, which may be new if the answer says which permission is missing.
fn family(code: &str, is_denial: bool) -> Class {
    let known = crate::sanitize::token(code).map_or(Class::Unlisted, |code| classify(&code));
    match known {
        Class::Unlisted if is_denial => Class::Denied,
        known => known,
    }
}

/// What a code still proves beside a status of 500 or more: some products throttle with 503.
fn of_a_failed_server(class: Class) -> Class {
    match class {
        Class::Throttled => Class::Throttled,
        _ => Class::Server,
    }
}

fn is_good(code: &str) -> bool {
    GOOD_CODES.iter().any(|good| good.eq_ignore_ascii_case(code))
}

/// The error that an XML document reports.
fn xml_error(action: &ActionInfo, credentials: &Credentials, incoming: &Incoming) -> Option<CloudError> {
    let document = Xml::error(&incoming.body).filter(|_| incoming.status >= 400)?;
    let code = document.element("Code")?;
    let report = Reported {
        code: Some(code),
        message: document.element("Message").unwrap_or_default(),
        request_id: document.element("RequestId"),
        denied_action: document.element("AuthAction"),
        retry_after: incoming.retry_after,
        http_status: incoming.status,
    };
    let class = family(code, report.denied_action.is_some());
    Some(gateway_error(action, credentials, class, &report))
}

/// A whole `<Error>` document with nothing around it but a declaration.
struct Xml<'a>(&'a str);

impl<'a> Xml<'a> {
    fn error(body: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?.trim();
        let text = match text.strip_prefix("<?xml ") {
            Some(declared) => declared.split_once("?>")?.1.trim_start(),
            None => text,
        };
        let inside = text.strip_prefix("<Error>")?.strip_suffix("</Error>")?;
        Some(Self(inside))
    }

    /// The text of an element that is there once.
    fn element(&self, name: &str) -> Option<&'a str> {
        let (_, rest) = self.0.split_once(&format!("<{name}>"))?;
        let (text, rest) = rest.split_once(&format!("</{name}>"))?;
        let is_only = !rest.contains(&format!("<{name}>")) && !text.contains('<');
        is_only.then(|| text.trim())
    }
}

fn unreadable(action: &ActionInfo, incoming: &Incoming, reason: &str) -> CloudError {
    let text = format!("{reason} ({} bytes)", incoming.body.len());
    let mut error = CloudError::local(action, ErrorKind::Unreadable, &text);
    error.details_mut().http_status = Some(incoming.status);
    error.details_mut().retry_after = incoming.retry_after;
    error
}

#[cfg(test)]
mod tests;
