//! Accounts that act as the operator itself, by its service account or its server, and tenants that may not.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sas_api::kinds::SasAuthBinding;
use sas_api::status::Phase;
use sas_sim::world::{MetadataService, OidcProvider, Role};
use sas_tests::{Flow, World, cloud, secrecy};
use serde_json::json;

use crate::credentials::{STS_TOKEN, account, bind, role_arn, trusting, why_no_key, world_with};

const ISSUER: &str = "https://oidc.example/flows";
const SUBJECT: &str = "system:serviceaccount:sas-system:sas-operator";
/// Part of every token of the service account: a text that must appear nowhere.
const TOKEN_SIGNATURE: &str = "canaryTokenSignature0123456789";
const WEB: &str = "web";

fn provider_arn() -> String {
    format!("acs:ram::{}:oidc-provider/ack", cloud::ACCOUNT)
}

/// A token of the operator's service account.
fn token(ends_in_seconds: i64) -> String {
    let claims = json!({
        "iss": ISSUER, "sub": SUBJECT, "aud": ["sts.aliyuncs.com"],
        "exp": Timestamp::now().as_second() + ends_in_seconds,
    });
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("e30.{claims}.{TOKEN_SIGNATURE}")
}

pub async fn the_service_account_needs_no_stored_key(world: World) -> Result<()> {
    let mut rrsa = world_with(Role {
        subjects: vec![SUBJECT.to_owned()],
        ..trusting(&provider_arn())
    });
    let provider = OidcProvider {
        issuer_url: ISSUER.to_owned(),
        client_ids: vec!["sts.aliyuncs.com".to_owned()],
    };
    let account_of_world = rrsa.accounts.entry(cloud::ACCOUNT.to_owned()).or_default();
    account_of_world.oidc_providers.insert("ack".to_owned(), provider);
    let mut flow = Flow::prepare(&world, "rrsa", rrsa).await?;
    let file = flow.log_file().with_file_name("token");
    std::fs::write(&file, token(-60))?;
    let path = file.to_str().context("the folder has an odd name")?;
    let namespace = flow.namespace.clone();
    flow.configure(
        &["--own-identity-namespaces", &namespace],
        &[
            ("ALIBABA_CLOUD_ROLE_ARN", &role_arn(cloud::ACCOUNT)),
            ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", &provider_arn()),
            ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", path),
        ],
    );
    flow.create(&account(&json!({"rrsa": {}}))?).await?;
    flow.start_operator()?;
    let message = why_no_key(&flow).await?;
    ensure!(
        message.contains("AuthenticationFail.OIDCToken.Expired"),
        "{message}"
    );
    // As the kubelet does before the end of a token.
    std::fs::write(&file, token(3600))?;
    flow.account_ready().await?;
    bind(&flow, WEB, 1).await?;
    flow.approve_pending::<SasAuthBinding>(WEB).await?;
    flow.phase::<SasAuthBinding>(WEB, Phase::Ready).await?;
    let write = flow.cloud.only_write(cloud::BIND);
    ensure!(write.access_key_id.starts_with("STS."), "{write:?}");
    let log = flow.operator_log()?;
    let leaked = secrecy::leaks(&log, &[TOKEN_SIGNATURE.to_owned()]);
    ensure!(leaked.is_empty() && !log.contains(STS_TOKEN), "{leaked:?}");
    Ok(())
}

pub async fn the_role_of_the_server_acts(world: World) -> Result<()> {
    let mut on_server = world_with(trusting("ecs.aliyuncs.com"));
    on_server.metadata_service = MetadataService {
        account: cloud::ACCOUNT.to_owned(),
        role: Some("sas-operator".to_owned()),
        plain_mode: false,
        ..MetadataService::default()
    };
    let mut flow = Flow::prepare(&world, "server", on_server).await?;
    let (url, namespace) = (flow.cloud.url(), flow.namespace.clone());
    flow.configure(
        &[
            "--metadata-service",
            &url,
            "--own-identity-namespaces",
            &namespace,
        ],
        &[("ALIBABA_CLOUD_IMDSV1_DISABLED", "true")],
    );
    flow.create(&account(&json!({"ecsRole": {}}))?).await?;
    bind(&flow, WEB, 1).await?;
    flow.start_operator()?;
    flow.approve_pending::<SasAuthBinding>(WEB).await?;
    flow.phase::<SasAuthBinding>(WEB, Phase::Ready).await?;
    let write = flow.cloud.only_write(cloud::BIND);
    ensure!(write.access_key_id.starts_with("STS."), "{write:?}");
    Ok(())
}

pub async fn a_tenant_cannot_be_the_operator(world: World) -> Result<()> {
    for field in ["rrsa", "ecsRole"] {
        let mut flow = Flow::prepare(&world, "tenant", cloud::world()).await?;
        let url = flow.cloud.url();
        flow.configure(
            &[
                "--metadata-service",
                &url,
                "--own-identity-namespaces",
                "elsewhere",
            ],
            &[],
        );
        let on_top = json!({field: {}, "assumeRole": {"roleARN": role_arn(cloud::ACCOUNT)}});
        flow.create(&account(&on_top)?).await?;
        flow.start_operator()?;
        let message = why_no_key(&flow).await?;
        let flag = format!("--own-identity-namespaces={}", flow.namespace);
        ensure!(message.contains(&flag), "{message}");
        let asked = flow.cloud.requests();
        ensure!(asked.is_empty(), "the cloud was asked: {asked:#?}");
    }
    Ok(())
}
