//! All cloud actions, one file each. [`ALL`] is the registry by which a call that is known only by
//! name is found; a test holds it equal to the files of this folder. No Delete-class action exists here.

use crate::action::{ActionInfo, Product};

mod add_install_code;
mod assume_role;
mod assume_role_with_oidc;
mod bind_auth_to_machine;
mod describe_cloud_center_instances;
mod describe_install_codes;
mod describe_vendor_list;
mod describe_version_config;
mod get_auth_summary;
mod get_caller_identity;
mod get_serverless_auth_summary;
mod update_post_paid_bind_rel;

pub use add_install_code::*;
pub use assume_role::*;
pub use assume_role_with_oidc::*;
pub use bind_auth_to_machine::*;
pub use describe_cloud_center_instances::*;
pub use describe_install_codes::*;
pub use describe_vendor_list::*;
pub use describe_version_config::*;
pub use get_auth_summary::*;
pub use get_caller_identity::*;
pub use get_serverless_auth_summary::*;
pub use update_post_paid_bind_rel::*;

/// Every action that is compiled in, by name.
pub const ALL: &[ActionInfo] = &[
    ActionInfo::of::<AddInstallCode>(),
    ActionInfo::of::<AssumeRole>(),
    ActionInfo::of::<AssumeRoleWithOidc>(),
    ActionInfo::of::<BindAuthToMachine>(),
    ActionInfo::of::<DescribeCloudCenterInstances>(),
    ActionInfo::of::<DescribeInstallCodes>(),
    ActionInfo::of::<DescribeVendorList>(),
    ActionInfo::of::<DescribeVersionConfig>(),
    ActionInfo::of::<GetAuthSummary>(),
    ActionInfo::of::<GetCallerIdentity>(),
    ActionInfo::of::<GetServerlessAuthSummary>(),
    ActionInfo::of::<UpdatePostPaidBindRel>(),
];

/// The action of this name.
pub fn find(product: Product, name: &str) -> Option<&'static ActionInfo> {
    ALL.iter()
        .find(|action| action.product == product && action.name == name)
}

#[cfg(test)]
mod tests;
