//! One flow: a namespace of its own with the account and its credentials, a cloud of its own, a proxy,
//! and the operator. Everything ends with it, so that flows can run side by side.

use std::path::PathBuf;

use anyhow::{Context, Result};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::api::PostParams;
use kube::{Api, Client, Resource, ResourceExt};
use sas_api::annotations;
use sas_api::kinds::SasAccount;
use sas_api::status::Phase;
use sas_engine::operation::{Gate, Reported};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::approve;
use crate::cloud::{self, Cloud};
use crate::manifests;
use crate::operator::{Operator, Setup};
use crate::proxy::Proxy;
use crate::rights;
use crate::wait;
use crate::world::{Identity, World};

/// A flow on its way.
pub struct Flow {
    /// The shared control plane.
    pub world: World,
    /// The flow's namespace.
    pub namespace: String,
    /// The flow's cloud.
    pub cloud: Cloud,
    /// What stands between operator and API server.
    pub proxy: Proxy,
    setup: Setup,
    operator: Option<Operator>,
    admin: Client,
    developer: Client,
    approver: Client,
}

impl Flow {
    /// A flow whose account works and whose operator runs.
    pub async fn start(world: &World, name: &str) -> Result<Self> {
        Self::start_in(world, name, cloud::world()).await
    }

    /// As [`Self::start`], in a cloud that looks like this.
    pub async fn start_in(world: &World, name: &str, cloud: sas_sim::World) -> Result<Self> {
        let mut flow = Self::prepare(world, name, cloud).await?;
        flow.create(&manifests::valid_credentials()?).await?;
        flow.create(&manifests::account(&[])?).await?;
        flow.start_operator()?;
        Ok(flow)
    }

    /// A namespace and a cloud; no account and no operator yet.
    pub async fn prepare(world: &World, name: &str, cloud: sas_sim::World) -> Result<Self> {
        let admin = world.client(Identity::Admin).await?;
        let unique = &uuid::Uuid::new_v4().simple().to_string()[..8];
        let namespace = format!("{name}-{unique}");
        make_namespace(&admin, &namespace).await?;
        let dir = world.dir().join("flows").join(&namespace);
        std::fs::create_dir_all(&dir).with_context(|| format!("failed to create {}", dir.display()))?;
        let cloud = Cloud::start(cloud)?;
        let proxy = Proxy::start(world.config(Identity::Operator).await?)?;
        let setup = Setup {
            kubeconfig: write_kubeconfig(dir.join("operator.kubeconfig"), &proxy.url())?,
            namespace: namespace.clone(),
            cloud: cloud.url(),
            listen: free_address()?,
            replica: None,
            arguments: Vec::new(),
            variables: Vec::new(),
            log: dir.join("operator.log"),
        };
        Ok(Self {
            world: world.clone(),
            namespace,
            cloud,
            proxy,
            setup,
            operator: None,
            admin,
            developer: world.client(Identity::Developer).await?,
            approver: world.client(Identity::Approver).await?,
        })
    }

    /// Gives operators that are started from now on further flags and variables.
    pub fn configure(&mut self, arguments: &[&str], variables: &[(&str, &str)]) {
        let owned = |text: &str| text.to_owned();
        self.setup.arguments = arguments.iter().map(|text| owned(text)).collect();
        let variables = variables.iter().map(|(name, value)| (owned(name), owned(value)));
        self.setup.variables = variables.collect();
    }

    /// Starts the operator, or another one after the last was killed.
    pub fn start_operator(&mut self) -> Result<()> {
        anyhow::ensure!(self.operator.is_none(), "an operator is running");
        self.operator = Some(Operator::start(self.world.operator()?, &self.setup)?);
        Ok(())
    }

    /// Kills the operator at once.
    pub async fn kill_operator(&mut self) -> Result<()> {
        let operator = self.operator.take().context("no operator is running")?;
        operator.kill().await
    }

    /// How the operator is started, for further replicas.
    pub fn setup(&self) -> Setup {
        self.setup.clone()
    }

    /// What the operator answers at a path of its own, such as `/metrics`.
    pub async fn ask_operator(&self, path: &str) -> Result<String> {
        let mut config = kube::Config::new(format!("http://{}", self.setup.listen).parse()?);
        config.default_retry = false;
        let request = http::Request::get(path).body(Vec::new())?;
        Ok(Client::try_from(config)?.request_text(request).await?)
    }

    /// Everything that the operator has printed.
    pub fn operator_log(&self) -> Result<String> {
        Operator::printed(&self.setup.log)
    }

    /// File with everything that the operator has printed.
    pub fn log_file(&self) -> PathBuf {
        self.setup.log.clone()
    }

