//! Whether the API server is of a version that the operator and its admission policies work with.

use k8s_openapi::apimachinery::pkg::version::Info;

use super::finding::{Area, Finding};

const AREA: Area = Area("API server");
/// Without admission policies nothing can guard an approval.
const POLICIES: u32 = 30;
/// The oldest and the newest version that is supported. The tests run on [`TESTED`].
const SUPPORTED: std::ops::RangeInclusive<u32> = 33..=36;
const TESTED: &str = "1.34.4 and 1.36.3";
/// From here on the API server writes names itself.
const STAMPS: u32 = 36;

/// The minor version, where it can be read.
pub fn minor(version: &Info) -> Option<u32> {
    // Managed clusters append a sign, as in `33+`.
    let digits = version.minor.trim_end_matches(|c: char| !c.is_ascii_digit());
    digits.parse().ok().filter(|_| version.major == "1")
}

/// Whether the API server can write names itself.
pub fn can_stamp(version: &Info) -> bool {
    minor(version).is_some_and(|minor| minor >= STAMPS)
}

/// What the version means.
pub fn judge(version: &Info) -> Finding {
    let name = &version.git_version;
    match minor(version) {
        None => AREA.warning(
            format!("{name} is not a version that can be judged"),
            "compare it with the supported versions 1.33 to 1.36",
        ),
        Some(minor) if minor < POLICIES => AREA.error(
            format!("{name} has no admission policies (1.30): nobody would guard approvals"),
            "upgrade the cluster",
        ),
        Some(minor) if !SUPPORTED.contains(&minor) => AREA.warning(
            format!("{name} is not supported: that is 1.33 to 1.36, tested on {TESTED}"),
            "try it on another cluster before you rely on it",
        ),
        Some(minor) if minor < STAMPS => AREA.ok(format!(
            "{name}; names of approvers are held to the truth and not written by it (1.36)"
        )),
        Some(_) => AREA.ok(format!("{name}; it can write the names of approvers itself")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn versions_are_judged() {
        for (minor, level) in [
            ("29", Level::Error),
            ("30", Level::Warning),
            ("33+", Level::Ok),
            ("36", Level::Ok),
            ("37", Level::Warning),
            ("x", Level::Warning),
        ] {
            let version = Info {
                major: "1".to_owned(),
                minor: minor.to_owned(),
                git_version: format!("v1.{minor}.0"),
                ..Info::default()
            };
            assert_eq!(judge(&version).level, level, "{minor}");
            assert_eq!(can_stamp(&version), ["36", "37"].contains(&minor), "{minor}");
        }
    }
}
