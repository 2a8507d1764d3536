//! Reads an HTTP answer: the request id of a success, or the error that the answer reports.
//! HTTP 200 alone is not success: several actions wrap a failure in `Code`, `Success` or `ResultCode`.
//! Errors come in JSON of two spellings, and from some front ends in XML.

use serde::Deserialize;
use serde_json::{Value, error::Category};

use crate::action::ActionInfo;
use crate::code::{Class, classify, result_code};
use crate::credentials::Credentials;
use crate::error::{CloudError, ErrorKind, Reported};
use crate::lenient;
use crate::transport::Incoming;

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

/// Deepest nesting of an answer. The deepest documented one has six levels.
const MAX_DEPTH: usize = 64;

/// The fields that any answer may have at its root.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope {
    #[serde(rename = "Code", deserialize_with = "lenient::text")]
    code: Option<String>,
    #[serde(rename = "code", deserialize_with = "lenient::text")]
    code_lower: Option<String>,
    #[serde(rename = "Message", deserialize_with = "lenient::text")]
    message: Option<String>,
    #[serde(rename = "message", deserialize_with = "lenient::text")]
    message_lower: Option<String>,
    #[serde(rename = "RequestId", deserialize_with = "lenient::text")]
    request_id: Option<String>,
    #[serde(rename = "requestId", deserialize_with = "lenient::text")]
    request_id_lower: Option<String>,
    #[serde(rename = "AccessDeniedDetail")]
    denied: Option<Value>,
    #[serde(rename = "Success", deserialize_with = "lenient::boolean")]
    success: Option<bool>,
    #[serde(rename = "ResultCode", deserialize_with = "lenient::integer")]
    result_code: Option<i64>,
    #[serde(rename = "HttpStatusCode", deserialize_with = "lenient::integer")]
    inner_status: Option<i64>,
}

impl Envelope {
    fn code(&self) -> Option<&str> {
        self.code
            .as_deref()
            .or(self.code_lower.as_deref())
            .filter(|code| !code.is_empty())
    }

    fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref().or(self.request_id_lower.as_deref())
    }

    fn report(&self, incoming: &Incoming) -> Reported<'_> {
        let denied = self.denied.as_ref().and_then(|detail| detail.get("AuthAction"));
        Reported {
            code: self.code(),
            message: self
                .message
                .as_deref()
                .or(self.message_lower.as_deref())
                .unwrap_or_default(),
            request_id: self.request_id(),
            denied_action: denied.and_then(Value::as_str),
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
    if depth(&incoming.body) > MAX_DEPTH {
        return Err(unreadable(action, &incoming, "the answer is nested too deep"));
    }
    let envelope = match serde_json::from_slice::<Envelope>(&incoming.body) {
        Ok(envelope) => envelope,
        Err(error) => return Err(not_json(action, credentials, &incoming, &error)),
    };
    if !(200..300).contains(&incoming.status) {
        return Err(match envelope.code() {
            Some(code) => gateway_error(action, credentials, code, &envelope.report(&incoming)),
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
    code: &str,
    report: &Reported<'_>,
) -> CloudError {
    let class = if report.denied_action.is_some() {
        Class::Denied
    } else {
        classify(code)
    };
    let class = match class {
        Class::Unlisted if report.http_status >= 500 => Class::Server,
        listed => listed,
    };
    CloudError::reported(action, ErrorKind::Gateway, class, report, credentials)
}

fn inner_error(
    action: &ActionInfo,
    credentials: &Credentials,
    envelope: &Envelope,
    incoming: &Incoming,
) -> Option<CloudError> {
    let good_codes = ["200", "OK", "Success", "0"];
    let code = envelope
        .code()
        .filter(|code| !good_codes.iter().any(|good| good.eq_ignore_ascii_case(code)));
    let result = envelope.result_code.filter(|code| *code != 0);
    let failed = envelope.success == Some(false) || envelope.inner_status.is_some_and(|status| status >= 400);
    let (class, meaning) = match (result, code) {
        (Some(result), _) => result_code(result),
        (None, Some(code)) => (classify(code), "the service reports a failure"),
        (None, None) if failed => (Class::Unlisted, "the service reports a failure"),
        (None, None) => return None,
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

fn not_json(
    action: &ActionInfo,
    credentials: &Credentials,
    incoming: &Incoming,
    error: &serde_json::Error,
) -> CloudError {
    let text = String::from_utf8_lossy(&incoming.body);
    if let (true, Some(code)) = (incoming.status >= 400, xml_element(&text, "Code")) {
        let report = Reported {
            code: Some(code),
            message: xml_element(&text, "Message").unwrap_or_default(),
            request_id: xml_element(&text, "RequestId"),
            denied_action: xml_element(&text, "AuthAction"),
            retry_after: incoming.retry_after,
            http_status: incoming.status,
        };
        return gateway_error(action, credentials, code, &report);
    }
    // serde_json's own text can quote the body.
    let reason = match error.classify() {
        Category::Eof => "the answer ends before its JSON does",
        Category::Data => "the answer is JSON of another form than documented",
        Category::Syntax | Category::Io => "the answer is not JSON",
    };
    unreadable(action, incoming, reason)
}

/// How deep lists and structures of a JSON text nest. serde_json limits only what it keeps, and it
/// skips unknown fields of any depth.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The text of the first `<name>` element, when the body is an `<Error>` document.
fn xml_element<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let error = &body[body.find("<Error>")?..];
    let start = error.find(&format!("<{name}>"))? + name.len() + 2;
    let length = error[start..].find("</")?;
    Some(error[start..start + length].trim())
}

fn unreadable(action: &ActionInfo, incoming: &Incoming, reason: &str) -> CloudError {
    let text = format!("{reason} ({} bytes)", incoming.body.len());
    let mut error = CloudError::local(action, ErrorKind::Unreadable, &text);
    error.details_mut().http_status = Some(incoming.status);
    error.details_mut().retry_after = incoming.retry_after;
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_structure_and_not_text() {
        assert_eq!(depth(br#"{"a":[1,{"b":[]}],"c":{}}"#), 4);
        assert_eq!(depth(br#"{"a":"[[[\"[[[","b":1}"#), 1);
        assert_eq!(depth(b"]]]]["), 1);
        assert_eq!(depth(&[b'['; 5000]), 5000);
    }
}
