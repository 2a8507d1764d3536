//! Errors as the gateway answers them: a code, an HTTP status, a message, and for denials the
//! `AccessDeniedDetail`. The five body fields are those of the vendor's error format.

use serde_json::{Value, json};

use crate::action::Product;

/// A request that was refused, with what the client gets to see.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Error code, such as `Throttling.User`.
    pub code: String,
    /// Text for people; may echo what the client sent.
    pub message: String,
    /// `AccessDeniedDetail` of a denial.
    pub denial: Option<Value>,
    /// Value of `x-acs-retry-after`, milliseconds.
    pub retry_after_milliseconds: Option<u64>,
}

impl Refusal {
    /// A refusal without details.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            denial: None,
            retry_after_milliseconds: None,
        }
    }

    /// `Missing<Name>`: a parameter that the request needs is absent.
    pub fn missing(name: &str) -> Self {
        Self::new(
            400,
            format!("Missing{name}"),
            format!("{name} is mandatory for this action."),
        )
    }

    /// `Invalid<Name>`: a parameter has a value that the action does not take.
    pub fn invalid(name: &str) -> Self {
        Self::new(
            400,
            format!("Invalid{name}"),
            format!("The specified parameter {name} is not valid."),
        )
    }

    /// The same with the details of a denial of this RAM action by a policy of this type.
    pub fn denying(self, action: &str, policy: &str) -> Self {
        let denial = json!({
            "AuthAction": action,
            "NoPermissionType": "ImplicitDeny",
            "PolicyType": policy,
        });
        Self {
            denial: Some(denial),
            ..self
        }
    }

    /// The code and text an HTTP status stands for where no more is known.
    pub fn of_status(status: u16) -> Self {
        match status {
            503 => Self::new(
                503,
                "ServiceUnavailable",
                "The request has failed due to a temporary failure of the server.",
            ),
            500.. => Self::new(
                status,
                "InternalError",
                "The request processing has failed due to some unknown error, exception or failure.",
            ),
            _ => Self::new(status, "InvalidParameter", "The request could not be processed."),
        }
    }

    /// The error body; an action that is not known is nobody's, and said to be Security Center's.
    pub fn body(&self, request_id: &str, host: &str, product: Option<Product>) -> Value {
        let product = product.unwrap_or(Product::Sas).title();
        let mut body = json!({
            "Code": self.code,
            "Message": self.message,
            "RequestId": request_id,
            "HostId": host,
            "Recommend": format!("https://api.aliyun.com/troubleshoot?q={}&product={product}", self.code),
        });
        if let Some(denial) = &self.denial {
            body["AccessDeniedDetail"] = denial.clone();
        }
        body
    }
}
