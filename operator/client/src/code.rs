//! What an error code of the gateway or of a service means for the call that got it.
//! The verdict branches on the code, because the HTTP status of one code differs between products
//! and documents. A code that is not listed proves nothing, so a write that gets one stays unknown.

use crate::action::Effect;

/// What may be done after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It did not run and may be tried again later, with a new nonce.
    Retry,
    /// It did not run, and repeating it is useless.
    Rejected,
    /// It did not run, because a permission is missing.
    Forbidden,
    /// It may have run. Only looking at the cloud can tell.
    Unknown,
}

/// A family of error codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Throttled,
    /// Another operation is under way; this one was not started.
    Conflict,
    /// The service failed, before or after it acted.
    Server,
    ClockSkew,
    NonceUsed,
    TokenExpired,
    /// The access key or the signature is wrong.
    Key,
    Denied,
    /// The request itself was refused before anything was done.
    Refused,
    Unlisted,
}

impl Class {
    pub(crate) fn verdict(self, effect: Effect) -> Verdict {
        match (self, effect) {
            (Class::Denied, _) => Verdict::Forbidden,
            (Class::Key | Class::Refused, _) | (Class::Unlisted, Effect::Read) => Verdict::Rejected,
            (Class::Throttled | Class::Conflict | Class::ClockSkew | Class::TokenExpired, _)
            | (Class::Server | Class::NonceUsed, Effect::Read) => Verdict::Retry,
            (Class::Server | Class::NonceUsed | Class::Unlisted, Effect::Write) => Verdict::Unknown,
        }
    }
}

/// The family of a code, by its whole text first and its beginning second.
pub(crate) fn classify(code: &str) -> Class {
    match code {
        "SignatureNonceUsed" => Class::NonceUsed,
        "InvalidTimeStamp.Expired" => Class::ClockSkew,
        "InvalidSecurityToken.Expired" => Class::TokenExpired,
        "OperationConflict" => Class::Conflict,
        "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "InvalidSignatureMethod"
        | "Forbidden.AccessKeyDisabled"
        | "MissingSecurityToken" => Class::Key,
        "Forbidden.RiskControl" => Class::Refused,
        "InternalError" | "UnknownError" => Class::Server,
        _ => by_beginning(code),
    }
}

fn by_beginning(code: &str) -> Class {
    const FAMILIES: &[(&str, Class)] = &[
        ("Throttling", Class::Throttled),
        ("ServiceUnavailable", Class::Server),
        ("InternalError.", Class::Server),
        ("InvalidAccessKeyId", Class::Key),
        ("InvalidSecurityToken", Class::Key),
        ("Forbidden", Class::Denied),
        ("NoPermission", Class::Denied),
        ("AuthenticationFail.NoPermission", Class::Denied),
        ("AuthenticationFail.", Class::Refused),
        ("Invalid", Class::Refused),
        ("Missing", Class::Refused),
        ("Illegal", Class::Refused),
        ("Unsupported", Class::Refused),
        ("OperationNotSupported", Class::Refused),
        ("IdempotentParameterMismatch", Class::Refused),
        ("RealNameAuthenticationError", Class::Refused),
        ("InsufficientBalance", Class::Refused),
        ("FreeVersionNotPermit", Class::Refused),
        // An alert that is unknown or handled already: none of the call's alerts is touched.
        ("SecurityEventNotExists", Class::Refused),
        ("RegionId.ApiNotSupported", Class::Refused),
    ];
    let family = FAMILIES.iter().find(|(beginning, _)| code.starts_with(beginning));
    // `CmdName.ExceedLimit`, `CmdCount.ExceedQuota` and their like.
    let is_limit = [".ExceedLimit", ".ExceedQuota"]
        .iter()
        .any(|end| code.ends_with(end));
    match family {
        Some((_, class)) => *class,
        None if is_limit => Class::Refused,
        None => Class::Unlisted,
    }
}

