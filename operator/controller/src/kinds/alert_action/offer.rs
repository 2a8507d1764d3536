//! What the cloud offers for one alert: operations, whitelist rules that exist, and fields that new rules
//! may look at. Rules are kept byte for byte, because they are sent back.

use std::collections::{BTreeMap, BTreeSet};

use sas_api::account::DataCentre;
use sas_api::alerts::Language;
use sas_api::kinds::alert_action::AlertOperation;
use sas_client::actions::{DescribeSecurityEventOperations, MarkField, SecurityEventOperations};
use sas_engine::Unavailable;

use crate::sas::Sas;

/// What stands in place of a server for a rule that holds on all servers.
pub(super) const ALL: &str = "ALL";
/// What the cloud says of an alert that is not there or handled.
const NO_SUCH_ALERT: &str = "SecurityEventNotExists";

/// What the cloud offers for an alert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Operations by code, and whether the user may use them.
    pub(super) operations: BTreeMap<String, bool>,
    /// Whitelist rules that exist for alerts like this one.
    pub(super) rules: BTreeSet<Rule>,
    /// Rules that exist and cannot be read, so that they cannot be sent back.
    pub(super) unreadable: usize,
    /// Fields that rules may look at, with the comparisons that each allows.
    pub(super) fields: BTreeMap<String, BTreeSet<String>>,
}

/// A whitelist rule that exists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rule {
    /// [`ALL`], or the server that it is limited to.
    pub(super) server: String,
    pub(super) field: String,
    pub(super) operate: String,
    pub(super) value: String,
}

impl Offer {
    /// What the cloud offers for an alert; `None` for one that it does not know as one to handle.
    pub(in crate::kinds) async fn read(
        sas: &Sas,
        centre: DataCentre,
        language: Language,
        id: i64,
    ) -> Result<Option<Self>, Unavailable> {
        let request = DescribeSecurityEventOperations {
            security_event_id: Some(id),
            lang: Some(language.as_str().to_owned()),
        };
        let answer = sas.find(&request, centre, &[NO_SUCH_ALERT]).await?;
        Ok(answer.as_ref().map(Self::of))
    }

    /// What an answer says.
    pub(in crate::kinds) fn of(answer: &SecurityEventOperations) -> Self {
        let mut offer = Self::default();
        for row in &answer.security_event_operations_response {
            if let Some(code) = row.operation_code.as_ref().filter(|code| !code.is_empty()) {
                let may = row.user_can_operate == Some(true);
                offer.operations.insert(code.clone(), may);
            }
            for rule in &row.mark_field {
                match Rule::of(rule) {
                    Some(rule) => drop(offer.rules.insert(rule)),
                    None => offer.unreadable += 1,
                }
            }
            for field in &row.mark_fields_source {
                let name = field.filed_name.clone().unwrap_or_default();
                let types = offer.fields.entry(name).or_default();
                types.extend(field.supported_mis_type.iter().cloned());
            }
        }
        offer
    }

    /// Whether the user may use an operation; `None` if the cloud does not offer it.
    pub(super) fn may(&self, operation: AlertOperation) -> Option<bool> {
        self.operations.get(operation.as_str()).copied()
    }

    /// The codes that the user may use.
    pub(super) fn allowed(&self) -> impl Iterator<Item = &String> {
        self.operations
            .iter()
            .filter(|(_, may)| **may)
            .map(|(code, _)| code)
    }
}

impl Rule {
    fn of(row: &MarkField) -> Option<Self> {
        let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Some(Self {
            server: said(&row.uuid)?,
            field: said(&row.filed_name)?,
            operate: said(&row.mark_mis_type)?,
            value: row.mark_mis_value.clone()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use sas_client::actions::{MarkFieldSource, SecurityEventOperation};

    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "fields of answers are optional")]
    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn an_answer_is_read_and_what_cannot_be_sent_back_is_counted() {
        let rule = |server: Option<&str>, value: Option<&str>| MarkField {
            filed_name: text("filePath"),
            mark_mis_type: text("contains"),
            mark_mis_value: value.map(str::to_owned),
            uuid: server.map(str::to_owned),
            ..Default::default()
        };
        let operation = |code: &str, may: Option<bool>| SecurityEventOperation {
            operation_code: text(code),
            user_can_operate: may,
            mark_field: vec![
                rule(Some("ALL"), Some("/a")),
                rule(None, Some("/b")),
                rule(Some("u-1"), None),
            ],
            mark_fields_source: vec![MarkFieldSource {
                filed_name: text("md5"),
                supported_mis_type: vec!["strEqual".to_owned()],
                ..Default::default()
            }],
            ..Default::default()
        };
        let offer = Offer::of(&SecurityEventOperations {
            security_event_operations_response: vec![
                operation("ignore", Some(true)),
                operation("block_ip", Some(false)),
                operation("quara", None),
            ],
        });
        assert_eq!(offer.may(AlertOperation::Ignore), Some(true));
        assert_eq!(offer.may(AlertOperation::BlockIp), Some(false));
        assert_eq!(
            offer.may(AlertOperation::Quara),
            Some(false),
            "unsaid is not allowed"
        );
        assert_eq!(offer.may(AlertOperation::Cleanup), None);
        assert_eq!(offer.allowed().collect::<Vec<_>>(), ["ignore"]);
        assert_eq!((offer.rules.len(), offer.unreadable), (1, 6));
        assert!(offer.fields["md5"].contains("strEqual"));
    }
}
