//! All cloud actions, one file each. [`ALL`] is the registry by which a call that is known only by
//! name is found; a test holds it equal to the files of this folder. No Delete-class action exists here.

use std::fmt::Debug;

use crate::action::{Action, ActionInfo, Product};
use crate::wire::FromWire;

#[macro_use]
mod define;
mod shared;

pub use shared::*;

registry! {
    add_asset_selection_criteria::AddAssetSelectionCriteria,
    add_install_code::AddInstallCode,
    add_uninstall_clients_by_uuids::AddUninstallClientsByUuids,
    assume_role::AssumeRole,
    assume_role_with_oidc::AssumeRoleWithOidc,
    bind_auth_to_machine::BindAuthToMachine,
    cancel_once_task::CancelOnceTask,
    check_security_event_id::CheckSecurityEventId,
    create_asset_selection_config::CreateAssetSelectionConfig,
    create_or_update_asset_group::CreateOrUpdateAssetGroup,
    create_virus_scan_once_task::CreateVirusScanOnceTask,
    describe_agent_install_status::DescribeAgentInstallStatus,
    describe_all_groups::DescribeAllGroups,
    describe_cloud_assistant_status::DescribeCloudAssistantStatus,
    describe_cloud_center_instances::DescribeCloudCenterInstances,
    describe_commands::DescribeCommands,
    describe_grouped_vul::DescribeGroupedVul,
    describe_install_codes::DescribeInstallCodes,
    describe_instances::DescribeInstances,
    describe_invocation_results::DescribeInvocationResults,
    describe_invocations::DescribeInvocations,
    describe_once_task::DescribeOnceTask,
    describe_property_sca_detail::DescribePropertyScaDetail,
    describe_security_event_mark_miss_list::DescribeSecurityEventMarkMissList,
    describe_security_event_operation_status::DescribeSecurityEventOperationStatus,
    describe_security_event_operations::DescribeSecurityEventOperations,
    describe_strategy::DescribeStrategy,
    describe_strategy_detail::DescribeStrategyDetail,
    describe_strategy_exec_detail::DescribeStrategyExecDetail,
    describe_susp_event_quara_files::DescribeSuspEventQuaraFiles,
    describe_susp_events::DescribeSuspEvents,
    describe_vendor_list::DescribeVendorList,
    describe_version_config::DescribeVersionConfig,
    exec_strategy::ExecStrategy,
    generate_once_task::GenerateOnceTask,
    get_asset_selection_config::GetAssetSelectionConfig,
    get_auth_summary::GetAuthSummary,
    get_caller_identity::GetCallerIdentity,
    get_last_once_task_info::GetLastOnceTaskInfo,
    get_serverless_auth_summary::GetServerlessAuthSummary,
    get_virus_scan_latest_task_statistic::GetVirusScanLatestTaskStatistic,
    handle_security_events::HandleSecurityEvents,
    invoke_command::InvokeCommand,
    list_asset_selection_selected_target::ListAssetSelectionSelectedTarget,
    list_check_item_warning_summary::ListCheckItemWarningSummary,
    list_unfinished_once_task::ListUnfinishedOnceTask,
    list_uninstall_aegis_machines::ListUninstallAegisMachines,
    list_virus_scan_machine::ListVirusScanMachine,
    list_virus_scan_machine_event::ListVirusScanMachineEvent,
    list_virus_scan_task::ListVirusScanTask,
    modify_post_pay_module_switch::ModifyPostPayModuleSwitch,
    modify_push_all_task::ModifyPushAllTask,
    modify_start_vul_scan::ModifyStartVulScan,
    operate_agent_client_install::OperateAgentClientInstall,
    operation_cancel_ignore_susp_event::OperationCancelIgnoreSuspEvent,
    refresh_assets::RefreshAssets,
    rollback_susp_event_quara_file::RollbackSuspEventQuaraFile,
    run_command::RunCommand,
    update_post_paid_bind_rel::UpdatePostPaidBindRel,
    update_selection_key_by_type::UpdateSelectionKeyByType,
}

/// The action of this name.
pub fn find(product: Product, name: &str) -> Option<&'static ActionInfo> {
    ALL.iter()
        .find(|action| action.product == product && action.name == name)
}

/// An action of the registry: its request can be filled, and its reply read, without knowing which it is.
pub trait Registered:
    'static + Action<Response: FromWire + Default + Debug> + FromWire + Clone + Default + Debug
{
}

impl<A: 'static + Action<Response: FromWire + Default + Debug> + FromWire + Clone + Default + Debug>
    Registered for A
{
}

/// Sees the type of every action; see [`visit`].
pub trait Visitor {
    /// Sees the action `A`.
    fn visit<A: Registered>(&mut self);
}

#[cfg(test)]
mod tests;
