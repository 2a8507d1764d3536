//! What goes back to the client and how: a body in the asked-for format, or what a fault makes of
//! it, including replies that never come.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::action::Product;
use crate::fault::{FaultKind, Rule};
use crate::xml;

/// How an answer is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// At once.
    Now,
    /// After a pause.
    After(Duration),
    /// Not at all: the connection is reset after this long.
    ResetAfter(Duration),
}

/// A reply.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Vec<u8>,
    pub retry_after_milliseconds: Option<u64>,
    pub date: Timestamp,
    pub delivery: Delivery,
}

const JSON: &str = "application/json;charset=utf-8";
const XML: &str = "text/xml;charset=utf-8";
const DEFAULT_OVERSIZE: usize = 64 << 20;

/// What every answer of one request shares.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style<'a> {
    pub action: &'a str,
    pub product: Option<Product>,
    pub request_id: &'a str,
    pub host: &'a str,
    pub wants_json: bool,
    pub date: Timestamp,
}

impl Style<'_> {
    /// The answer of an action; its body gets the request id.
    pub fn success(&self, mut body: Vec<u8>) -> Answer {
        // The body is an object; the id goes behind its fields, so that a large page is not copied.
        body.pop();
        let separator = if body.len() > 1 { "," } else { "" };
        let id = format!(r#"{separator}"RequestId":"{}"}}"#, self.request_id);
        body.extend_from_slice(id.as_bytes());
        if self.wants_json {
            return self.answer(200, JSON, body);
        }
        let value: Value = serde_json::from_slice(&body).unwrap_or_default();
        self.answer(
            200,
            XML,
            xml::document(&format!("{}Response", self.action), &value),
        )
    }

    /// The answer of a refusal.
    pub fn refusal(&self, refusal: &Refusal) -> Answer {
        let body = refusal.body(self.request_id, self.host, self.product);
        let answer = if self.wants_json {
            self.answer(refusal.status, JSON, body.to_string().into_bytes())
        } else {
            self.answer(refusal.status, XML, xml::document("Error", &body))
        };
        Answer {
            retry_after_milliseconds: refusal.retry_after_milliseconds,
            ..answer
        }
    }

    /// What a fault makes of an answer.
    pub fn spoilt(&self, rule: &Rule, answer: Answer) -> Answer {
        let status = |default| rule.status.unwrap_or(default);
        match rule.kind {
            FaultKind::Throttle | FaultKind::Error => self.refusal(&named_error(rule)),
            FaultKind::LowerCaseError => {
                let refusal = named_error(rule);
                let (code, message) = (refusal.code, refusal.message);
                let body = json!({"code": code, "message": message, "requestId": self.request_id});
                self.answer(refusal.status, JSON, body.to_string().into_bytes())
            }
            FaultKind::Status | FaultKind::CommitThenStatus => self.refusal(&overridden(rule, 503)),
            FaultKind::Hang | FaultKind::CommitThenHang => Answer {
                delivery: Delivery::ResetAfter(Duration::from_secs_f64(rule.seconds.unwrap_or(3600.0))),
                ..answer
            },
            FaultKind::ResetBefore | FaultKind::CommitThenReset => Answer {
                delivery: Delivery::ResetAfter(Duration::ZERO),
                ..answer
            },
            FaultKind::Slow => Answer {
                delivery: Delivery::After(Duration::from_secs_f64(rule.seconds.unwrap_or(5.0))),
                ..answer
            },
            FaultKind::TruncatedJson => {
                let half = answer.body.len() / 2;
                let body = answer.body[..half].to_vec();
                Answer { body, ..answer }
            }
            FaultKind::WrongTypes => {
                let value = serde_json::from_slice(&answer.body).unwrap_or_default();
                let body = of_other_types(value).to_string().into_bytes();
                Answer { body, ..answer }
            }
            FaultKind::Html => self.answer(status(502), "text/html", PROXY_PAGE.as_bytes().to_vec()),
            FaultKind::Xml => {
                let refusal = overridden(rule, 503);
                let body = refusal.body(self.request_id, self.host, self.product);
                self.answer(refusal.status, XML, xml::document("Error", &body))
            }
            FaultKind::Oversize => {
                let padding = "x".repeat(rule.bytes.unwrap_or(DEFAULT_OVERSIZE));
                let body = json!({"RequestId": self.request_id, "Padding": padding});
                self.answer(status(200), JSON, body.to_string().into_bytes())
            }
        }
    }

    fn answer(&self, status: u16, content_type: &'static str, body: Vec<u8>) -> Answer {
        Answer {
            status,
            content_type,
            body,
            retry_after_milliseconds: None,
            date: self.date,
            delivery: Delivery::Now,
        }
    }
}

const PROXY_PAGE: &str = "<html><head><title>502 Bad Gateway</title></head>\
    <body><center><h1>502 Bad Gateway</h1></center></body></html>";

/// The error that a rule describes, as the gateway would word it.
pub(super) fn named_error(rule: &Rule) -> Refusal {
    let mut refusal = match rule.kind {
        FaultKind::Throttle => Refusal::new(
            400,
            "Throttling.User",
            "Request was denied due to user flow control.",
        ),
        _ => Refusal::new(400, "InternalError", "The request processing has failed."),
    };
    refusal.retry_after_milliseconds = rule.retry_after_milliseconds;
    with_overrides(refusal, rule)
}

fn overridden(rule: &Rule, default_status: u16) -> Refusal {
    with_overrides(Refusal::of_status(rule.status.unwrap_or(default_status)), rule)
}

fn with_overrides(refusal: Refusal, rule: &Rule) -> Refusal {
    Refusal {
        status: rule.status.unwrap_or(refusal.status),
        code: rule.code.clone().unwrap_or(refusal.code),
        message: rule.message.clone().unwrap_or(refusal.message),
        ..refusal
    }
}

/// The same names with values that no model accepts; the request id stays what it is.
fn of_other_types(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let other = |(name, value)| {
                let value = if name == "RequestId" {
                    value
                } else {
                    of_other_types(value)
                };
                (name, value)
            };
            Value::Object(fields.into_iter().map(other).collect())
        }
        Value::Array(items) => json!({"Items": items.len()}),
        Value::String(text) => json!([text]),
        Value::Number(number) => json!({"Value": number.to_string()}),
        Value::Bool(_) | Value::Null => json!("neither"),
    }
}

/// A time as the `Date` header wants it.
pub fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
