//! What a SasScanJob does about servers that cannot be scanned because they have no paid edition.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::auth_binding::{BillingMode, Edition};

/// What servers need before they can be scanned, and what to do where they lack it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("has(self.binding) && self.binding == 'Plan' ? has(self.edition) : (!has(self.edition) && !has(self.mode))")
        .message("`edition` goes with `binding: Plan`, which needs it: name the edition that servers without one get; \
                  `mode` goes with it too"),
    validation = Rule::new("!has(self.edition) || self.edition in ['AntiVirus', 'Enterprise', 'Ultimate']")
        .message("`edition` must be 'AntiVirus', 'Enterprise' or 'Ultimate': servers without an edition can get no other \
                  that is scanned")
        .field_path(".edition")
)]
pub struct Prerequisites {
    /// What to do about servers without a paid edition: treat them as servers that cannot be scanned, or plan
    /// one for them with a SasAuthBinding of their own, which waits for an approval of its own.
    #[serde(default)]
    pub binding: MissingBinding,
    /// The edition that they get, with `binding: Plan`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<Edition>,
    /// How it is paid for, with `binding: Plan`. It may be left out where the account has only one way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<BillingMode>,
}

/// What to do about servers without a paid edition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum MissingBinding {
    /// They cannot be scanned.
    #[default]
    Fail,
    /// A SasAuthBinding is created for them, and the job waits for it.
    Plan,
}