/// What a `ResultCode` of the two bind actions means, with its family.
pub(crate) fn result_code(code: i64) -> (Class, &'static str) {
    match code {
        1 => (Class::Refused, "a parameter is wrong"),
        2 => (Class::Refused, "the server quota is too small"),
        3 => (Class::Refused, "the core quota is too small"),
        4 => (Class::Refused, "pay-as-you-go is not enabled"),
        5 => (Class::Refused, "the account is in arrears"),
        6 => (
            Class::Refused,
            "pay-as-you-go for serverless assets is not enabled",
        ),
        7 => (
            Class::Refused,
            "the module POST_HOST is off, or a subscription excludes pay-as-you-go",
        ),
        -1 => (Class::Server, "the service reports an error of its own"),
        _ => (
            Class::Unlisted,
            "the service reports a result that is not documented",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_code_has_its_verdicts() {
        use Verdict::{Forbidden, Rejected, Retry, Unknown};
        let table = [
            ("Throttling", Retry, Retry),
            ("Throttling.User", Retry, Retry),
            ("Throttling.Api", Retry, Retry),
            ("OperationConflict", Retry, Retry),
            ("InvalidTimeStamp.Expired", Retry, Retry),
            ("InvalidSecurityToken.Expired", Retry, Retry),
            ("ServiceUnavailable", Retry, Unknown),
            ("ServiceUnavailable.RegionMaintaining", Retry, Unknown),
            ("InternalError", Retry, Unknown),
            ("InternalError.Dispatch", Retry, Unknown),
            ("UnknownError", Retry, Unknown),
            ("SignatureNonceUsed", Retry, Unknown),
            // An earlier copy with the same client token is still running.
            ("LastTokenProcessing", Rejected, Unknown),
            ("SomethingNobodyWroteDown", Rejected, Unknown),
            ("InvalidTimeStamp.Format", Rejected, Rejected),
            ("IllegalTimestamp", Rejected, Rejected),
            ("SignatureDoesNotMatch", Rejected, Rejected),
            ("IncompleteSignature", Rejected, Rejected),
            ("InvalidAccessKeyId.NotFound", Rejected, Rejected),
            ("InvalidAccessKeyId.Inactive", Rejected, Rejected),
            ("InvalidSecurityToken.Malformed", Rejected, Rejected),
            ("MissingSecurityToken", Rejected, Rejected),
            ("Forbidden.RiskControl", Rejected, Rejected),
            ("InsufficientBalance", Rejected, Rejected),
            ("InvalidApi.NotFound", Rejected, Rejected),
            ("MissingParameter", Rejected, Rejected),
            ("MissingUuids", Rejected, Rejected),
            ("InvalidParameter", Rejected, Rejected),
            ("CmdName.ExceedLimit", Rejected, Rejected),
            ("CmdCount.ExceedQuota", Rejected, Rejected),
            ("UnsupportedHTTPMethod", Rejected, Rejected),
            ("IdempotentParameterMismatch", Rejected, Rejected),
            ("InvalidIdempotenceParameter.Mismatch", Rejected, Rejected),
            ("AuthenticationFail.OIDCToken.Expired", Rejected, Rejected),
            ("Forbidden", Forbidden, Forbidden),
            ("Forbidden.RAM", Forbidden, Forbidden),
            ("Forbidden.SubUser", Forbidden, Forbidden),
            ("NoPermission", Forbidden, Forbidden),
            ("AuthenticationFail.NoPermission", Forbidden, Forbidden),
        ];
        for (code, read, write) in table {
            let class = classify(code);
            let found = (class.verdict(Effect::Read), class.verdict(Effect::Write));
            assert_eq!(found, (read, write), "{code}");
        }
    }

    #[test]
    fn only_documented_result_codes_prove_that_nothing_ran() {
        for code in 1..=7 {
            assert_eq!(
                result_code(code).0.verdict(Effect::Write),
                Verdict::Rejected,
                "{code}"
            );
        }
        for code in [-1, 8, 99, -2] {
            assert_eq!(
                result_code(code).0.verdict(Effect::Write),
                Verdict::Unknown,
                "{code}"
            );
        }
    }
}
