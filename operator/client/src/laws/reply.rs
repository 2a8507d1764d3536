//! The laws of answers. The judge here is slow and simple: it reads a whole answer as a tree and looks
//! for reasons not to believe it.

use serde_json::{Map, Value};

use crate::action::{Action, ActionInfo};
use crate::actions::{self, BindAuthToMachine, GetAuthSummary, Registered, Visitor};
use crate::code::classify;
use crate::error::{CloudError, ErrorKind, Verdict};
use crate::read::typed;
use crate::reply::{Answer, read};
use crate::transport::Incoming;
use crate::{Credentials, action};

/// No answer is taken for more than it proves, for a read or for a write.
pub fn reply(status: u16, body: &[u8]) {
    let error = judged::<BindAuthToMachine>(status, body);
    match &error {
        None => assert_success(status, body),
        Some(error) if error.verdict != Verdict::Unknown => {
            assert_proof(status, body, error);
            // Any shorter answer is a broken one.
            let cut = body.trim_ascii_end();
            let cut = judged::<BindAuthToMachine>(status, &cut[..cut.len().saturating_sub(1)]);
            assert_eq!(cut.map(|error| error.verdict), Some(Verdict::Unknown));
        }
        Some(_) => {}
    }
    let read = judged::<GetAuthSummary>(status, body);
    assert_eq!(
        read.is_none(),
        error.is_none(),
        "an answer is a success for reads and writes alike"
    );
    for error in [read.as_ref(), error.as_ref()].into_iter().flatten() {
        assert_fit_to_show(error);
    }
    assert!(
        read.is_none_or(|error| error.verdict != Verdict::Unknown),
        "a read changes nothing"
    );
}

fn judged<A: Action>(status: u16, body: &[u8]) -> Option<CloudError> {
    let incoming = Incoming {
        status,
        date: None,
        retry_after: None,
        body: body.to_vec(),
    };
    let key = Credentials::access_key("LTAIid", "secret");
    let answer = read(&ActionInfo::of::<A>(), &key, incoming);
    if let Ok(answer) = &answer {
        assert!(!answer.request_id.is_empty());
        let _: Result<A::Response, _> = serde_json::from_slice(&answer.body);
    }
    answer.err()
}

fn assert_success(status: u16, body: &[u8]) {
    assert!((200..300).contains(&status), "{status}");
    let fields = fields(body).expect("a success is a JSON structure");
    assert!(!texts(&fields, &["RequestId", "requestId"]).is_empty());
    let bad: Vec<String> = texts(&fields, &["Code", "code"])
        .into_iter()
        .filter(|code| !["200", "ok", "success", "0"].contains(&code.to_lowercase().as_str()))
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
    assert!(
        texts(&fields, &["ResultCode"])
            .iter()
            .all(|code| code.trim().parse() == Ok(0))
    );
    assert!(!says(&fields, "Success", &["false", "0"]));
    let inner = texts(&fields, &["HttpStatusCode"]);
    assert!(
        inner
            .iter()
            .all(|status| status.trim().parse::<i64>().unwrap() < 400)
    );
}

/// A verdict about a write needs a documented reason and nothing that speaks against it.
fn assert_proof(status: u16, body: &[u8], error: &CloudError) {
    assert!(!(300..400).contains(&status), "a redirect proves nothing");
    assert!(
        matches!(error.kind, ErrorKind::Gateway | ErrorKind::Inner { .. }),
        "{error}"
    );
    let class = error.code.as_deref().map(classify);
    let by_code = class.is_some_and(|class| class.verdict(action::Effect::Write) == error.verdict);
    if status >= 500 {
        assert!(by_code && error.is_throttled(), "{error}");
    }
    let Some(fields) = fields(body) else {
        assert!(body.trim_ascii().starts_with(b"<") && status >= 400, "{error}");
        return;
    };
    let by_result = matches!(
        error.kind,
        ErrorKind::Inner {
            result_code: Some(1..=7)
        }
    );
    let by_denial = fields.contains_key("AccessDeniedDetail");
    assert!(by_code || by_result || by_denial, "{error}");
    assert!(!says(&fields, "Success", &["true", "1"]), "{error}");
    assert!(
        !texts(&fields, &["ResultCode"])
            .iter()
            .any(|code| code.trim().parse() == Ok(0))
    );
}

fn assert_fit_to_show(error: &CloudError) {
    assert!(error.message.chars().count() <= 300);
    assert!(!error.to_string().chars().any(char::is_control), "{error:?}");
    assert!(!error.message.contains("://"), "{error}");
}

fn fields(body: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

/// What these fields hold, without those that hold nothing.
fn texts(fields: &Map<String, Value>, names: &[&str]) -> Vec<String> {
    let values = names.iter().filter_map(|name| fields.get(*name));
    let texts = values.map(|value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    texts.filter(|text| !text.trim().is_empty()).collect()
}

fn says(fields: &Map<String, Value>, name: &str, values: &[&str]) -> bool {
    let texts = texts(fields, &[name]);
    texts
        .iter()
        .any(|text| values.contains(&text.trim().to_lowercase().as_str()))
}

/// Reads a body as the reply of every action. Whatever it is, each reads or refuses it, and a refusal
/// quotes nothing of it.
pub fn every_type(body: &[u8]) {
    actions::visit(&mut Readers(body));
}

/// A text that must not come out of a reader.
pub const CANARY: &str = "CanaryOfTheLaws";

struct Readers<'a>(&'a [u8]);

impl Visitor for Readers<'_> {
    fn visit<A: Registered>(&mut self) {
        let answer = Answer {
            request_id: "A-1".to_owned(),
            http_status: 200,
            body: self.0.to_vec(),
        };
        if let Err(error) = typed::<A>(answer) {
            assert_eq!(error.kind, ErrorKind::Unreadable, "{error}");
            assert_fit_to_show(&error);
            assert!(!format!("{error} {error:?}").contains(CANARY), "{error}");
        }
    }
}
