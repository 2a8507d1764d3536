//! The names that honest clients send along where the API server does not write them: who decides, and who
//! wrote the spec. The policies hold both to the truth. Where names are stamped nothing of it is sent.

use std::collections::BTreeMap;

use sas_api::annotations;
use serde_json::{Value, json};

use crate::world::World;

impl World {
    /// A decision as `user` sends it: a change of these annotations.
    pub fn decision(&self, user: &str, annotations: &Value) -> Value {
        let mut annotations = annotations.clone();
        if !self.stamped {
            annotations[annotations::APPROVED_BY] = json!(user);
        }
        json!({"metadata": {"annotations": annotations}})
    }

    /// Annotations of an object that `user` creates.
    pub fn claim_of_new(&self, user: &str) -> BTreeMap<String, String> {
        if self.stamped {
            return BTreeMap::new();
        }
        claim(escape(user), 1)
    }

    /// A change of the spec as `user` sends it, who has read the object `before`.
    pub fn edit(&self, user: &str, before: &Value, spec: &Value) -> Value {
        let mut change = json!({"spec": spec});
        if !self.stamped {
            let generation = before["metadata"]["generation"].as_i64().unwrap_or_default();
            let writers = writers_after(before, generation, escape(user));
            change["metadata"]["annotations"] = json!(claim(writers, generation + 1));
        }
        change
    }

    /// A request to stop what runs as `user` sends it, who has read the object `before`.
    pub fn request_to_stop(&self, user: &str, before: &Value, request: &str) -> Value {
        let mut said = BTreeMap::new();
        if !self.stamped {
            let generation = before["metadata"]["generation"].as_i64().unwrap_or_default();
            said = claim(writers_after(before, generation, escape(user)), generation);
        }
        said.insert(annotations::CANCEL.to_owned(), request.to_owned());
        json!({"metadata": {"annotations": said}})
    }
}

/// All writers since the generation that was executed last, `?` where one of them is not known.
fn writers_after(before: &Value, generation: i64, user: String) -> String {
    let annotations = &before["metadata"]["annotations"];
    let known = annotations[annotations::REQUESTED_GENERATION].as_str() == Some(&generation.to_string());
    let earlier = match annotations[annotations::REQUESTED_BY].as_str() {
        _ if before["status"]["executedGeneration"] == generation => return user,
        Some(earlier) if known && !earlier.is_empty() => earlier,
        _ => "?",
    };
    if earlier.split(',').any(|writer| writer == user) {
        earlier.to_owned()
    } else {
        format!("{earlier},{user}")
    }
}

fn claim(writers: String, generation: i64) -> BTreeMap<String, String> {
    BTreeMap::from([
        (annotations::REQUESTED_BY.to_owned(), writers),
        (
            annotations::REQUESTED_GENERATION.to_owned(),
            generation.to_string(),
        ),
    ])
}

/// A name in a list whose separator is a comma.
fn escape(user: &str) -> String {
    user.replace('%', "%25").replace(',', "%2C")
}
