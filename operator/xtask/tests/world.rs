//! The promises of `up` and `down` on real processes: the world answers, ends when asked to, and leaves
//! nothing behind when it is killed at a random moment. Processes are recognised by a variable in their
//! environment, which all descendants of `up` inherit.

#![allow(clippy::unwrap_used, reason = "helpers of tests may unwrap as tests do")]

use std::collections::hash_map::RandomState;
use std::env;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const MARK: &str = "XTASK_TEST_WORLD";
/// Only the control plane.
const BARE: [&str; 2] = ["--without", "operator,simulator"];

/// One `up`.
struct Up {
    child: Child,
    dir: PathBuf,
    mark: String,
    owns_dir: bool,
}

impl Up {
    fn start(name: &str, without: &[&str], assets: Option<&Path>) -> Self {
        // Nobody else's folder: not that of an earlier run, nor of one at the same time.
        let folder = format!("{name}-{:016x}", random());
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        let mut up = Self::start_in(dir, without, assets);
        up.owns_dir = true;
        up
    }

    fn start_in(dir: PathBuf, without: &[&str], assets: Option<&Path>) -> Self {
        let mark = format!("{:016x}", random());
        let child = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["up", "--dir"])
            .arg(&dir)
            .args(without)
            .env(MARK, &mark)
            .env("KUBEBUILDER_ASSETS", assets.unwrap_or(Path::new("")))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            child,
            dir,
            mark,
            owns_dir: false,
        }
    }

    /// Waits as long as a first build of the control plane may take.
    fn wait_ready(&mut self) {
        let ready = wait_for(Duration::from_mins(15), || {
            self.dir.join("ready").exists() || self.ended()
        });
        assert!(ready && !self.ended(), "the world did not come up");
    }

    fn ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Processes of this world that still run: number and command line.
    fn processes(&self) -> Vec<(u32, String)> {
        let wanted = format!("{MARK}={}", self.mark);
        let entries = fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| Some(entry.ok()?.path()));
        entries
            .filter(|path| {
                // A process may end at any time, and a zombie's environment is empty.
                let environment = fs::read(path.join("environ")).unwrap_or_default();
                environment
                    .split(|byte| *byte == 0)
                    .any(|variable| variable == wanted.as_bytes())
            })
            .filter_map(|path| {
                let line = fs::read(path.join("cmdline")).ok()?;
                let number = path.file_name()?.to_str()?.parse().ok()?;
                Some((number, String::from_utf8_lossy(&line).replace('\0', " ")))
            })
            .collect()
    }

    fn supervisor(&self) -> Option<u32> {
        let processes = self.processes();
        processes
            .iter()
            .find(|(_, line)| line.trim_end().ends_with(" supervise"))
            .map(|(number, _)| *number)
    }

    fn assert_nothing_left(&mut self, what: &str) {
        let within = Duration::from_secs(10);
        let gone = wait_for(within, || self.ended() && self.processes().is_empty());
        assert!(
            gone,
            "{what}: still there after {within:?}: {:?}",
            self.processes()
        );
    }
}

/// A failed assertion must not leave a world behind. Its logs stay.
impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it has ended in most cases
        let _ = self.child.wait();
        if self.owns_dir && !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.dir); // the supervisor may still write its last lines
        }
    }
}

