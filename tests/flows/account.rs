//! What an account's status says, where each value comes from the cloud, and what a part that cannot be
//! read does to the rest.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use sas_api::account::DataCentre;
use sas_api::condition;
use sas_api::kinds::account::DataCentreStatus;
use sas_api::kinds::{SasAccount, SasAuthBinding};
use sas_api::status::Phase;
use sas_sim::world::{Asset, Edition};
use sas_sim::{FaultKind, Rule};
use sas_tests::{Flow, World, cloud, manifests, wait};

const SINGAPORE: &str = "ap-southeast-1";
const SERVERLESS: &str = "GetServerlessAuthSummary";

/// A cloud with one server in the other data centre, paid by use.
fn in_two_data_centres() -> sas_sim::World {
    let mut world = cloud::world();
    let centre = world.centre(cloud::ACCOUNT, SINGAPORE);
    centre.pay_as_you_go = Some(cloud::pay_as_you_go(Timestamp::now()));
    let far = Asset {
        instance_id: "i-t4nfar".to_owned(),
        instance_name: "far-1".to_owned(),
        region_id: SINGAPORE.to_owned(),
        ..Asset::default()
    };
    centre.assets.insert("far-1-uuid".to_owned(), far);
    world
}

fn centre(account: &SasAccount, name: DataCentre) -> Result<&DataCentreStatus> {
    let status = account.status.as_ref().context("there is no status")?;
    let found = status.data_centres.iter().find(|centre| centre.name == name);
    found.with_context(|| format!("{} is missing", name.as_str()))
}

pub async fn each_data_centre_speaks_for_itself(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "centres", in_two_data_centres()).await?;
    let account = flow.account_ready().await?;
    let status = account.status.as_ref().context("there is no status")?;
    assert_eq!(status.account_id.as_deref(), Some(cloud::ACCOUNT));
    assert_eq!(status.edition.as_deref(), Some("Ultimate"));
    assert_eq!(
        status.quota.as_ref().map(|q| (q.servers_total, q.servers_bound)),
        Some((4, 0))
    );

    let home = centre(&account, DataCentre::CnShanghai)?;
    assert_eq!(home.instance_id.as_deref(), Some("sas-flow0001"));
    assert_eq!(home.quota.as_ref().map(|q| q.servers_total), Some(3));
    let free: Vec<_> = home
        .editions
        .iter()
        .map(|e| (e.edition.as_str(), e.servers_free))
        .collect();
    ensure!(
        free.contains(&("Ultimate", 10)) && free.contains(&("Enterprise", 5)),
        "{free:?}"
    );
    ensure!(
        home.expiry_time.is_some() && home.pay_as_you_go.is_none(),
        "{home:?}"
    );

    let far = centre(&account, DataCentre::ApSoutheast1)?;
    assert_eq!(far.quota.as_ref().map(|q| q.servers_total), Some(1));
    ensure!(far.instance_id.is_none() && far.expiry_time.is_none(), "{far:?}");
    let by_use = far.pay_as_you_go.as_ref().context("pay-as-you-go is missing")?;
    ensure!(by_use.modules_on.contains(&"POST_HOST".to_owned()), "{by_use:?}");
    let accepted = wait::condition(&account, condition::CREDENTIALS_READY).context("no CredentialsReady")?;
    assert_eq!(accepted.0, "True");
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn a_part_that_cannot_be_read_blanks_nothing_else(world: World) -> Result<()> {
    let flow = Flow::prepare(&world, "partly", cloud::world()).await?;
    let mut denied = Rule::new(FaultKind::Error).on(SERVERLESS).times(1000);
    (denied.status, denied.code) = (Some(403), Some("NoPermission".to_owned()));
    flow.cloud.fault(denied)?;
    flow.create(&manifests::valid_credentials()?).await?;
    flow.create(&manifests::account(&[])?).await?;
    let mut flow = flow;
    flow.start_operator()?;
    let account = flow.account_ready().await?;
    let home = centre(&account, DataCentre::CnShanghai)?;
    assert_eq!(home.quota.as_ref().map(|q| q.servers_total), Some(3));
    ensure!(home.edition.is_some() && home.serverless.is_none(), "{home:?}");
    let named = format!("yundun-sas:{SERVERLESS}");
    ensure!(
        home.errors.iter().any(|error| error.contains(&named)),
        "{:?}",
        home.errors
    );
    flow.cloud.heal();
    let whole = |account: &SasAccount| {
        centre(account, DataCentre::CnShanghai)
            .is_ok_and(|home| home.errors.is_empty() && home.serverless.is_some())
    };
    wait::object(&flow.api(), manifests::ACCOUNT_NAME, "whole again", whole).await?;
    Ok(())
}

pub async fn a_binding_acts_in_its_data_centre(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "far", in_two_data_centres()).await?;
    let mut binding = manifests::binding_of("far", "Enterprise", &["far-1-uuid".to_owned()])?;
    binding.spec.data_centre = Some(DataCentre::ApSoutheast1);
    flow.create(&binding).await?;
    flow.approve_pending::<SasAuthBinding>("far").await?;
    flow.phase::<SasAuthBinding>("far", Phase::Ready).await?;
    let write = flow.cloud.only_write(cloud::BIND_POST_PAID);
    assert_eq!(write.region.as_deref(), Some(SINGAPORE));
    assert_eq!(flow.cloud.edition(1), Some(Edition::FREE));
    Ok(())
}
