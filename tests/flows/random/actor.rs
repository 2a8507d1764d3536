//! Somebody who does what chance tells, in one identity, and notes what the API server accepted.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use kube::Client;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use sas_api::annotations;
use sas_tests::world::Identity;
use sas_tests::{Flow, World, raw};
use serde_json::{Value, json};

use super::OBJECTS;
use super::history::{Accepted, History};

/// What all actors know.
pub struct Shared {
    pub world: World,
    pub namespace: String,
    accepted: Accepted,
    /// Objects as somebody exported them once.
    exports: Mutex<Vec<Value>>,
}

impl Shared {
    pub fn new(flow: &Flow, history: &History) -> Self {
        Self {
            world: flow.world.clone(),
            namespace: flow.namespace.clone(),
            accepted: history.accepted(),
            exports: Mutex::default(),
        }
    }

    /// Notes that somebody's request led to this version of an object; other answers are left out.
    pub fn note(&self, who: Identity, body: &Value) {
        if body["kind"] == "SasAuthBinding" {
            self.accepted.note(who, body);
        }
    }
}

/// One of the crowd.
pub struct Actor {
    pub who: Identity,
    pub client: Client,
    pub rng: StdRng,
    pub shared: Arc<Shared>,
}

impl Actor {
    pub async fn new(flow: &Flow, shared: &Arc<Shared>, who: Identity, seed: u64) -> Result<Self> {
        Ok(Self {
            who,
            client: flow.world.client(who).await?,
            rng: StdRng::seed_from_u64(seed),
            shared: shared.clone(),
        })
    }

    pub fn is_approver(&self) -> bool {
        matches!(self.who, Identity::Approver | Identity::Approver2)
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.rng.random_bool(probability)
    }

    pub fn one_of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices
            .choose(&mut self.rng)
            .expect("there is something to choose")
    }

    pub fn collection(&self) -> String {
        raw::path("sasauthbindings", &self.shared.namespace, "")
    }

    /// Name and path of some object.
    pub fn object(&mut self) -> (&'static str, String) {
        let name = self.one_of(&OBJECTS);
        (name, format!("{}/{name}", self.collection()))
    }

    /// The object as it is, also kept for a later attempt to bring it back.
    pub async fn read(&mut self, path: &str) -> Result<Value> {
        let (_, object) = raw::send(&self.client, "GET", path, Value::Null).await?;
        let mut exports = self.shared.exports.lock().unwrap_or_else(PoisonError::into_inner);
        if object["kind"] == "SasAuthBinding" && exports.len() < 200 {
            exports.push(object.clone());
        }
        Ok(object)
    }

    /// Some object as it once was.
    pub fn export(&mut self) -> Option<Value> {
        let exports = self.shared.exports.lock().unwrap_or_else(PoisonError::into_inner);
        exports.choose(&mut self.rng).cloned()
    }

    /// Annotations of a decision, as true or as wrong as chance will have it.
    pub fn decision(&mut self, object: &Value) -> Value {
        let published = object["status"]["plan"]["hash"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let earlier = self.export().unwrap_or_default();
        let earlier = earlier["status"]["plan"]["hash"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let (published, earlier) = (published.as_str(), earlier.as_str());
        let hashes = [published, published, published, earlier, "sha256:0", ""];
        let own = self.who.user();
        let names = [own, own, own, "approver", "approver2", Identity::ArgoCd.user()];
        let (key, hash) = (
            if self.chance(0.1) {
                annotations::REJECTED_PLAN
            } else {
                annotations::APPROVED_PLAN
            },
            self.one_of(&hashes).to_owned(),
        );
        let mut decision = json!({key: hash});
        if !self.shared.world.stamped || self.chance(0.3) {
            decision[annotations::APPROVED_BY] = json!(self.one_of(&names));
        }
        for (key, values) in [
            (annotations::APPROVAL_COMMENT, ["because", "for fun", ""]),
            (
                annotations::APPROVAL_NOT_AFTER,
                ["2100-01-01T00:00:00Z", "2000-01-01T00:00:00Z", "soon"],
            ),
            (annotations::REVOKED_BY, ["", "approver", "somebody sha256:0"]),
            (annotations::REQUESTED_BY, ["somebody", "", "approver"]),
        ] {
            if self.chance(0.05) {
                decision[key] = json!(self.one_of(&values));
            }
        }
        decision
    }
}
