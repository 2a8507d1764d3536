//! SasInstallCode: a code with which servers enrol their agent, adopted or created. A created code cannot
//! be taken back, and creating is not idempotent: the reply does not name the new code, so it is found by
//! its expiry time, which no other code has. Codes are never deleted; a rotation is a further plan.

mod candidates;
mod commands;
mod creation;
mod fit;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::ResourceExt;
use kube::api::ObjectMeta;
use sas_api::Reason;
use sas_api::account::DataCentre;
use sas_api::kinds::SasInstallCode;
use sas_api::kinds::install_code::{CodeCandidate, CodeSource, SasInstallCodeStatus, ServerNetwork};
use sas_api::plan::{NamedValue, Plan};
use sas_api::status::Receipt;
use sas_client::action::ActionInfo;
use sas_client::actions::{AddInstallCode, DescribeInstallCodes, DescribeVendorList, GetCallerIdentity};
use sas_engine::{Cloud, Made, Operation, Planned, Reply, Settled, Unavailable};

use self::candidates::{candidates, own_expiries, wanted};
use self::fit::Code;
use crate::assets::printable;
use crate::sas::Sas;

/// The cloud actions of this kind.
pub const ACTIONS: &[ActionInfo] = &[
    ActionInfo::of::<GetCallerIdentity>(),
    ActionInfo::of::<DescribeInstallCodes>(),
    ActionInfo::of::<DescribeVendorList>(),
    ActionInfo::of::<AddInstallCode>(),
];

/// Parameter by which a created code is recognised.
const EXPIRED_DATE: &str = "ExpiredDate";
/// Vendors that every account has.
const ALIYUN: &str = "ALIYUN";
const OTHER: &str = "OTHER";
/// Bounds of the lists in a status.
const LISTED: usize = 20;
/// Largest id of a group that a status takes (2^53 - 1).
const LARGEST_GROUP: i64 = 9_007_199_254_740_991;

/// What a look at the cloud brings.
pub struct Observed {
    codes: Vec<Code>,
    /// The vendors that the cloud offers; asked only where the wanted one is not one that always exists.
    vendors: Option<Vec<String>>,
    centre: DataCentre,
    now: Timestamp,
}

impl Operation<Sas> for SasInstallCode {
    type Observed = Observed;

    fn refresh(&self) -> Duration {
        super::seconds(self.spec.refresh_interval_seconds)
    }

    fn validate(&self) -> Result<(), String> {
        let spec = &self.spec;
        match (spec.network, spec.vendor.as_deref()) {
            (ServerNetwork::Public, Some(ALIYUN)) => Err(format!(
                "`spec.vendor` must not be '{ALIYUN}' when `spec.network` is 'Public'; leave `spec.vendor` out"
            )),
            (ServerNetwork::Internal | ServerNetwork::LeasedLine, Some(vendor)) if vendor != ALIYUN => {
                Err(format!(
                    "`spec.vendor` must be '{ALIYUN}' or left out when `spec.network` is 'Internal' or 'LeasedLine'"
                ))
            }
            _ if spec.renew_before_seconds >= spec.valid_for_seconds => {
                Err("`spec.renewBeforeSeconds` must be less than `spec.validForSeconds`".to_owned())
            }
            _ => Ok(()),
        }
    }

    async fn observe(&self, sas: &Sas) -> Result<Observed, Unavailable> {
        let centre = self.spec.data_centre.unwrap_or(sas.home());
        let codes = sas
            .read(&DescribeInstallCodes::default(), centre)
            .await?
            .install_codes;
        let codes: Vec<_> = codes.into_iter().filter_map(Code::from_row).collect();
        let vendors = if [ALIYUN, OTHER].contains(&vendor(self)) {
            None
        } else {
            Some(
                sas.read(&DescribeVendorList::default(), centre)
                    .await?
                    .vendor_name_list,
            )
        };
        Ok(Observed {
            codes,
            vendors,
            centre,
            now: sas.now(),
        })
    }

    fn plan(&self, observed: &Observed, _held: Option<&Plan>) -> Planned {
        let candidates = candidates(self, self.status.as_ref(), observed);
        if candidates
            .iter()
            .any(|code| code.is_valid_for(observed.now, self.spec.renew_before_seconds))
        {
            return Planned::Nothing;
        }
        if self.spec.source == CodeSource::Adopt {
            return Planned::blocked(Reason::NoMatchingCode, creation::nothing_to_adopt(self));
        }
        if let Some(offered) = observed
            .vendors
            .as_ref()
            .filter(|offered| !offered.iter().any(|name| name == vendor(self)))
        {
            let message = format!(
                "the cloud does not offer the vendor '{}'; set `spec.vendor` to one of: {}",
                vendor(self),
                offered
                    .iter()
                    .take(50)
                    .map(|name| printable(name, 64))
                    .collect::<Vec<_>>()
                    .join(", ")
            );
            return Planned::blocked(Reason::VendorNotOffered, message);
        }
        Planned::Change(Box::new(creation::plan(
            self,
            observed,
            candidates.first().copied(),
        )))
    }

