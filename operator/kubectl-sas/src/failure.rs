//! What went wrong, said so that the reader knows what to do next. What the API server refused is shown
//! in the server's own words.

use std::process::ExitCode;

use anyhow::{Error, anyhow};

use crate::output::Page;

/// Prints an error and gives the exit code for it.
pub fn report(error: &Error) -> ExitCode {
    let mut page = Page::default();
    page.styled(crate::output::ERROR, format!("error: {error:#}"));
    page.print_error();
    ExitCode::FAILURE
}

/// An error of the API server, or of the way to it.
pub fn of_api(doing: &str, error: kube::Error) -> Error {
    match error {
        kube::Error::Api(status) => {
            let hint = hint(status.code, &status.message).unwrap_or_default();
            anyhow!("failed to {doing}: {}{hint}", status.message)
        }
        kube::Error::Auth(error) => Error::new(error).context(format!(
            "failed to {doing}: your credentials do not work; sign in again, or look at the user in your kubeconfig"
        )),
        other => Error::new(other).context(format!(
            "failed to {doing}: the API server does not answer; look at `kubectl cluster-info`"
        )),
    }
}

/// Whether the API server refused for want of a right.
pub fn is_forbidden(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 403)
}

/// What to do next, where the server does not say it: our policies always do.
fn hint(code: u16, message: &str) -> Option<&'static str> {
    match code {
        401 => Some("; sign in again, `kubectl auth whoami` shows as whom"),
        403 if message.contains("cannot impersonate") => {
            Some("; leave --as and --as-group out, or ask for the right to impersonate")
        }
        403 if !message.contains("ValidatingAdmissionPolicy") => Some(
            "; ask for one of the roles sas-viewer, sas-editor and sas-approver, `kubectl sas can-i` shows your rights",
        ),
        404 => Some("; look at `kubectl get crds`: the CRDs of the operator have to be installed"),
        409 => Some("; somebody was faster: look at it again"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn what_to_do_next_fits_the_refusal() {
        let refused = |message| hint(403, message).unwrap_or_default();
        assert!(refused("users \"x\" is forbidden: User \"a\" cannot impersonate resource").contains("--as"));
        assert!(refused("User \"a\" cannot list resource").contains("sas-viewer"));
        assert_eq!(
            refused("ValidatingAdmissionPolicy 'sas-approval' denied request"),
            ""
        );
    }
}
