//! How a resource names the [`SasAccount`](crate::kinds::account::SasAccount) it acts in, and the two
//! data centres of Security Center, which hold separate data.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The SasAccount that a resource acts in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountRef {
    /// Name of the SasAccount.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Namespace of the SasAccount. Left out, it is the namespace of this resource. An account of
    /// another namespace has to name this namespace in its `spec.allowedNamespaces`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub namespace: Option<String>,
}

/// A data centre of Security Center. The two hold separate sets of servers, codes and quotas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum DataCentre {
    /// Chinese mainland and Hong Kong.
    #[serde(rename = "cn-shanghai")]
    CnShanghai,
    /// All other regions.
    #[serde(rename = "ap-southeast-1")]
    ApSoutheast1,
}

impl DataCentre {
    /// Both, in the order in which they are reported.
    pub const ALL: [DataCentre; 2] = [DataCentre::CnShanghai, DataCentre::ApSoutheast1];

    /// The region id that selects the data centre's endpoint.
    pub fn as_str(self) -> &'static str {
        match self {
            DataCentre::CnShanghai => "cn-shanghai",
            DataCentre::ApSoutheast1 => "ap-southeast-1",
        }
    }
}

/// Which site an account was opened at; it decides the data centre that is used when a resource names none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Site {
    /// aliyun.com: data centre cn-shanghai.
    #[default]
    Cn,
    /// alibabacloud.com: data centre ap-southeast-1.
    Intl,
}

impl Site {
    /// The name that stands in plans and hashes.
    pub fn as_str(self) -> &'static str {
        match self {
            Site::Cn => "cn",
            Site::Intl => "intl",
        }
    }

    /// The data centre that is used when a resource names none.
    pub fn home(self) -> DataCentre {
        match self {
            Site::Cn => DataCentre::CnShanghai,
            Site::Intl => DataCentre::ApSoutheast1,
        }
    }
}
