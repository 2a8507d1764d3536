//! What anybody can do to an object, by every path, honest or not.

use anyhow::Result;
use sas_api::annotations;
use sas_tests::paths::{self, CHANGES};
use sas_tests::{manifests, raw};
use serde_json::{Value, json};

use super::actor::Actor;
use super::{OBJECTS, server};

impl Actor {
    /// Does one thing. Whether it is refused does not matter; that the API server breaks down does.
    pub async fn act(&mut self) -> Result<()> {
        if self.is_approver() && self.chance(0.5) {
            return self.approve_honestly().await;
        }
        let (name, path) = self.object();
        // Weights: 100 in all. What destroys is rare, or nothing would come to be approved.
        let answer = match self.one_of_hundred() {
            0..50 => self.decide(&path).await?,
            50..62 => self.edit(&path).await?,
            62..72 => self.steer(&path).await?,
            72..84 => self.write_status(&path).await?,
            84..88 => self.create(name).await?,
            88..97 => self.bring_back().await?,
            97..99 => raw::send_full(&self.client, "DELETE", &path, Value::Null).await?,
            _ if self.chance(0.2) => {
                raw::send_full(&self.client, "DELETE", &self.collection(), Value::Null).await?
            }
            _ => self.revoke(&path).await?,
        };
        anyhow::ensure!(answer.status < 500, "{:?}: {answer:?}", self.who);
        self.shared.note(self.who, &answer.body);
        Ok(())
    }

    fn one_of_hundred(&mut self) -> u32 {
        rand::Rng::random_range(&mut self.rng, 0..100)
    }

    async fn change(&mut self, path: &str, changes: &Value) -> Result<raw::Answer> {
        let way = self.one_of(&CHANGES);
        let answer = paths::change(&self.client, way, path, changes).await?;
        Ok(if way.ends_with("dry run") {
            not_stored(answer)
        } else {
            answer
        })
    }

    /// As an approver should: reads the plan and approves it in his own name.
    async fn approve_honestly(&mut self) -> Result<()> {
        let (_, path) = self.object();
        let object = self.read(&path).await?;
        let approval = json!({
            annotations::APPROVED_PLAN: object["status"]["plan"]["hash"],
            annotations::REJECTED_PLAN: null, annotations::APPROVAL_NOT_AFTER: null,
        });
        let decision = self.shared.world.decision(self.who.user(), &approval);
        let answer = paths::change(&self.client, "merge patch", &path, &decision).await?;
        self.shared.note(self.who, &answer.body);
        Ok(())
    }

    async fn decide(&mut self, path: &str) -> Result<raw::Answer> {
        let object = self.read(path).await?;
        let decision = self.decision(&object);
        self.change(path, &json!({"metadata": {"annotations": decision}}))
            .await
    }

    async fn revoke(&mut self, path: &str) -> Result<raw::Answer> {
        let nothing = json!({annotations::APPROVED_PLAN: null, annotations::APPROVED_BY: null});
        self.change(path, &json!({"metadata": {"annotations": nothing}}))
            .await
    }

    /// Another spec, named truly or not, sometimes with a decision along.
    async fn edit(&mut self, path: &str) -> Result<raw::Answer> {
        let object = self.read(path).await?;
        let edition = self.one_of(&["Ultimate", "Enterprise"]);
        let seconds = self.one_of(&[&10, &11, &12]);
        let spec = json!({"edition": edition, "refreshIntervalSeconds": seconds});
        let mut change = self.shared.world.edit(self.who.user(), &object, &spec);
        if self.chance(0.2) {
            change["metadata"]["annotations"] = self.decision(&object);
        }
        self.change(path, &change).await
    }

    async fn steer(&mut self, path: &str) -> Result<raw::Answer> {
        let key = self.one_of(&[annotations::PAUSED, annotations::RETRY, annotations::REPLAN]);
        let value = match (key, self.one_of_hundred()) {
            (annotations::PAUSED, 20..) => Value::Null,
            (_, number) => json!(number.to_string()),
        };
        self.change(path, &json!({"metadata": {"annotations": {key: value}}}))
            .await
    }

    /// A status of one's own, through its own door and through the object.
    async fn write_status(&mut self, path: &str) -> Result<raw::Answer> {
        let object = self.read(path).await?;
        let decision = self.decision(&object);
        let forged = [
            json!({"status": {"plan": {"summary": "nothing at all"}}}),
            json!({"status": {"phase": "Ready", "executedGeneration": 1}}),
            json!({"status": {"approval": {
                "hash": object["status"]["plan"]["hash"], "by": "approver", "source": "Annotation",
                "acceptedTime": "2026-01-01T00:00:00Z",
            }}}),
            json!({"metadata": {"annotations": decision}}),
        ];
        let forged = self.one_of(&forged.each_ref()).clone();
        let door = self.one_of(&["", "/status"]);
        let way = self.one_of(&["merge patch", "update", "JSON patch"]);
        paths::change(&self.client, way, &format!("{path}{door}"), &forged).await
    }

    async fn create(&mut self, name: &str) -> Result<raw::Answer> {
        let number = OBJECTS
            .iter()
            .position(|other| *other == name)
            .unwrap_or_default();
        let mut object = serde_json::to_value(manifests::binding_of(name, "Ultimate", &[server(number)])?)?;
        object["metadata"]["annotations"] = json!(self.shared.world.claim_of_new(self.who.user()));
        if self.chance(0.3) {
            object["metadata"]["annotations"] = self.decision(&Value::Null);
        }
        raw::send_full(&self.client, "POST", &self.collection(), object).await
    }

    /// An export of some time, with all that was on it: over the object, beside it, or instead of it.
    async fn bring_back(&mut self) -> Result<raw::Answer> {
        let Some(mut object) = self.export() else {
            return self.create(OBJECTS[0]).await;
        };
        let path = format!(
            "{}/{}",
            self.collection(),
            object["metadata"]["name"].as_str().unwrap_or_default()
        );
        for key in [
            "resourceVersion",
            "uid",
            "managedFields",
            "creationTimestamp",
            "generation",
        ] {
            object["metadata"][key] = Value::Null;
        }
        match self.one_of(&["replace", "replace --force", "create", "create, dry run"]) {
            "replace" => {
                let present = self.read(&path).await?;
                object["metadata"]["resourceVersion"] = present["metadata"]["resourceVersion"].clone();
                return raw::send_full(&self.client, "PUT", &path, object).await;
            }
            "replace --force" if self.chance(0.2) => {
                raw::send_full(&self.client, "DELETE", &path, Value::Null).await?;
            }
            "create, dry run" => {
                let answer =
                    paths::create(&self.client, "create, dry run", &self.collection(), &object).await?;
                return Ok(not_stored(answer));
            }
            _ => {}
        }
        paths::create(&self.client, "create", &self.collection(), &object).await
    }
}

/// What a dry run answers was never stored.
fn not_stored(answer: raw::Answer) -> raw::Answer {
    raw::Answer {
        body: Value::Null,
        ..answer
    }
}
