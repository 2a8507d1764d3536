//! What a cloud action is to the simulator: its name, its effect and one function over the data
//! of one account in one data centre. The gateway has already dealt with everything that all
//! actions have in common, client tokens and dry runs included.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::gateway::Refusal;
use crate::ids::Ids;
use crate::parameters::Parameters;
use crate::sts::StsCall;
use crate::world::{IndexedCentre, Key};

/// Whether an action changes the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Effect {
    Read,
    Write,
}

/// A product of the cloud, each with one API version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// Elastic Compute Service.
    Ecs,
    /// Security Center.
    Sas,
    /// Security Token Service.
    Sts,
}

impl Product {
    /// The product's name in the request log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ecs => "ecs",
            Self::Sas => "sas",
            Self::Sts => "sts",
        }
    }

    /// How links to the vendor's error centre spell it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ecs => "Ecs",
            Self::Sas => "Sas",
            Self::Sts => "Sts",
        }
    }

    /// The version its actions belong to.
    pub fn version(self) -> &'static str {
        match self {
            Self::Ecs => "2014-05-26",
            Self::Sas => "2018-12-03",
            Self::Sts => "2015-04-01",
        }
    }

    /// What RAM calls the product.
    pub fn ram_name(self) -> &'static str {
        match self {
            Self::Ecs => "ecs",
            Self::Sas => "yundun-sas",
            Self::Sts => "sts",
        }
    }
}

/// One action; each lives in a file of its own in `actions`.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about an action"
)]
pub struct Action {
    /// Wire name.
    pub name: &'static str,
    /// The product it belongs to.
    pub product: Product,
    /// Whether it changes the cloud.
    pub effect: Effect,
    /// Refuses GET.
    pub post_only: bool,
    /// Takes `ClientToken` and a dry run (`DryRun`, cloud assistant: `RepeatMode=DryRun`).
    pub takes_client_token: bool,
    /// Needs a RAM permission; without, only an explicit denial stops it.
    pub needs_permission: bool,
    /// Whether a key signs it.
    pub signed: bool,
    /// What the action touches as RAM names it behind the account, such as `assetbind/UUID`. Absent: RAM
    /// knows no single resources of this action, only policies for all (`*`) count.
    pub resources: Option<fn(&Parameters) -> Vec<String>>,
    /// The action itself.
    pub work: Work,
}

/// What an action works on.
#[derive(Debug)]
pub enum Work {
    /// One data centre of the caller's account.
    Centre(Run),
    /// Roles of any account.
    Roles(fn(&mut StsCall<'_>) -> Result<Outcome, Refusal>),
}

impl Action {
    /// A read that GET and POST reach.
    pub const fn read(product: Product, name: &'static str, run: Run) -> Self {
        Self {
            name,
            product,
            effect: Effect::Read,
            post_only: false,
            takes_client_token: false,
            needs_permission: true,
            resources: None,
            signed: true,
            work: Work::Centre(run),
        }
    }

    /// A write that GET and POST reach.
    pub const fn write(product: Product, name: &'static str, run: Run) -> Self {
        Self {
            effect: Effect::Write,
            ..Self::read(product, name, run)
        }
    }

    /// An action of STS that hands out keys. It changes nothing, so it is a read.
    pub const fn issuing(name: &'static str, run: fn(&mut StsCall<'_>) -> Result<Outcome, Refusal>) -> Self {
        Self {
            name,
            product: Product::Sts,
            effect: Effect::Read,
            post_only: false,
            takes_client_token: false,
            needs_permission: true,
            resources: None,
            signed: true,
            work: Work::Roles(run),
        }
    }

    /// The same action with `ClientToken` and a dry run.
    pub const fn with_client_token(self) -> Self {
        Self {
            takes_client_token: true,
            ..self
        }
    }

    /// The RAM action, such as `yundun-sas:BindAuthToMachine`.
    pub fn ram_action(&self) -> String {
        format!("{}:{}", self.product.ram_name(), self.name)
    }

    /// What `sas-sim actions` says about it.
    pub fn facts(&self) -> Facts {
        Facts {
            name: self.name,
            product: self.product.name(),
            version: self.product.version(),
            effect: self.effect,
            methods: if self.post_only {
                &["POST"]
            } else {
                &["GET", "POST"]
            },
            client_token: self.takes_client_token,
            ram_action: self.ram_action(),
            signed: self.signed,
        }
    }
}

/// An action as the outside sees it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Facts {
    pub name: &'static str,
    pub product: &'static str,
    pub version: &'static str,
    pub effect: Effect,
    pub methods: &'static [&'static str],
    pub client_token: bool,
    pub ram_action: String,
    pub signed: bool,
}

/// The facts of every action that the simulator knows, in the order of the registry.
pub fn all() -> Vec<Facts> {
    crate::actions::ALL.iter().map(Action::facts).collect()
}

/// The function that carries an action out.
pub type Run = fn(&mut Call<'_>) -> Result<Outcome, Refusal>;

/// One call of an action, as its function sees it.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Call<'a> {
    pub parameters: &'a Parameters,
    pub account_id: &'a str,
    pub access_key_id: &'a str,
    pub key: &'a Key,
    pub centre_name: &'a str,
    pub centre: &'a mut IndexedCentre,
    pub ids: &'a mut Ids,
    pub now: Timestamp,
    /// Only to be checked, nothing may change.
    pub dry_run: bool,
}

/// Room for the punctuation around a list and the request id behind it.
const SPARE: usize = 80;

/// What an action answers.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The body as JSON, an object without `RequestId`, which the gateway adds.
    pub body: Vec<u8>,
    /// Whether it changed the cloud.
    pub committed: bool,
}

impl Outcome {
    /// The answer of a read, or of a write that was refused inside a reply of HTTP 200.
    pub fn unchanged(body: &impl Serialize) -> Self {
        Self {
            body: serde_json::to_vec(body).expect("bodies have text keys and finite numbers only"),
            committed: false,
        }
    }

    /// The same answer with a list of this name before its other fields, whose elements are JSON
    /// already.
    pub fn with_rows(self, name: &str, rows: &[impl AsRef<[u8]>]) -> Self {
        let length = rows.iter().map(|row| row.as_ref().len() + 1).sum::<usize>();
        let mut body = Vec::with_capacity(length + name.len() + self.body.len() + SPARE);
        body.extend_from_slice(format!("{{\"{name}\":[").as_bytes());
        for (number, row) in rows.iter().enumerate() {
            if number > 0 {
                body.push(b',');
            }
            body.extend_from_slice(row.as_ref());
        }
        body.extend_from_slice(b"],");
        // Without the brace that opens it.
        body.extend_from_slice(&self.body[1..]);
        Self { body, ..self }
    }

    /// The answer of a write that was carried out.
    pub fn committed(body: &impl Serialize) -> Self {
        Self {
            committed: true,
            ..Self::unchanged(body)
        }
    }
}
