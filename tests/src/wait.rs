//! Waiting for something to become true, with a limit and with a message that says what was seen
//! instead. Also the opposite: making sure that something stays false for a while.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use kube::Api;
use sas_api::status::{CommonPart, Phase};
use sas_engine::operation::Reported;

/// Longest wait: a slow machine with other tests at work, and the operator's own pauses of a minute.
pub const PATIENCE: Duration = Duration::from_secs(100);
const PAUSE: Duration = Duration::from_millis(100);

/// Asks until there is an answer.
pub async fn until<T, F>(what: &str, mut ask: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<Option<T>>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            bail!("waited {} s in vain: {what}", PATIENCE.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits until a plain condition holds.
pub async fn until_true(what: &str, mut holds: impl FnMut() -> bool) -> Result<()> {
    until(what, || std::future::ready(Ok(holds().then_some(())))).await
}

/// Reads an object until it is as wanted.
pub async fn object<K: Reported>(
    api: &Api<K>,
    name: &str,
    what: &str,
    wanted: impl Fn(&K) -> bool,
) -> Result<K> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let object = api
            .get(name)
            .await
            .with_context(|| format!("failed to read {name}"))?;
        if wanted(&object) {
            return Ok(object);
        }
        if Instant::now() > deadline {
            bail!("{name} did not become {what}, it is {}", describe(&object));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits until the object is in a phase that speaks of its present spec.
pub async fn phase<K: Reported>(api: &Api<K>, name: &str, wanted: Phase) -> Result<K> {
    object(api, name, wanted.as_str(), |object| in_phase(object, wanted)).await
}

/// Waits until Ready has this reason for the present spec.
pub async fn reason<K: Reported>(api: &Api<K>, name: &str, wanted: sas_api::Reason) -> Result<K> {
    object(api, name, wanted.as_str(), |object| {
        is_current(object) && ready(object).is_some_and(|(_, reason, _)| reason == wanted.as_str())
    })
    .await
}

/// Whether the object's status speaks of its present spec and is in this phase.
pub fn in_phase<K: Reported>(object: &K, phase: Phase) -> bool {
    is_current(object) && object.status().and_then(|s| s.common().phase) == Some(phase)
}

fn is_current<K: Reported>(object: &K) -> bool {
    object.status().and_then(|s| s.common().observed_generation) == object.meta().generation
}

/// Status, reason and message of the condition Ready.
pub fn ready<K: Reported>(object: &K) -> Option<(String, String, String)> {
    condition(object, sas_api::condition::READY)
}

/// Status, reason and message of a condition.
pub fn condition<K: Reported>(object: &K, type_: &str) -> Option<(String, String, String)> {
    let conditions = &object.status()?.common().conditions;
    let found = conditions.iter().find(|condition| condition.type_ == type_)?;
    Some((found.status.clone(), found.reason.clone(), found.message.clone()))
}

fn describe<K: Reported>(object: &K) -> String {
    let value = serde_json::to_value(object).unwrap_or_default();
    serde_json::to_string_pretty(&value["status"]).unwrap_or_default()
}

/// Makes sure that nothing becomes true for a while.
pub async fn never(what: &str, during: Duration, mut holds: impl FnMut() -> bool) -> Result<()> {
    let end = Instant::now() + during;
    while Instant::now() < end {
        if holds() {
            bail!("happened although it must not: {what}");
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
