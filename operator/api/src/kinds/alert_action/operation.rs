//! What can be done about an alert: the cloud's operation codes with their parameters.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)+) => {
        /// An operation on alerts, by the cloud's code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum AlertOperation {
            /// What the recommendation table proposes for each alert.
            Recommended,
            /// Takes back what was done about each alert.
            Undo,
            /// Makes an ignored alert wait for somebody again.
            CancelIgnore,
            /// Gives the file of an alert back from quarantine.
            RestoreFile,
            $($(#[$doc])* #[serde(rename = $code)] $name,)+
        }

        impl AlertOperation {
            /// All codes of the cloud.
            pub const CODES: &'static [AlertOperation] = &[$(AlertOperation::$name),+];

            /// The word as it stands in specs; that of an operation is the code on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    AlertOperation::Recommended => "Recommended",
                    AlertOperation::Undo => "Undo",
                    AlertOperation::CancelIgnore => "CancelIgnore",
                    AlertOperation::RestoreFile => "RestoreFile",
                    $(AlertOperation::$name => $code,)+
                }
            }
        }
    };
}

operations! {
    /// Blocks the address that the attack came from, for a while.
    BlockIp = "block_ip",
    /// Ends the process and puts its file into quarantine.
    KillAndQuara = "kill_and_quara",
    /// Puts the file of a virus into quarantine.
    VirusQuara = "virus_quara",
    /// Puts the file of a process that has ended into quarantine.
    VirusQuaraBin = "virus_quara_bin",
    /// Puts the file into quarantine.
    Quara = "quara",
    /// Ends the process.
    KillProcess = "kill_process",
    /// Ends the virus and removes what it left.
    KillVirus = "kill_virus",
    /// Removes what a persistent intruder left.
    Cleanup = "cleanup",
    /// Stops the container.
    StopContainer = "stop_container",
    /// Ends the process in the container.
    KillContainerProcess = "kill_container_process",
    /// Switches off the defence that raised the alert.
    DisableMaliciousDefense = "disable_malicious_defense",
    /// Adds rules to the whitelist for alerts like this one.
    AdvanceMarkMisInfo = "advance_mark_mis_info",
    /// Marks the alert as a false positive and whitelists events that are exactly like it.
    MarkMisInfo = "mark_mis_info",
    /// The same for an alert of the precise defence.
    DefenseMarkMisInfo = "defense_mark_mis_info",
    /// Takes a false-positive mark and its whitelist rules back.
    RmMarkMisInfo = "rm_mark_mis_info",
    /// Ignores the alert.
    Ignore = "ignore",
    /// Notes that somebody handled the alert by hand.
    ManualHandled = "manual_handled",
    /// Takes that note back. The misspelt code is the vendor's.
    CancleManual = "cancle_manual",
}

