//! Who may do what, asked of the API server by doing it: the operator never lists Secrets, a developer
//! writes specs and no status, an approver annotates and nothing else.

use anyhow::{Result, ensure};
use kube::Client;
use sas_api::kinds::SasAuthBinding;
use sas_tests::world::Identity;
use sas_tests::{Flow, World, cloud, manifests, raw};
use serde_json::{Value, json};

const KIND: &str = "sasauthbindings";

/// Does something and says whether it was allowed; any other refusal than "forbidden" is an error.
async fn allowed(client: &Client, method: &str, path: &str, media: &str, body: Value) -> Result<bool> {
    let answer = raw::send_as(client, method, path, media, body).await?;
    ensure!(
        [200, 201, 403].contains(&answer.status),
        "{method} {path}: {answer:?}"
    );
    Ok(answer.status != 403)
}

/// A flow without an operator, with one binding named `b`.
async fn with_a_binding(world: &World) -> Result<Flow> {
    let flow = Flow::prepare(world, "rights", cloud::world()).await?;
    flow.create(&manifests::valid_credentials()?).await?;
    flow.create::<SasAuthBinding>(&manifests::binding_of("b", "Ultimate", &[cloud::web(1)])?)
        .await?;
    Ok(flow)
}

/// Something that somebody may or may not do: method, path after the kind, body.
struct Deed(&'static str, String, Value);

async fn compare(flow: &Flow, who: Identity, may: bool, deeds: Vec<Deed>) -> Result<()> {
    let client = flow.world.client(who).await?;
    for Deed(method, path, body) in deeds {
        let media = if method == "PATCH" {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        let allowed = allowed(&client, method, &path, media, body).await?;
        ensure!(allowed == may, "{who:?} {method} {path}: allowed is {allowed}");
    }
    Ok(())
}

fn of_kind(flow: &Flow, rest: &str) -> String {
    raw::path(KIND, &flow.namespace, rest)
}

fn secrets(flow: &Flow, rest: &str) -> String {
    format!("/api/v1/namespaces/{}/secrets{rest}", flow.namespace)
}

fn annotation() -> Value {
    json!({"metadata": {"annotations": {"sas-operator.io/paused": "maintenance"}}})
}

pub async fn the_operator_cannot_list_secrets(world: World) -> Result<()> {
    let flow = with_a_binding(&world).await?;
    let by_name = secrets(&flow, &format!("/{}", manifests::CREDENTIALS));
    // No other kind has resources of this one created for it.
    let codes = raw::path("sasinstallcodes", &flow.namespace, "");
    let code = serde_json::to_value(manifests::install_code("mine")?)?;
    let stored = serde_json::to_value(flow.get::<SasAuthBinding>("b").await?)?;
    compare(
        &flow,
        Identity::Operator,
        true,
        vec![
            Deed("GET", by_name.clone(), Value::Null),
            Deed("GET", of_kind(&flow, ""), Value::Null),
            Deed("PUT", of_kind(&flow, "/b/status?dryRun=All"), stored),
        ],
    )
    .await?;
    compare(
        &flow,
        Identity::Operator,
        false,
        vec![
            Deed("GET", secrets(&flow, ""), Value::Null),
            Deed("GET", secrets(&flow, "?watch=1&timeoutSeconds=1"), Value::Null),
            Deed("GET", "/api/v1/secrets".to_owned(), Value::Null),
            Deed("DELETE", by_name, Value::Null),
            // A patch would succeed on an object that is not the judged one any more.
            Deed(
                "PATCH",
                of_kind(&flow, "/b/status"),
                json!({"status": {"phase": "Ready"}}),
            ),
            Deed("DELETE", of_kind(&flow, "/b"), Value::Null),
            Deed("PATCH", of_kind(&flow, "/b"), annotation()),
            Deed("POST", codes, code),
        ],
    )
    .await
}

pub async fn the_developer_cannot_write_a_status(world: World) -> Result<()> {
    let flow = with_a_binding(&world).await?;
    compare(
        &flow,
        Identity::Developer,
        true,
        vec![
            Deed("GET", of_kind(&flow, "/b"), Value::Null),
            Deed(
                "PATCH",
                of_kind(&flow, "/b?dryRun=All"),
                json!({"spec": {"edition": "Free"}}),
            ),
            Deed("DELETE", of_kind(&flow, "/b?dryRun=All"), Value::Null),
        ],
    )
    .await?;
    compare(
        &flow,
        Identity::Developer,
        false,
        vec![
            Deed(
                "PATCH",
                of_kind(&flow, "/b/status"),
                json!({"status": {"phase": "Ready"}}),
            ),
            Deed(
                "PUT",
                of_kind(&flow, "/b/status"),
                json!({"status": {"phase": "Ready"}}),
            ),
        ],
    )
    .await
}

pub async fn the_approver_can_only_annotate(world: World) -> Result<()> {
    let flow = with_a_binding(&world).await?;
    let binding = || json!(manifests::binding_of("mine", "Free", &[cloud::web(1)]).ok());
    for who in [Identity::Approver, Identity::Approver2] {
        compare(
            &flow,
            who,
            true,
            vec![
                Deed("GET", of_kind(&flow, "/b"), Value::Null),
                Deed("GET", of_kind(&flow, ""), Value::Null),
                Deed("PATCH", of_kind(&flow, "/b"), annotation()),
            ],
        )
        .await?;
        compare(
            &flow,
            who,
            false,
            vec![
                Deed("POST", of_kind(&flow, ""), binding()),
                Deed("DELETE", of_kind(&flow, "/b"), Value::Null),
                Deed(
                    "PATCH",
                    of_kind(&flow, "/b/status"),
                    json!({"status": {"phase": "Ready"}}),
                ),
                Deed(
                    "GET",
                    secrets(&flow, &format!("/{}", manifests::CREDENTIALS)),
                    Value::Null,
                ),
                Deed("GET", secrets(&flow, ""), Value::Null),
            ],
        )
        .await?;
    }
    Ok(())
}
