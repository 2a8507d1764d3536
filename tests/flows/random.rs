//! Some thousand random operations by everybody at once, against the real API server with the operator and
//! the cloud at work. However they fall: without an approver among them nothing is written, and with
//! approvers each write has an approval of exactly that plan, by one of them, before it.

mod actor;
mod history;
mod operations;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use sas_api::annotations;
use sas_sim::world::Edition;
use sas_tests::world::Identity;
use sas_tests::{Flow, World, cloud, manifests, paths, raw, rights, wait};
use serde_json::{Value, json};

use self::actor::{Actor, Shared};
use self::history::History;

/// The seed, where the test is to do again what it did before; it is printed.
const SEED_VARIABLE: &str = "SAS_TESTS_SEED";
/// Names of the objects; the server of each is its number's.
const OBJECTS: [&str; 4] = ["one", "two", "three", "four"];
/// Operations of each actor, as far as the time allows.
const OPERATIONS: usize = 400;
/// Longest time of a part on a slow machine.
const LIMIT: Duration = Duration::from_secs(40);
/// Fewer writes than this prove little.
const WRITES: usize = 5;

/// Everybody who lacks the right to approve, and yet may change a lot.
const ATTACKERS: [Identity; 5] = [
    Identity::Developer,
    Identity::Developer,
    Identity::NamespaceAdmin,
    Identity::ArgoCd,
    Identity::ArgoCd,
];
const APPROVERS: [Identity; 3] = [Identity::Approver, Identity::Approver, Identity::Approver2];

pub async fn every_write_was_approved_by_somebody_who_may(world: World) -> Result<()> {
    let seed = seed()?;
    println!("random: {SEED_VARIABLE}={seed}");
    played(&world, seed)
        .await
        .with_context(|| format!("with {SEED_VARIABLE}={seed}"))
}

fn seed() -> Result<u64> {
    match std::env::var(SEED_VARIABLE) {
        Ok(text) => text
            .parse()
            .with_context(|| format!("{SEED_VARIABLE} is no number")),
        Err(_) => Ok(rand::random()),
    }
}

async fn played(world: &World, seed: u64) -> Result<()> {
    let flow = Flow::start_in(world, "random", cloud::world_of(4)).await?;
    let ruler = Identity::NamespaceAdmin.user();
    rights::give(&flow.admin(), &flow.namespace, ruler, rights::ADMIN).await?;
    let history = History::watch(&flow).await?;
    for (number, name) in OBJECTS.into_iter().enumerate() {
        flow.create(&manifests::binding_of(name, "Ultimate", &[server(number)])?)
            .await?;
    }
    let shared = Arc::new(Shared::new(&flow, &history));
    let attacks = play(&flow, &shared, &ATTACKERS, seed).await?;
    flow.cloud.assert_no_write();
    let everybody = [&ATTACKERS[..], &APPROVERS].concat();
    let all = play(&flow, &shared, &everybody, seed.wrapping_add(1)).await?;
    enough_writes(&flow, &shared).await?;
    history.judge(&flow).await?;
    println!(
        "random: {attacks} operations without and {all} with approvers, {} writes",
        flow.cloud.write_attempts().len()
    );
    Ok(())
}

/// Server of the object with this number.
fn server(number: usize) -> String {
    cloud::web(u32::try_from(number + 1).unwrap_or(u32::MAX))
}

/// Lets everybody do what comes to mind, all at once; returns how much they did.
async fn play(flow: &Flow, shared: &Arc<Shared>, who: &[Identity], seed: u64) -> Result<usize> {
    let end = Instant::now() + LIMIT;
    let actors = who.iter().enumerate().map(async |(number, who)| {
        let seed = seed.wrapping_mul(31).wrapping_add(u64::try_from(number)?);
        let mut actor = Actor::new(flow, shared, *who, seed).await?;
        let mut done = 0;
        while done < OPERATIONS && Instant::now() < end {
            actor.act().await?;
            done += 1;
            if number == 0 && done % 20 == 0 {
                // The cloud changes by itself as well, so that there is always something to plan.
                flow.cloud
                    .set_edition(u32::try_from(done / 20 % 4 + 1)?, Edition::FREE);
            }
        }
        anyhow::Ok(done)
    });
    Ok(try_join_all(actors).await?.into_iter().sum())
}

/// Lets an approver do his work undisturbed until there is something to judge.
async fn enough_writes(flow: &Flow, shared: &Shared) -> Result<()> {
    let approver = flow.world.client(Identity::Approver).await?;
    let round = std::cell::Cell::new(0);
    wait::until("enough writes to judge", async || {
        round.set(round.get() + 1);
        for (number, name) in OBJECTS.into_iter().enumerate() {
            if round.get() % 50 == 0 {
                flow.cloud.set_edition(u32::try_from(number + 1)?, Edition::FREE);
            }
            let path = raw::path("sasauthbindings", &flow.namespace, &format!("/{name}"));
            let (status, object) = raw::send(&approver, "GET", &path, Value::Null).await?;
            if status == 404 {
                let again = manifests::binding_of(name, "Ultimate", &[server(number)])?;
                shared.note(
                    Identity::Developer,
                    &serde_json::to_value(flow.create(&again).await?)?,
                );
                continue;
            }
            if object["status"]["phase"] == "PendingApproval" {
                let mut decision = flow.world.decision(
                    Identity::Approver.user(),
                    &json!({annotations::APPROVED_PLAN: object["status"]["plan"]["hash"]}),
                );
                for key in [
                    annotations::PAUSED,
                    annotations::REJECTED_PLAN,
                    annotations::APPROVAL_NOT_AFTER,
                ] {
                    decision["metadata"]["annotations"][key] = Value::Null;
                }
                let answer = paths::change(&approver, "merge patch", &path, &decision).await?;
                shared.note(Identity::Approver, &answer.body);
            }
        }
        Ok((flow.cloud.committed().len() >= WRITES).then_some(()))
    })
    .await?;
    let committed = flow.cloud.committed().len();
    ensure!(committed >= WRITES, "{committed} writes");
    Ok(())
}
