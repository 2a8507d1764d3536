//! How kstatus (Helm 4 `--wait`, Flux, Config Sync) reads a custom resource, in the order in which
//! cli-utils evaluates it. A resource must never look finished before it is.

use serde_json::Value;

/// What kstatus makes of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kstatus {
    /// It is being deleted.
    Terminating,
    /// It is not there yet.
    InProgress,
    /// It will not get there by itself.
    Failed,
    /// It is as its spec says.
    Current,
}

/// Reads an object.
pub fn read(object: &Value) -> Kstatus {
    let metadata = &object["metadata"];
    if !metadata["deletionTimestamp"].is_null() {
        return Kstatus::Terminating;
    }
    let observed = &object["status"]["observedGeneration"];
    if !observed.is_null() && *observed != metadata["generation"] {
        return Kstatus::InProgress;
    }
    let is = |type_: &str| {
        let conditions = object["status"]["conditions"].as_array()?;
        let found = conditions.iter().find(|condition| condition["type"] == type_)?;
        found["status"].as_str()
    };
    if is("Reconciling") == Some("True") {
        return Kstatus::InProgress;
    }
    if is("Stalled") == Some("True") {
        return Kstatus::Failed;
    }
    match is("Ready") {
        Some("True") | None => Kstatus::Current,
        Some(_) => Kstatus::InProgress,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(observed: &Value, conditions: &[(&str, &str)]) -> Value {
        let conditions: Vec<Value> = conditions
            .iter()
            .map(|(type_, status)| json!({"type": type_, "status": status}))
            .collect();
        json!({
            "metadata": {"generation": 2},
            "status": {"observedGeneration": observed, "conditions": conditions},
        })
    }

    #[test]
    fn the_order_decides() {
        let read = |observed: Value, conditions: &[_]| super::read(&object(&observed, conditions));
        assert_eq!(read(json!(1), &[("Stalled", "True")]), Kstatus::InProgress);
        assert_eq!(
            read(json!(2), &[("Reconciling", "True"), ("Stalled", "True")]),
            Kstatus::InProgress
        );
        assert_eq!(
            read(json!(2), &[("Stalled", "True"), ("Ready", "True")]),
            Kstatus::Failed
        );
        assert_eq!(read(json!(2), &[("Ready", "Unknown")]), Kstatus::InProgress);
        assert_eq!(
            read(json!(2), &[("Ready", "True"), ("Stalled", "False")]),
            Kstatus::Current
        );
        // What a status default prevents: nothing known counts as finished.
        assert_eq!(read(Value::Null, &[]), Kstatus::Current);
        assert_eq!(read(json!(-1), &[]), Kstatus::InProgress);
    }
}
