//! What a cloud action is: one request type per action, with the facts that decide how it is sent.
//! Reads and writes are told apart by a type, so that the compiler refuses a write where only reads
//! are sent. A dry run of a write is a type of its own that cannot be built without its flag.

use serde::{Serialize, de::DeserializeOwned};

pub use crate::endpoint::Product;
pub use crate::parameters::parameters;

/// Whether an action can change anything in the cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Changes nothing; may be sent again at will.
    Read,
    /// Changes something; leaves only through the client's `send_write`.
    Write,
}

/// [`Effect`] as a type, for the compiler.
pub trait EffectType {
    /// The same as a value.
    const EFFECT: Effect;
}

/// [`Effect::Read`] as a type.
pub enum Read {}

impl EffectType for Read {
    const EFFECT: Effect = Effect::Read;
}

/// [`Effect::Write`] as a type.
pub enum Write {}

impl EffectType for Write {
    const EFFECT: Effect = Effect::Write;
}

/// A request type of one cloud action. Its serde names are the names on the wire.
pub trait Action: Serialize + Send + Sync {
    /// The product that serves the action.
    const PRODUCT: Product;
    /// Name on the wire.
    const NAME: &'static str;
    /// API version.
    const VERSION: &'static str = Self::PRODUCT.version();
    /// The RAM action that a policy has to allow.
    const RAM: &'static str;
    /// HTTP method; a part of the signature.
    const METHOD: &'static str = "POST";
    /// Top-level names of the parameters that travel as a form in the body; all others travel in the query.
    const BODY: &'static [&'static str] = &[];
    /// Whether a key signs it. An unsigned call travels as a form, so that its proof stays out of the URL.
    const SIGNED: bool = true;
    /// [`Read`] or [`Write`].
    type Effect: EffectType;
    /// What the cloud answers.
    type Response: DeserializeOwned + Send;
}

/// An action in the registry, for callers that know it by name only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionInfo {
    /// The product that serves the action.
    pub product: Product,
    /// Name on the wire.
    pub name: &'static str,
    /// API version.
    pub version: &'static str,
    /// Read or write.
    pub effect: Effect,
    /// The RAM action that a policy has to allow.
    pub ram: &'static str,
    /// HTTP method.
    pub method: &'static str,
    /// Top-level names of the parameters that travel in the body.
    pub body: &'static [&'static str],
    /// Whether a key signs it.
    pub signed: bool,
}

impl ActionInfo {
    /// The facts of the action `A`.
    pub const fn of<A: Action>() -> Self {
        Self {
            product: A::PRODUCT,
            name: A::NAME,
            version: A::VERSION,
            effect: A::Effect::EFFECT,
            ram: A::RAM,
            method: A::METHOD,
            body: A::BODY,
            signed: A::SIGNED,
        }
    }
}

/// A write action that the cloud can check without running it. Its request type has no `DryRun`
/// field of its own.
pub trait SupportsDryRun: Action<Effect = Write> {}

/// The dry run of a write action, sent as a read: `DryRun=true` always goes with it.
///
/// The flag is documented by the vendor's SDK for the actions that implement [`SupportsDryRun`].
/// A gateway older than the flag would run the action instead, so a caller must not use this
/// before it has been tried in the account's own site.
#[derive(Clone, Debug, Serialize)]
pub struct DryRun<A> {
    #[serde(flatten)]
    request: A,
    #[serde(rename = "DryRun")]
    dry_run: bool,
}

impl<A: SupportsDryRun> DryRun<A> {
    /// The dry run of `request`.
    pub fn of(request: A) -> Self {
        Self {
            request,
            dry_run: true,
        }
    }
}

impl<A: SupportsDryRun> Action for DryRun<A> {
    const PRODUCT: Product = A::PRODUCT;
    const NAME: &'static str = A::NAME;
    const VERSION: &'static str = A::VERSION;
    const RAM: &'static str = A::RAM;
    const METHOD: &'static str = A::METHOD;
    const BODY: &'static [&'static str] = A::BODY;
    type Effect = Read;
    type Response = A::Response;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::BindAuthToMachine;

    #[test]
    fn a_dry_run_is_a_read_that_always_carries_its_flag() {
        let request = BindAuthToMachine {
            bind: vec!["u-1".to_owned()],
            ..Default::default()
        };
        let dry_run = DryRun::of(request);
        assert_eq!(ActionInfo::of::<DryRun<BindAuthToMachine>>().effect, Effect::Read);
        let flat = parameters(&dry_run);
        assert_eq!(flat.get("DryRun").map(String::as_str), Some("true"));
        assert_eq!(flat.get("Bind.1").map(String::as_str), Some("u-1"));
    }
}
