//! Whether a call may be made again when nobody knows if it ran: one row per write action that a
//! kind uses, with the reason. Plans take the answer from here and nowhere else.

use sas_api::plan::{Repeat, Risk};

/// A write action and whether it may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Name of the action.
    pub action: &'static str,
    /// Whether it may be made again.
    pub repeat: Repeat,
    /// By what its effect is proved.
    pub proof: &'static str,
}

/// All write actions that a kind uses.
pub const TABLE: &[Row] = &[
    Row {
        action: "AddAssetSelectionCriteria",
        repeat: Repeat::ClientToken,
        proof: "none; the order of the scan follows a look at who is selected",
    },
    Row {
        action: "AddInstallCode",
        repeat: Repeat::AfterProof,
        proof: "DescribeInstallCodes lists a code with the attempt's own expiry time",
    },
    Row {
        action: "BindAuthToMachine",
        repeat: Repeat::ClientToken,
        proof: "DescribeCloudCenterInstances shows the edition of every server",
    },
    Row {
        action: "CancelOnceTask",
        repeat: Repeat::Harmless,
        proof: "DescribeOnceTask shows that the task has ended",
    },
    Row {
        action: "CreateAssetSelectionConfig",
        repeat: Repeat::ClientToken,
        proof: "none: only its answer has the key of the selection",
    },
    Row {
        action: "CreateVirusScanOnceTask",
        repeat: Repeat::ClientToken,
        proof: "ListVirusScanTask lists a scan of exactly the servers of the plan, not older than the order",
    },
    Row {
        action: "ExecStrategy",
        repeat: Repeat::Harmless,
        proof: "DescribeStrategyExecDetail shows a run of the strategy that is not older than the order; terminate is never made again",
    },
    Row {
        action: "GenerateOnceTask",
        repeat: Repeat::Harmless,
        proof: "none: only its answer has the id of the task",
    },
    Row {
        action: "ModifyPushAllTask",
        repeat: Repeat::Harmless,
        proof: "none: the cloud shows nothing of it but its answer",
    },
    Row {
        action: "ModifyStartVulScan",
        repeat: Repeat::ClientToken,
        proof: "none: DescribeOnceTask does not say whose task is whose",
    },
    Row {
        action: "UpdateSelectionKeyByType",
        repeat: Repeat::ClientToken,
        proof: "GetAssetSelectionConfig shows the key",
    },
    Row {
        action: "HandleSecurityEvents",
        repeat: Repeat::AfterProof,
        proof: "DescribeSuspEvents shows what was done about every alert",
    },
    Row {
        action: "OperationCancelIgnoreSuspEvent",
        repeat: Repeat::AfterProof,
        proof: "DescribeSuspEvents shows which alerts are still ignored",
    },
    Row {
        action: "RollbackSuspEventQuaraFile",
        repeat: Repeat::AfterProof,
        proof: "DescribeSuspEventQuaraFiles shows the state of the file",
    },
    Row {
        action: "UpdatePostPaidBindRel",
        repeat: Repeat::ClientToken,
        proof: "DescribeCloudCenterInstances shows the edition of every server",
    },
];

/// Whether `action` may be made again; an action without a row never.
pub fn repeat(action: &str) -> Repeat {
    TABLE
        .iter()
        .find(|row| row.action == action)
        .map_or(Repeat::Never, |row| row.repeat)
}

/// As [`repeat`], of a call of this risk. That a call which hides evidence has left no trace proves little,
/// so it is not made again for that: somebody has to look.
pub fn repeat_at(action: &str, risk: Risk) -> Repeat {
    match repeat(action) {
        Repeat::AfterProof if risk == Risk::R4 => Repeat::Never,
        repeat => repeat,
    }
}

#[cfg(test)]
mod tests {
    use sas_client::action::Effect;
    use sas_client::actions::ALL;

    use super::*;

    #[test]
    fn every_row_is_of_a_write() {
        for row in TABLE {
            let action = ALL.iter().find(|action| action.name == row.action);
            assert_eq!(
                action.map(|action| action.effect),
                Some(Effect::Write),
                "{}",
                row.action
            );
        }
    }

    #[test]
    fn an_action_without_a_row_is_never_repeated() {
        assert_eq!(repeat("AddInstallCode"), Repeat::AfterProof);
        assert_eq!(repeat("Unheard"), Repeat::Never);
        assert_eq!(repeat_at("HandleSecurityEvents", Risk::R3), Repeat::AfterProof);
        assert_eq!(repeat_at("HandleSecurityEvents", Risk::R4), Repeat::Never);
        assert_eq!(repeat_at("BindAuthToMachine", Risk::R4), Repeat::ClientToken);
    }
}