impl AlertOperation {
    /// The operation of a code on the wire.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::CODES
            .iter()
            .copied()
            .find(|operation| operation.as_str() == code)
    }

    /// The operation that a call of a plan does, by its word.
    pub fn of_call(word: &str) -> Option<Self> {
        let ours = [Self::CancelIgnore, Self::RestoreFile].into_iter();
        ours.chain(Self::CODES.iter().copied())
            .find(|operation| operation.as_str() == word)
    }

    /// The operation that takes this one back, or why there is none.
    pub fn inverse(self) -> Result<Self, &'static str> {
        match self {
            Self::Ignore => Ok(Self::CancelIgnore),
            Self::KillAndQuara | Self::VirusQuara | Self::VirusQuaraBin | Self::Quara => {
                Ok(Self::RestoreFile)
            }
            Self::MarkMisInfo | Self::AdvanceMarkMisInfo => Ok(Self::RmMarkMisInfo),
            Self::ManualHandled => Ok(Self::CancleManual),
            Self::BlockIp => Err("the block of the address ends by itself; the console can lift it before"),
            Self::KillProcess | Self::KillVirus | Self::KillContainerProcess | Self::StopContainer => {
                Err("what was ended is not started again")
            }
            Self::Cleanup => Err("what was removed cannot be brought back"),
            Self::DisableMaliciousDefense => Err("the console alone can switch the defence on again"),
            Self::DefenseMarkMisInfo => Err("the console alone can take this mark back"),
            Self::RmMarkMisInfo | Self::CancleManual | Self::CancelIgnore | Self::RestoreFile => {
                Err("it took something back itself; handle the alert anew instead")
            }
            Self::Recommended | Self::Undo => Err("it says nothing about what was done"),
        }
    }

    /// Whether the cloud says of each alert if it may be done, as against what it says of alert or file alone.
    pub fn is_offered(self) -> bool {
        !matches!(self, Self::CancelIgnore | Self::RestoreFile)
    }

    /// Whether it hides an alert or those to come, or switches a defence off.
    pub fn hides_evidence(self) -> bool {
        matches!(
            self,
            Self::Ignore
                | Self::MarkMisInfo
                | Self::AdvanceMarkMisInfo
                | Self::DefenseMarkMisInfo
                | Self::DisableMaliciousDefense
        )
    }

    /// Whether the agent carries it out, so that it fails while the agent is not online.
    pub fn needs_agent(self) -> bool {
        self.ends_process()
            || self.is_quarantine()
            || matches!(self, Self::Cleanup | Self::StopContainer | Self::RestoreFile)
    }

    /// Whether it ends a process, so that it fails when there is none any more.
    pub fn ends_process(self) -> bool {
        matches!(
            self,
            Self::KillAndQuara | Self::KillProcess | Self::KillVirus | Self::KillContainerProcess
        )
    }

    /// Whether it does nothing but put a file into quarantine.
    pub fn is_quarantine(self) -> bool {
        matches!(self, Self::VirusQuara | Self::VirusQuaraBin | Self::Quara)
    }

    /// Whether it takes an earlier operation back.
    pub fn takes_back(self) -> bool {
        self.reopens() || self == Self::RestoreFile
    }

    /// Whether the alert waits for somebody again afterwards.
    pub fn reopens(self) -> bool {
        matches!(
            self,
            Self::RmMarkMisInfo | Self::CancleManual | Self::CancelIgnore
        )
    }

    /// Whether whitelist rules that exist would be lost by it.
    pub fn replaces_rules(self) -> bool {
        matches!(self, Self::MarkMisInfo | Self::DefenseMarkMisInfo)
    }
}

/// What was done about some alerts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("!(self.operation in ['Recommended', 'Undo'])")
    .message("`operation` must be what was done: 'Recommended' and 'Undo' do not say it")
    .field_path(".operation"))]
#[x_kube(validation = Rule::new("!has(self.whitelist) || self.operation == 'advance_mark_mis_info'")
    .message("`whitelist` must not be set unless `operation` is 'advance_mark_mis_info', which alone adds such rules")
    .field_path(".whitelist"))]
pub struct Undone {
    /// The operation that was done.
    pub operation: AlertOperation,
    /// Ids of the alerts that it was done about.
    #[serde(rename = "alertIDs")]
    #[schemars(
        length(min = 1, max = 1000),
        inner(length(max = 19), regex(pattern = "^[1-9][0-9]{0,18}$"))
    )]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub alert_ids: Vec<String>,
    /// Whitelist rules that `advance_mark_mis_info` added. The cloud takes all rules for such alerts away; the plan
    /// names those that are not among these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whitelist: Option<Whitelist>,
}

/// How an address is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BlockIp {
    /// Seconds for which it is blocked, from the moment of the call.
    #[schemars(range(min = 60, max = 31_536_000))]
    pub duration_seconds: i64,
}

/// What is done with process and file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KillAndQuarantine {
    /// By the cloud's code.
    pub sub_operation: SubOperation,
}

