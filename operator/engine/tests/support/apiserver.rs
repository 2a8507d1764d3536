//! An API server in memory, as far as the engine uses one: get, create, status replacement and
//! deletion with their resourceVersion and uid preconditions, applied Secrets, events. It logs all requests and fails on
//! demand before or after it stored what was asked.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{Method, Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};

use super::stops::Stops;

/// What goes wrong with a request.
pub enum Fault {
    /// 500, nothing stored.
    Refuse,
    /// 403, as by an admission policy or a quota.
    Forbid,
    /// 500, stored.
    RefuseAfterStoring,
    /// No answer, nothing stored.
    Hang,
    /// No answer, stored.
    HangAfterStoring,
    /// Somebody does this just before.
    Before(Box<dyn FnOnce(&mut Objects) + Send>),
}

struct Rule {
    verb: &'static str,
    resource: &'static str,
    skip: usize,
    fault: Fault,
}

/// A request and its answer.
#[derive(Clone, Debug)]
pub struct Logged {
    pub verb: &'static str,
    pub resource: String,
    pub name: String,
    pub body: String,
    pub code: u16,
}

/// All objects, by `resource/namespace/name`.
#[derive(Default)]
pub struct Objects {
    all: BTreeMap<String, Value>,
    version: u64,
}

impl Objects {
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.all.get(key)
    }

    pub fn keys(&self, resource: &str) -> Vec<String> {
        let prefix = format!("{resource}/");
        self.all
            .keys()
            .filter(|k| k.starts_with(&prefix))
            .cloned()
            .collect()
    }

    /// Creates an object; server-side fields are filled in.
    pub fn create(&mut self, key: &str, mut object: Value) -> Value {
        self.version += 1;
        object["metadata"]["uid"] = json!(format!("uid-{}", self.version));
        object["metadata"]["generation"] = json!(1);
        object["metadata"]["creationTimestamp"] = json!("2026-11-21T00:00:00Z");
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.all.insert(key.to_owned(), object.clone());
        object
    }

    /// Changes an object as its server does: a change bumps the version, one of the spec the generation.
    pub fn edit(&mut self, key: &str, change: impl FnOnce(&mut Value)) -> Value {
        let before = self.all.get(key).expect("the object exists").clone();
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            self.version += 1;
            after["metadata"]["resourceVersion"] = json!(self.version.to_string());
            if after["spec"] != before["spec"] {
                let generation = before["metadata"]["generation"].as_i64().unwrap_or(1);
                after["metadata"]["generation"] = json!(generation + 1);
            }
            self.all.insert(key.to_owned(), after.clone());
        }
        after
    }

    pub fn delete(&mut self, key: &str) {
        self.all.remove(key);
    }
}

#[derive(Default)]
struct Inner {
    objects: Objects,
    log: Vec<Logged>,
    rules: Vec<Rule>,
}

/// The server.
pub struct ApiServer {
    inner: Mutex<Inner>,
    stops: Arc<Stops>,
}

struct Asked {
    verb: &'static str,
    resource: String,
    key: String,
    name: String,
    body: Value,
}

impl ApiServer {
    pub fn new(stops: Arc<Stops>) -> Arc<Self> {
        let inner = Mutex::default();
        Arc::new(Self { inner, stops })
    }

    /// A client of this server, without any retry of its own.
    pub fn client(self: &Arc<Self>) -> Client {
        let server = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let server = server.clone();
            async move { Ok::<_, Infallible>(server.serve(request).await) }
        });
        Client::new(service, "default")
    }

    /// Looks at or changes the objects behind the operator's back.
    pub fn with<T>(&self, work: impl FnOnce(&mut Objects) -> T) -> T {
        work(&mut self.inner.lock().unwrap().objects)
    }

    /// The request of this verb and resource after `skip` others fails.
    pub fn fail(&self, verb: &'static str, resource: &'static str, skip: usize, fault: Fault) {
        let rule = Rule {
            verb,
            resource,
            skip,
            fault,
        };
        self.inner.lock().unwrap().rules.push(rule);
    }

    /// All requests so far.
    pub fn log(&self) -> Vec<Logged> {
        self.inner.lock().unwrap().log.clone()
    }

    /// Requests that stored something, by verb and resource.
    pub fn stored(&self, verb: &str, resource: &str) -> usize {
        let matches = |l: &&Logged| l.verb == verb && l.resource == resource && l.code < 300;
        self.log().iter().filter(matches).count()
    }

    async fn serve(&self, request: Request<Body>) -> Response<Body> {
        let asked = asked(request).await;
        let place = format!("{} {}", asked.verb, asked.resource);
        self.stops.pass(&format!("before {place}")).await;
        let Some((code, answer)) = self.answer(&asked) else {
            return std::future::pending().await;
        };
        self.stops.pass(&format!("after {place}")).await;
        Response::builder()
            .status(code)
            .body(Body::from(answer.to_string().into_bytes()))
            .expect("a response")
    }

    /// `None` where the answer never comes.
    fn answer(&self, asked: &Asked) -> Option<(u16, Value)> {
        let mut inner = self.inner.lock().unwrap();
        let Inner { objects, log, rules } = &mut *inner;
        let fault = due(rules, asked);
        let (stores, code) = match fault {
            None => (true, None),
            Some(Fault::Before(change)) => {
                change(objects);
                (true, None)
            }
            Some(Fault::Refuse) => (false, Some(500)),
            Some(Fault::Forbid) => (false, Some(403)),
            Some(Fault::RefuseAfterStoring) => (true, Some(500)),
            Some(Fault::Hang) => (false, Some(0)),
            Some(Fault::HangAfterStoring) => (true, Some(0)),
        };
        let answer = if stores {
            handle(objects, asked)
        } else {
            failure(500)
        };
        let (code, answer) = match code {
            None => answer,
            Some(code) => (code, failure(code).1),
        };
        log.push(Logged {
            verb: asked.verb,
            resource: asked.resource.clone(),
            name: asked.name.clone(),
            body: asked.body.to_string(),
            code,
        });
        (code != 0).then_some((code, answer))
    }
}

