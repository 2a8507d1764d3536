//! What the environment of the process says about its own identity, under the names that the vendor's
//! software uses: the service account's role (RRSA) and the role of the server.

use std::path::PathBuf;

/// A look-up of environment variables, such as `|name| std::env::var(name).ok()`.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The identity of the service account, as ACK's pod identity webhook injects it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceAccountIdentity {
    /// `ALIBABA_CLOUD_ROLE_ARN`.
    pub role_arn: Option<String>,
    /// `ALIBABA_CLOUD_OIDC_PROVIDER_ARN`.
    pub provider_arn: Option<String>,
    /// `ALIBABA_CLOUD_OIDC_TOKEN_FILE`.
    pub token_file: Option<PathBuf>,
    /// `ALIBABA_CLOUD_ROLE_SESSION_NAME`.
    pub session_name: Option<String>,
    /// `ALIBABA_CLOUD_STS_REGION`.
    pub sts_region: Option<String>,
    /// `ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED`: STS is reached inside the VPC.
    pub vpc: bool,
}

/// How the metadata service of the server may be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerIdentity {
    /// `ALIBABA_CLOUD_ECS_METADATA`: name of the role.
    pub role: Option<String>,
    /// `ALIBABA_CLOUD_ECS_METADATA_DISABLED`: not at all.
    pub disabled: bool,
    /// `ALIBABA_CLOUD_IMDSV1_DISABLED`: only with a token.
    pub token_only: bool,
}

impl ServiceAccountIdentity {
    /// Reads the variables.
    pub fn read(variables: Variables<'_>) -> Self {
        let text = |name: &str| text(variables, name);
        Self {
            role_arn: text("ALIBABA_CLOUD_ROLE_ARN"),
            provider_arn: text("ALIBABA_CLOUD_OIDC_PROVIDER_ARN"),
            token_file: text("ALIBABA_CLOUD_OIDC_TOKEN_FILE").map(PathBuf::from),
            session_name: text("ALIBABA_CLOUD_ROLE_SESSION_NAME"),
            sts_region: text("ALIBABA_CLOUD_STS_REGION"),
            vpc: is_on(variables, "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"),
        }
    }
}

impl ServerIdentity {
    /// Reads the variables.
    pub fn read(variables: Variables<'_>) -> Self {
        Self {
            role: text(variables, "ALIBABA_CLOUD_ECS_METADATA"),
            disabled: is_on(variables, "ALIBABA_CLOUD_ECS_METADATA_DISABLED"),
            token_only: is_on(variables, "ALIBABA_CLOUD_IMDSV1_DISABLED"),
        }
    }
}

fn text(variables: Variables<'_>, name: &str) -> Option<String> {
    variables(name)
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

fn is_on(variables: Variables<'_>, name: &str) -> bool {
    text(variables, name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_variables_count_as_absent_and_switches_take_true() {
        let variables = |name: &str| {
            let value = match name {
                "ALIBABA_CLOUD_ROLE_ARN" => "acs:ram::1:role/r",
                "ALIBABA_CLOUD_OIDC_TOKEN_FILE" => "/token\n",
                "ALIBABA_CLOUD_ROLE_SESSION_NAME" => " ",
                "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED" | "ALIBABA_CLOUD_IMDSV1_DISABLED" => "True",
                "ALIBABA_CLOUD_ECS_METADATA_DISABLED" => "yes",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let account = ServiceAccountIdentity {
            role_arn: Some("acs:ram::1:role/r".to_owned()),
            token_file: Some("/token".into()),
            vpc: true,
            ..ServiceAccountIdentity::default()
        };
        assert_eq!(ServiceAccountIdentity::read(&variables), account);
        let server = ServerIdentity {
            token_only: true,
            ..ServerIdentity::default()
        };
        assert_eq!(ServerIdentity::read(&variables), server);
    }
}
