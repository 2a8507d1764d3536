//! What an OIDC token claims. Its signature is not verified: the simulator has no keys of any issuer, and
//! whoever tests with it writes the tokens.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::Deserialize;

use crate::gateway::Refusal;
use crate::world::OidcProvider;

/// The claims that count.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the specification of the tokens names them")]
pub struct Claims {
    pub iss: String,
    pub sub: String,
    aud: Audiences,
    exp: i64,
    #[serde(default)]
    iat: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Audiences {
    One(String),
    Many(Vec<String>),
}

impl Claims {
    /// Reads a token.
    pub fn read(token: &str) -> Result<Self, Refusal> {
        let invalid = || refusal("Invalid", "This JsonWebToken is invalid.");
        let parts: Vec<&str> = token.split('.').collect();
        let [_, claims, _] = parts[..] else {
            return Err(invalid());
        };
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| invalid())?;
        serde_json::from_slice(&claims).map_err(|_| invalid())
    }

    /// The audiences.
    pub fn audiences(&self) -> Vec<&str> {
        match &self.aud {
            Audiences::One(audience) => vec![audience],
            Audiences::Many(audiences) => audiences.iter().map(String::as_str).collect(),
        }
    }

    /// When it ends and when it was made, as answers tell it.
    pub fn times(&self) -> (String, String) {
        let text = |seconds| Timestamp::from_second(seconds).unwrap_or_default().to_string();
        (text(self.exp), text(self.iat.unwrap_or_default()))
    }

    /// Refuses a token that the provider does not vouch for now.
    pub fn check(&self, provider: &OidcProvider, now: Timestamp) -> Result<(), Refusal> {
        if self.iss.trim_end_matches('/') != provider.issuer_url.trim_end_matches('/') {
            let message = "The issuer in the OIDC Token doesn't match the OIDC Provider registered.";
            return Err(refusal("IssuerNotMatch", message));
        }
        let known = |audience: &&str| provider.client_ids.iter().any(|id| id == audience);
        if !self.audiences().iter().any(known) {
            return Err(refusal("AudienceNotMatch", "Invalid audience."));
        }
        if self.exp <= now.as_second() {
            return Err(refusal("Expired", "This JsonWebToken is expired."));
        }
        Ok(())
    }
}

fn refusal(kind: &str, message: &str) -> Refusal {
    Refusal::new(400, format!("AuthenticationFail.OIDCToken.{kind}"), message)
}
