//! What the doctor found: how bad it is, one sentence, and the command that puts it right. A look that the
//! API server refused is a finding of its own and never counts as good or bad.

use serde::Serialize;

use crate::output::{ERROR, FAINT, GOOD, Page, TITLE, WARNING};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// In order.
    Ok,
    /// Could not be looked at.
    Unknown,
    /// Works, but somebody should know.
    Warning,
    /// Does not work, or is not safe.
    Error,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Unknown => "unknown",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }

    fn style(self) -> anstyle::Style {
        match self {
            Level::Ok => GOOD,
            Level::Unknown => FAINT,
            Level::Warning => WARNING,
            Level::Error => ERROR,
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about, as a title.
    pub area: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// Makes the findings of one area.
#[derive(Clone, Copy, Debug)]
pub struct Area(pub &'static str);

impl Area {
    /// All is well.
    pub fn ok(self, message: impl Into<String>) -> Finding {
        self.finding(Level::Ok, message, None)
    }

    /// Somebody should know.
    pub fn warning(self, message: impl Into<String>, remedy: impl Into<String>) -> Finding {
        self.finding(Level::Warning, message, Some(remedy.into()))
    }

    /// It does not work, or is not safe.
    pub fn error(self, message: impl Into<String>, remedy: impl Into<String>) -> Finding {
        self.finding(Level::Error, message, Some(remedy.into()))
    }

    /// The API server gave no answer to a look.
    pub fn unseen(self, what: &str, error: &kube::Error) -> Finding {
        match error {
            kube::Error::Api(status) if status.code == 403 => self.finding(
                Level::Unknown,
                format!("you may not look at {what}"),
                Some("ask somebody who may to run `kubectl sas doctor`".to_owned()),
            ),
            kube::Error::Api(status) => self.finding(
                Level::Unknown,
                format!("failed to look at {what}: {}", status.message),
                None,
            ),
            other => self.finding(Level::Unknown, format!("failed to look at {what}: {other}"), None),
        }
    }

    fn finding(self, level: Level, message: impl Into<String>, remedy: Option<String>) -> Finding {
        Finding {
            area: self.0,
            level,
            message: message.into(),
            remedy,
        }
    }
}

/// The findings for people, area by area.
pub fn page(findings: &[Finding]) -> Page {
    let mut page = Page::default();
    let mut area = "";
    for finding in findings {
        if finding.area != area {
            area = finding.area;
            page.styled(TITLE, area);
        }
        let level = format!("  {:<9}", finding.level.word());
        page.spans(&[
            (finding.level.style(), &level),
            (anstyle::Style::new(), &finding.message),
        ]);
        if let Some(remedy) = &finding.remedy {
            page.line(format_args!("           -> {remedy}"));
        }
    }
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    page.gap();
    page.line(format_args!(
        "errors: {}, warnings: {}, not looked at: {}",
        count(Level::Error),
        count(Level::Warning),
        count(Level::Unknown)
    ));
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_shown_by_area_with_what_to_do() {
        let refused = kube::core::Status::failure("no", "Forbidden").with_code(403);
        let broken = kube::core::Status::failure("etcd\u{1b}[2J\nis away", "InternalError").with_code(500);
        let (server, guard) = (Area("API server"), Area("Approvals"));
        let findings = [
            server.ok("v1.36.3; it can write the names of approvers itself"),
            guard.error(
                "the ValidatingAdmissionPolicy sas-status is missing",
                "kubectl apply -f config/policy",
            ),
            guard.warning("nobody else has to look", "choose another preset"),
            guard.unseen("the admission policies", &kube::Error::Api(Box::new(refused))),
            guard.unseen("bindings", &kube::Error::Api(Box::new(broken))),
        ];
        insta::assert_snapshot!(page(&findings).plain());
    }
}