    fn receipt(&self, made: &Made<'_>, reply: Option<&Reply>) -> Receipt {
        let expiry = made
            .parameters
            .get(EXPIRED_DATE)
            .map(|millis| NamedValue::new(EXPIRED_DATE, millis));
        Receipt {
            request_id: reply.map(|reply| reply.request_id.clone()),
            fields: expiry.into_iter().collect(),
        }
    }

    fn settle(&self, _plan: &Plan, made: &[Made<'_>], observed: &Observed) -> Settled {
        let Some(last) = made.last() else {
            return Settled::NotStarted;
        };
        let Some(expiry) = last
            .parameters
            .get(EXPIRED_DATE)
            .and_then(|millis| millis.parse().ok())
        else {
            return Settled::Unproven;
        };
        let wanted = wanted(self);
        if observed.codes.iter().any(|code| wanted.is_made_by(code, expiry)) {
            Settled::Done
        } else if last.receipt.is_some() {
            Settled::Wait("the new install code is not listed yet".to_owned())
        } else {
            Settled::NotStarted
        }
    }

    fn report(&self, observed: &Observed, status: &mut SasInstallCodeStatus) -> String {
        status.created_expiry_millis = own_expiries(status, observed.now);
        let candidates = candidates(self, Some(status), observed);
        status.candidates = candidates
            .iter()
            .take(LISTED)
            .map(|code| candidate(code))
            .collect();
        let delivered = candidates.first();
        status.expiry_time = delivered.and_then(|code| super::time(code.expiry_millis?));
        status.output_secret_name = delivered.map(|_| secret_name(self));
        status.masked_code = delivered.map(|code| code.masked());
        let Some(code) = delivered else {
            return format!(
                "no install code fits (os {}, vendor {})",
                self.spec.os.as_str(),
                vendor(self)
            );
        };
        let until = status
            .expiry_time
            .as_ref()
            .map_or("without end".to_owned(), |time| format!("until {}", time.0));
        let twins = code.expiry_millis.map_or(0, |expiry| {
            observed
                .codes
                .iter()
                .filter(|other| other.expiry_millis == Some(expiry))
                .count()
        });
        let twins = if twins > 1 {
            format!("; {twins} codes have this expiry time")
        } else {
            String::new()
        };
        format!(
            "code {} is in Secret {} and valid {until}{twins}",
            code.masked(),
            secret_name(self)
        )
    }

    fn outputs(&self, observed: &Observed) -> Option<Secret> {
        let code = candidates(self, self.status.as_ref(), observed)
            .first()
            .copied()?;
        let mut data = BTreeMap::from([("code".to_owned(), code.exposed().to_owned())]);
        if let Some(time) = code.expiry_millis.and_then(super::time) {
            data.insert("expiry".to_owned(), time.0.to_string());
        }
        data.extend(commands::for_code(&self.spec, observed.centre, code.exposed()));
        let data = data
            .into_iter()
            .map(|(key, text)| (key, ByteString(text.into_bytes())));
        Some(Secret {
            metadata: ObjectMeta {
                name: Some(secret_name(self)),
                namespace: self.namespace(),
                ..Default::default()
            },
            type_: Some("Opaque".to_owned()),
            data: Some(data.collect()),
            ..Default::default()
        })
    }
}

/// The vendor of the code, which decides the domain that the agent connects to.
fn vendor(object: &SasInstallCode) -> &str {
    match (&object.spec.vendor, object.spec.network) {
        (Some(vendor), _) => vendor,
        (None, ServerNetwork::Internal | ServerNetwork::LeasedLine) => ALIYUN,
        (None, ServerNetwork::Public) => OTHER,
    }
}

fn secret_name(object: &SasInstallCode) -> String {
    object
        .spec
        .output_secret_name
        .clone()
        .unwrap_or_else(|| format!("{}-install-code", object.name_any()))
}

fn candidate(code: &Code) -> CodeCandidate {
    CodeCandidate {
        masked_code: code.masked(),
        expiry_time: code.expiry_millis.and_then(super::time),
        vendor: code.vendor.chars().take(64).collect(),
        group_id: code.group_id.filter(|id| (0..=LARGEST_GROUP).contains(id)),
    }
}

#[cfg(test)]
mod tests;