fn wait_for(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    while !done() {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn signal(name: &str, process: u32) {
    let kill = format!("kill -{name} {process}");
    // It may have ended by itself: then there is nothing to signal.
    Command::new("sh")
        .args(["-c", &kill])
        .stderr(Stdio::null())
        .status()
        .unwrap();
}

fn kubectl(dir: &Path, identity: &str, arguments: &[&str]) -> String {
    let output = Command::new(dir.join("kubectl"))
        .arg(format!(
            "--kubeconfig={}",
            dir.join(format!("{identity}.kubeconfig")).display()
        ))
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn world_answers_its_identities_and_goes_down() {
    let mut up = Up::start("up-and-down", &BARE, None);
    up.wait_ready();
    let version = kubectl(&up.dir, "developer", &["version"]);
    assert!(version.contains("Server Version: v1.36.3"), "{version}");
    let may = |who: &str, arguments: &[&str]| {
        kubectl(&up.dir, who, &[&["auth", "can-i"], arguments].concat()).trim() == "yes"
    };
    // `can-i approve` would look for a served resource, and the group of this right serves none.
    let may_approve = |who: &str| {
        let rights = kubectl(&up.dir, who, &["auth", "can-i", "--list"]);
        rights.lines().any(|line| {
            line.starts_with("sasauthbindings.approval.sas-operator.io ") && line.ends_with("[approve]")
        })
    };
    assert!(may("developer", &["create", "sasauthbindings.sas-operator.io"]));
    assert!(!may_approve("developer"));
    assert!(!may(
        "developer",
        &[
            "update",
            "sasauthbindings.sas-operator.io",
            "--subresource=status"
        ]
    ));
    assert!(!may(
        "developer",
        &["create", "secrets", "--namespace=sas-system"]
    ));
    assert!(may_approve("approver"));
    assert!(!may("approver", &["update", "sasauthbindings.sas-operator.io"]));
    assert!(!may("operator", &["list", "secrets", "--all-namespaces"]));
    assert!(may(
        "operator",
        &[
            "update",
            "sasauthbindings.sas-operator.io",
            "--subresource=status"
        ]
    ));
    assert!(may(
        "operator",
        &[
            "update",
            "leases.coordination.k8s.io/sas-operator",
            "--namespace=sas-system"
        ]
    ));

    let second = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["up", "--dir"])
        .arg(&up.dir)
        .output()
        .unwrap();
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("a world is already up"));

    let down = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["down", "--dir"])
        .arg(&up.dir)
        .status()
        .unwrap();
    assert!(down.success());
    assert!(
        up.processes().iter().all(|(number, _)| *number == up.child.id()),
        "{:?}",
        up.processes()
    );
    assert!(up.child.wait().unwrap().success());
    assert!(!up.dir.join("ready").exists());
}

#[test]
fn interrupt_ends_the_world_in_order() {
    let mut up = Up::start("interrupt", &BARE, None);
    up.wait_ready();
    signal("INT", up.child.id());
    assert!(up.child.wait().unwrap().success());
    up.assert_nothing_left("interrupted");
}

/// The multi-call program is each of its parts under that part's name, so links to it stand for the
/// separate programs of envtest, which has no controller manager.
#[test]
fn assets_of_the_user_are_used() {
    let mut built = Up::start("built", &BARE, None);
    built.wait_ready();
    let program = fs::read_link(built.dir.join("kubectl")).unwrap();
    let assets = built.dir.join("assets");
    fs::create_dir(&assets).unwrap();
    for part in ["etcd", "kube-apiserver", "kubectl"] {
        std::os::unix::fs::symlink(&program, assets.join(part)).unwrap();
    }
    let mut up = Up::start("from-assets", &BARE, Some(&assets));
    up.wait_ready();
    let lines: Vec<_> = up.processes().into_iter().map(|(_, line)| line).collect();
    for part in ["etcd", "kube-apiserver"] {
        let wanted = assets.join(part).display().to_string();
        assert!(
            lines.iter().any(|line| line.starts_with(&wanted)),
            "{part}: {lines:?}"
        );
    }
    assert!(
        !lines.iter().any(|line| line.contains("kube-controller-manager")),
        "{lines:?}"
    );
    let kinds = kubectl(
        &up.dir,
        "developer",
        &["api-resources", "--api-group=sas-operator.io"],
    );
    assert!(kinds.contains("SasAuthBinding"), "{kinds}");
}

/// `XTASK_TEST_KILLS` asks for another number of kills.
#[test]
fn nothing_survives_a_kill_at_a_random_moment() {
    let mut first = Up::start("kills", &[], None);
    first.wait_ready(); // the programs are built now
    first.child.kill().unwrap();
    first.assert_nothing_left("killed when ready");
    let kills = env::var("XTASK_TEST_KILLS").map_or(6, |count| count.parse().unwrap());
    for round in 0..kills {
        // In the folder of the one that was killed: what it left must not be in the way.
        let mut up = Up::start_in(first.dir.clone(), &[], None);
        std::thread::sleep(Duration::from_millis(random() % 5000));
        let victim = match up.supervisor() {
            Some(supervisor) if round % 2 == 0 => supervisor,
            _ => up.child.id(),
        };
        let seen = up.processes();
        signal("KILL", victim);
        up.assert_nothing_left(&format!("kill {round} of {victim} among {seen:?}"));
    }
}
