//! Which of the listed codes may be delivered, and which of them this resource created.

use jiff::Timestamp;
use sas_api::kinds::SasInstallCode;
use sas_api::kinds::install_code::{CodeSource, SasInstallCodeStatus};

use super::fit::{Code, Wanted};
use super::{EXPIRED_DATE, LISTED, Observed, vendor};

/// What the spec asks of a code.
pub(super) fn wanted(object: &SasInstallCode) -> Wanted<'_> {
    Wanted {
        os: object.spec.os.as_str(),
        vendor: vendor(object),
        group_id: object.spec.group_id,
        only_image: object.spec.only_image,
    }
}

/// The codes that may be delivered, the one that is valid longest first.
pub(super) fn candidates<'a>(
    object: &SasInstallCode,
    status: Option<&SasInstallCodeStatus>,
    observed: &'a Observed,
) -> Vec<&'a Code> {
    let wanted = wanted(object);
    let own = status
        .map(|status| own_expiries(status, observed.now))
        .unwrap_or_default();
    let may_deliver = |code: &Code| match object.spec.source {
        CodeSource::AdoptOrCreate | CodeSource::Adopt => wanted.fits(code),
        CodeSource::Create => own.iter().any(|expiry| wanted.is_made_by(code, *expiry)),
    };
    let mut candidates: Vec<_> = observed
        .codes
        .iter()
        .filter(|code| code.is_valid_for(observed.now, 0) && may_deliver(code))
        .collect();
    candidates.sort_by(|a, b| {
        b.longevity()
            .cmp(&a.longevity())
            .then_with(|| a.exposed().cmp(b.exposed()))
    });
    candidates
}

/// Expiry times of the codes that this resource created and that are not over.
pub(super) fn own_expiries(status: &SasInstallCodeStatus, now: Timestamp) -> Vec<i64> {
    let calls = status
        .gate
        .execution
        .iter()
        .flat_map(|execution| &execution.calls);
    let receipts = calls.filter_map(|record| record.receipt.as_ref()?.field(EXPIRED_DATE)?.parse().ok());
    let mut expiries: Vec<i64> = status
        .created_expiry_millis
        .iter()
        .copied()
        .chain(receipts)
        .collect();
    expiries.retain(|millis| *millis > now.as_millisecond());
    expiries.sort_unstable();
    expiries.dedup();
    expiries.split_off(expiries.len().saturating_sub(LISTED))
}