fn due(rules: &mut Vec<Rule>, asked: &Asked) -> Option<Fault> {
    let mine = |r: &Rule| r.verb == asked.verb && r.resource == asked.resource;
    let index = rules.iter().position(mine)?;
    if rules[index].skip > 0 {
        rules[index].skip -= 1;
        return None;
    }
    Some(rules.remove(index).fault)
}

async fn asked(request: Request<Body>) -> Asked {
    let (parts, body) = request.into_parts();
    let bytes = body.collect_bytes().await.expect("a body");
    let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    let path: Vec<&str> = parts.uri.path().split('/').filter(|p| !p.is_empty()).collect();
    let namespaces = path
        .iter()
        .position(|p| *p == "namespaces")
        .expect("a namespaced path");
    let (namespace, resource) = (path[namespaces + 1], path[namespaces + 2]);
    let in_body = body["metadata"]["name"].as_str().unwrap_or_default();
    let name = path.get(namespaces + 3).copied().unwrap_or(in_body).to_owned();
    let status = path.get(namespaces + 4) == Some(&"status");
    let verb = match parts.method {
        Method::GET => "get",
        Method::POST => "create",
        Method::PUT if status => "status",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        other => panic!("the engine is not known to {other} {}", parts.uri),
    };
    Asked {
        verb,
        resource: resource.to_owned(),
        key: format!("{resource}/{namespace}/{name}"),
        name,
        body,
    }
}

fn handle(objects: &mut Objects, asked: &Asked) -> (u16, Value) {
    let found = objects.get(&asked.key).cloned();
    match (asked.verb, found) {
        ("get", Some(found)) => (200, found),
        ("create", None) => (201, objects.create(&asked.key, asked.body.clone())),
        ("create", Some(_)) => failure(409),
        ("status", Some(found)) => replace_status(objects, asked, &found),
        ("delete", Some(found)) => delete(objects, asked, &found),
        ("patch", found) => patch(objects, asked, found.as_ref()),
        _ => failure(404),
    }
}

fn replace_status(objects: &mut Objects, asked: &Asked, found: &Value) -> (u16, Value) {
    let (ours, theirs) = (&asked.body["metadata"], &found["metadata"]);
    if ours["resourceVersion"].is_null() {
        // Custom resources cannot be replaced without one.
        return failure(422);
    }
    if ours["uid"] != theirs["uid"] || ours["resourceVersion"] != theirs["resourceVersion"] {
        return failure(409);
    }
    let status = asked.body["status"].clone();
    (200, objects.edit(&asked.key, |object| object["status"] = status))
}

/// A deletion with the version and uid that it is meant for.
fn delete(objects: &mut Objects, asked: &Asked, found: &Value) -> (u16, Value) {
    let (meant, metadata) = (&asked.body["preconditions"], &found["metadata"]);
    if meant["uid"] != metadata["uid"] || meant["resourceVersion"] != metadata["resourceVersion"] {
        return failure(409);
    }
    objects.delete(&asked.key);
    (200, found.clone())
}

/// A merge patch, or an apply that owns all it names; either may carry a version as a precondition.
fn patch(objects: &mut Objects, asked: &Asked, found: Option<&Value>) -> (u16, Value) {
    let wanted = &asked.body["metadata"]["resourceVersion"];
    let Some(found) = found else {
        return match (asked.resource.as_str(), wanted) {
            ("events", _) => failure(404),
            (_, Value::Null) => (201, objects.create(&asked.key, asked.body.clone())),
            _ => failure(409),
        };
    };
    if !wanted.is_null() && *wanted != found["metadata"]["resourceVersion"] {
        return failure(409);
    }
    let mut body = asked.body.clone();
    body["metadata"]
        .as_object_mut()
        .expect("metadata")
        .remove("resourceVersion");
    (200, objects.edit(&asked.key, |object| merge(object, body)))
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

fn failure(code: u16) -> (u16, Value) {
    let reason = match code {
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        422 => "Invalid",
        _ => "InternalError",
    };
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": format!("refused with {code}"), "reason": reason, "code": code,
    });
    (code, status)
}