    /// Objects of this namespace as the admin sees them: for looking and for sabotage.
    pub fn api<K>(&self) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.admin.clone(), &self.namespace)
    }

    /// Objects of this namespace in the name of the developer.
    pub fn as_developer<K>(&self) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.developer.clone(), &self.namespace)
    }

    /// Objects of this namespace in the name of the approver.
    pub fn as_approver<K>(&self) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.approver.clone(), &self.namespace)
    }

    /// Objects of this namespace in the name of anybody.
    pub async fn api_as<K>(&self, who: Identity) -> Result<Api<K>>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Ok(Api::namespaced(self.world.client(who).await?, &self.namespace))
    }

    /// The admin's client.
    pub fn admin(&self) -> Client {
        self.admin.clone()
    }

    /// Creates an object as the developer, who says so where nobody else does.
    pub async fn create<K>(&self, object: &K) -> Result<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Serialize
            + DeserializeOwned
            + Clone
            + std::fmt::Debug,
    {
        let mut object = object.clone();
        let claim = self.world.claim_of_new(Identity::Developer.user());
        object.annotations_mut().extend(claim);
        let created = self.as_developer().create(&PostParams::default(), &object).await;
        created.with_context(|| format!("failed to create {}", object.name_any()))
    }

    /// Replaces the credentials in the account's Secret, as the developer.
    pub async fn replace_credentials(&self, secret: &Secret) -> Result<()> {
        let api = self.as_developer::<Secret>();
        api.replace(manifests::CREDENTIALS, &PostParams::default(), secret)
            .await?;
        Ok(())
    }

    /// The object as it is now.
    pub async fn get<K: Reported>(&self, name: &str) -> Result<K> {
        Ok(self.api().get(name).await?)
    }

    /// Waits until an object is in a phase.
    pub async fn phase<K: Reported>(&self, name: &str, phase: Phase) -> Result<K> {
        wait::phase(&self.api::<K>(), name, phase).await
    }

    /// Waits until the account is ready.
    pub async fn account_ready(&self) -> Result<SasAccount> {
        self.phase(manifests::ACCOUNT_NAME, Phase::Ready).await
    }

    /// Waits until an object's plan waits for approval; returns the object and the hash.
    pub async fn pending<K: Gate>(&self, name: &str) -> Result<(K, String)> {
        let object = self.phase::<K>(name, Phase::PendingApproval).await?;
        let hash = approve::hash_of(&object)?;
        Ok((object, hash))
    }

    /// Approves a hash as the approver.
    pub async fn approve<K: Reported>(&self, name: &str, hash: &str) -> Result<K> {
        self.approve_because(name, hash, None).await
    }

    /// As [`Self::approve`], and says why, which a plan of risk R4 takes.
    pub async fn approve_because<K: Reported>(&self, name: &str, hash: &str, why: Option<&str>) -> Result<K> {
        self.decide(annotations::APPROVED_PLAN, name, hash, why).await
    }

    /// Rejects a hash as the approver.
    pub async fn reject<K: Reported>(&self, name: &str, hash: &str) -> Result<K> {
        self.decide(annotations::REJECTED_PLAN, name, hash, None).await
    }

    async fn decide<K: Reported>(
        &self,
        decision: &str,
        name: &str,
        hash: &str,
        why: Option<&str>,
    ) -> Result<K> {
        let mut annotations = vec![(decision, json!(hash))];
        annotations.extend(why.map(|why| (annotations::APPROVAL_COMMENT, json!(why))));
        if !self.world.stamped {
            annotations.push((annotations::APPROVED_BY, json!(Identity::Approver.user())));
        }
        approve::annotate(&self.as_approver::<K>(), name, &annotations).await
    }

    /// Waits for the plan and approves it; returns its hash.
    pub async fn approve_pending<K: Gate>(&self, name: &str) -> Result<String> {
        let (_, hash) = self.pending::<K>(name).await?;
        self.approve::<K>(name, &hash).await?;
        Ok(hash)
    }
}

/// Makes a namespace in which the developer has the usual rights.
pub async fn make_namespace(admin: &Client, name: &str) -> Result<()> {
    let namespace: Namespace = serde_json::from_value(json!({"metadata": {"name": name}}))?;
    let namespaces = Api::<Namespace>::all(admin.clone());
    namespaces.create(&PostParams::default(), &namespace).await?;
    rights::give(admin, name, Identity::Developer.user(), rights::EDIT).await
}

/// A loopback address that nobody listens on: its host is this flow's alone, so that no other program or
/// flow can take the port before the operator does.
fn free_address() -> Result<String> {
    static FLOWS: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(1);
    let flow = FLOWS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let [.., high, low] = std::process::id().to_be_bytes();
    let host = std::net::Ipv4Addr::new(127, high.max(1), low, flow.max(1));
    let listener = std::net::TcpListener::bind((host, 0)).context("failed to find a free port")?;
    Ok(listener.local_addr()?.to_string())
}

/// A kubeconfig that leads to the proxy, which signs in by itself.
fn write_kubeconfig(file: PathBuf, server: &str) -> Result<PathBuf> {
    let content = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "proxy",
        "clusters": [{"name": "proxy", "cluster": {"server": server}}],
        "users": [{"name": "proxy", "user": {}}],
        "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "proxy"}}],
    });
    std::fs::write(&file, serde_json::to_vec_pretty(&content)?)
        .with_context(|| format!("failed to write {}", file.display()))?;
    Ok(file)
}