/// What is done with process and file, by the cloud's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum SubOperation {
    /// Ends the processes that run this file.
    #[serde(rename = "killByMd5andPath")]
    Kill,
    /// Ends the processes that run this file, and puts the file into quarantine.
    #[serde(rename = "killAndQuaraFileByMd5andPath")]
    KillAndQuarantine,
}

impl SubOperation {
    /// The code on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            SubOperation::Kill => "killByMd5andPath",
            SubOperation::KillAndQuarantine => "killAndQuaraFileByMd5andPath",
        }
    }
}

/// Whitelist rules to add. Those that exist for alerts like these are kept: the operator sends them along,
/// because the cloud replaces all by what a call names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Whitelist {
    /// Where the new rules hold.
    pub scope: WhitelistScope,
    /// The new rules. A field has to be one that the alert offers, with a comparison that it allows.
    #[schemars(length(min = 1, max = 20))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub rules: Vec<MarkRule>,
}

/// Where whitelist rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum WhitelistScope {
    /// On the servers of the alerts only.
    SameServer,
    /// On all servers of the account.
    AllServers,
}

/// One whitelist rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MarkRule {
    /// Field of the alert that is compared, such as `loginSourceIp`.
    #[schemars(length(min = 1, max = 128))]
    pub field: String,
    /// How it is compared.
    pub operate: MatchType,
    /// What it is compared with.
    #[schemars(length(min = 1, max = 1024))]
    pub value: String,
}

/// How a whitelist rule compares, by the cloud's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MatchType {
    /// The value is part of the field.
    Contains,
    /// The value is not part of the field.
    NotContains,
    /// The field matches the regular expression.
    Regex,
    /// Both are equal.
    StrEqual,
    /// Both differ.
    StrNotEqual,
    /// The field is an address in the network.
    InIpSegment,
}

impl MatchType {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            MatchType::Contains => "contains",
            MatchType::NotContains => "notContains",
            MatchType::Regex => "regex",
            MatchType::StrEqual => "strEqual",
            MatchType::StrNotEqual => "strNotEqual",
            MatchType::InIpSegment => "inIpSegment",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_specs_are_those_on_the_wire() {
        for operation in AlertOperation::CODES {
            assert_eq!(serde_json::to_value(operation).unwrap(), operation.as_str());
            assert_eq!(AlertOperation::from_code(operation.as_str()), Some(*operation));
        }
        assert_eq!(AlertOperation::CODES.len(), 18);
        assert_eq!(AlertOperation::from_code("client_problem_check"), None);
        for word in ["Recommended", "Undo", "CancelIgnore", "RestoreFile"] {
            let operation: AlertOperation = serde_json::from_value(word.into()).unwrap();
            assert_eq!(
                (operation.as_str(), AlertOperation::from_code(word)),
                (word, None)
            );
        }
        for one in [SubOperation::Kill, SubOperation::KillAndQuarantine] {
            assert_eq!(serde_json::to_value(one).unwrap(), one.as_str());
        }
        for one in [
            MatchType::Contains,
            MatchType::NotContains,
            MatchType::Regex,
            MatchType::StrEqual,
            MatchType::StrNotEqual,
            MatchType::InIpSegment,
        ] {
            assert_eq!(serde_json::to_value(one).unwrap(), one.as_str());
        }
    }

    #[test]
    fn whatever_takes_something_back_is_an_operation_of_a_call() {
        for operation in AlertOperation::CODES {
            match operation.inverse() {
                Ok(inverse) => {
                    assert!(inverse.takes_back(), "{operation:?}");
                    assert_eq!(AlertOperation::of_call(inverse.as_str()), Some(inverse));
                    assert!(inverse.inverse().is_err(), "{operation:?}");
                }
                Err(why) => assert!(!why.is_empty()),
            }
        }
        assert_eq!(AlertOperation::of_call("Undo"), None);
        assert!(AlertOperation::Undo.inverse().is_err());
    }
}
