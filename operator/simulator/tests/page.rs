//! The page as a browser meets it: which requests get it, that nothing in it is a stranger's HTML,
//! what its forms do, and whom it refuses.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use sas_sim::world::scans::Behaviour;
use sas_sim::world::{DEMO_ACCOUNT, Invocation, Level, Run};
use sas_sim::{Simulator, World};

const DB_1: &str = "00000006-5a5a-4000-8000-000000000006";
const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

struct Visitor {
    simulator: Simulator,
    agent: ureq::Agent,
}

struct Reply {
    status: u16,
    headers: ureq::http::HeaderMap,
    text: String,
}

impl Visitor {
    fn new() -> Self {
        let world = World::demo(1, jiff::Timestamp::now());
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // The simulator closes the connection of what it refuses before it has read it.
            .max_idle_connections(0)
            .build()
            .new_agent();
        Self {
            simulator: Simulator::start(world).unwrap(),
            agent,
        }
    }

    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request = self.agent.get(format!("{}{path}", self.simulator.url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Reply::of(request.call().unwrap())
    }

    fn post(&self, path: &str, headers: &[(&str, &str)], form: &[(&str, &str)]) -> Reply {
        let mut request = self.agent.post(format!("{}{path}", self.simulator.url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Reply::of(request.send_form(form.iter().copied()).unwrap())
    }

    fn page(&self) -> String {
        let reply = self.get("/", &[BROWSER]);
        assert_eq!(reply.status, 200);
        reply.text
    }

    fn is_online(&self, uuid: &str) -> bool {
        self.simulator.with(|state| {
            let now = state.clock.now();
            let centre = state.world.centre(DEMO_ACCOUNT, "cn-shanghai");
            centre.assets[uuid].client(now).is_online()
        })
    }
}

impl Reply {
    fn of(mut response: ureq::http::Response<ureq::Body>) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.body_mut().read_to_string().unwrap(),
        }
    }

    fn is_page(&self) -> bool {
        self.text.starts_with("<!DOCTYPE html>")
    }
}

#[test]
fn a_visit_gets_the_page_and_whatever_is_for_the_cloud_gets_the_cloud() {
    let visitor = Visitor::new();
    for headers in [
        &[BROWSER][..],
        &[("accept", "*/*")],
        &[("accept", "application/json")],
        &[],
    ] {
        assert!(visitor.get("/", headers).is_page(), "{headers:?}");
        assert!(visitor.get("/?find=web", headers).is_page(), "{headers:?}");
        assert!(visitor.get("/?anything=else", headers).is_page(), "{headers:?}");
    }
    for (path, headers) in [
        ("/?Action=GetAuthSummary", &[BROWSER][..]),
        ("/?find=web&AccessKeyId=LTAI", &[BROWSER]),
        ("/?Signature=x", &[BROWSER]),
        ("/", &[BROWSER, ("x-acs-action", "GetAuthSummary")]),
        (
            "/",
            &[BROWSER, ("authorization", "ACS3-HMAC-SHA256 Credential=LTAI")],
        ),
        ("/cn-shanghai/", &[BROWSER]),
    ] {
        let reply = visitor.get(path, headers);
        assert!(
            !reply.is_page() && reply.text.contains("RequestId"),
            "{path} {headers:?}"
        );
    }
    assert!(!visitor.post("/", &[BROWSER], &[]).is_page());
    assert_eq!(visitor.simulator.requests().len(), 7, "visits are not logged");
}

#[test]
fn the_page_may_load_and_run_nothing() {
    let reply = Visitor::new().get("/", &[BROWSER]);
    let policy = reply.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none';") && !policy.contains("script"),
        "{policy}"
    );
    assert_eq!(reply.headers["x-content-type-options"], "nosniff");
    for loaded in ["<script", "<img", "<link", "<iframe", " src=", "url("] {
        assert!(!reply.text.contains(loaded), "{loaded}");
    }
}

#[test]
fn characters_that_nobody_sees_are_spelled_out() {
    const HIDDEN: &str = "safe\u{202e}fdp.exe \u{2066}\u{200b}\u{feff}\u{1b}[31m\u{85}\u{7f}";
    let visitor = Visitor::new();
    visitor.simulator.with(|state| {
        let centre = state.world.centre(DEMO_ACCOUNT, "cn-shanghai");
        for alert in centre.alerts.values_mut() {
            alert.title = HIDDEN.to_owned();
        }
        centre.assets.get_mut(DB_1).unwrap().instance_name = HIDDEN.to_owned();
    });
    let text = visitor.get("/", &[BROWSER]).text;
    let spelled = r"safe\u{202e}fdp.exe \u{2066}\u{200b}\u{feff}\u{1b}[31m\u{85}\u{7f}";
    assert!(text.contains(spelled));
    let is_hidden = |character: char| HIDDEN.contains(character) && !(' '..='~').contains(&character);
    assert!(!text.contains(is_hidden));
}

#[test]
fn strangers_text_stays_text_wherever_it_is_shown() {
    const ATTACK: &str = "</td><script>alert(1)</script>\"' onload=x&";
    let visitor = Visitor::new();
    visitor.simulator.with(|state| {
        let account = state.world.accounts.get_mut(DEMO_ACCOUNT).unwrap();
        account
            .keys
            .values_mut()
            .for_each(|key| key.user_name = Some(ATTACK.to_owned()));
        let renamed = account.clone();
        state.world.accounts.insert(ATTACK.to_owned(), renamed);
        let copied = state.world.centre(DEMO_ACCOUNT, "cn-shanghai").clone();
        let centre = state.world.centre(ATTACK, ATTACK);
        *centre = copied;
        let mut asset = centre.assets[DB_1].clone();
        asset.instance_name = ATTACK.to_owned();
        asset.instance_id = ATTACK.to_owned();
        asset.region_id = ATTACK.to_owned();
        centre.assets.insert(ATTACK.to_owned(), asset);
        centre
            .groups
            .values_mut()
            .for_each(|group| group.name = ATTACK.to_owned());
        for alert in centre.alerts.values_mut() {
            alert.title = ATTACK.to_owned();
            alert.kind = ATTACK.to_owned();
            alert.uuid = ATTACK.to_owned();
            alert.source_ip = Some(ATTACK.to_owned());
        }
        let mut task = centre.scans.tasks.values().next().unwrap().clone();
        task.source = ATTACK.to_owned();
        centre.scans.tasks.insert(ATTACK.to_owned(), task);
        let run = Invocation {
            runs: [(ATTACK.to_owned(), Run::scheduled())].into(),
            command_id: ATTACK.to_owned(),
            ..Invocation::default()
        };
        centre.invocations.insert(ATTACK.to_owned(), run);
        let code = centre.install_codes["dEm0A1"].clone();
        centre.install_codes.insert(ATTACK.to_owned(), code);
    });
    let attack = format!(
        "/?Action={0}&AccessKeyId={0}&X={0}",
        "%3Cscript%3Ealert(1)%3C/script%3E%22"
    );
    visitor.get(&attack, &[]);
    let rule = [("kind", "throttle"), ("message", ATTACK)];
    assert_eq!(visitor.post("/_sim/ui/fault", &[], &rule).status, 303);
    let nowhere = [
        ("account", ATTACK),
        ("centre", "x"),
        ("uuid", "x"),
        ("to", "online"),
    ];
    let refused = visitor.post("/_sim/ui/server", &[], &nowhere);
    let found = visitor.get("/?find=%22%3E%3Cscript%3E", &[BROWSER]);
    for page in [visitor.page(), refused.text, found.text] {
        assert!(
            !page.contains("<script") && !page.contains("</td><script"),
            "{page}"
        );
        assert!(page.contains("&lt;script&gt;"));
    }
}

#[test]
fn a_server_goes_off_the_net_and_comes_back() {
    let visitor = Visitor::new();
    let place = [
        ("account", DEMO_ACCOUNT),
        ("centre", "cn-shanghai"),
        ("uuid", DB_1),
    ];
    let change = |to| visitor.post("/_sim/ui/server", &[], &[&place[..], &[("to", to)]].concat());
    assert!(!visitor.is_online(DB_1));
    visitor.simulator.with(|state| {
        let account = state.world.accounts.get_mut(DEMO_ACCOUNT).unwrap();
        let centre = account.data_centres.get_mut("cn-shanghai").unwrap();
        centre.assets.get_mut(DB_1).unwrap().listed = false;
    });
    assert!(visitor.page().contains("not noticed yet"));
    let reply = change("online");
    assert!(!visitor.page().contains("not noticed yet"), "its agent reported");
    assert_eq!(
        (reply.status, &reply.headers["location"]),
        (303, &"/".parse().unwrap())
    );
    assert!(visitor.is_online(DB_1));
    assert_eq!(change("offline").status, 303);
    assert!(!visitor.is_online(DB_1));
    let refused = change("sideways");
    assert_eq!(refused.status, 400);
    assert!(refused.is_page() && refused.text.contains("sideways"));
}

#[test]
fn an_alert_is_raised_on_a_server_that_is_there() {
    let visitor = Visitor::new();
    let place = [("account", DEMO_ACCOUNT), ("centre", "cn-shanghai")];
    let raise = |about: &[_]| {
        visitor
            .post("/_sim/ui/alert", &[], &[&place[..], about].concat())
            .status
    };
    let about = [
        ("uuid", DB_1),
        ("level", "serious"),
        ("title", "12"),
        ("commandLine", "<b>true</b>"),
        ("file", ""),
    ];
    assert_eq!(raise(&about), 303);
    let raised = visitor.simulator.with(|state| {
        let centre = state.world.centre(DEMO_ACCOUNT, "cn-shanghai");
        centre.alerts.values().next_back().unwrap().clone()
    });
    assert_eq!((raised.uuid.as_str(), raised.title.as_str()), (DB_1, "12"));
    assert_eq!(raised.level, Level::Serious);
    assert_eq!(raised.process.unwrap().command_line, "<b>true</b>");
    assert!(raised.file.is_none());
    assert!(visitor.page().contains("&lt;b&gt;true&lt;/b&gt;"));
    assert_eq!(raise(&[("uuid", "nobody"), ("level", "serious")]), 400);
    assert_eq!(raise(&[("uuid", DB_1), ("level", "bad")]), 400);
}

#[test]
fn a_scan_that_lies_shows_its_claim_and_the_truth() {
    let visitor = Visitor::new();
    visitor.simulator.with(|state| {
        let now = state.clock.now();
        let centre = state.world.centre(DEMO_ACCOUNT, "cn-shanghai");
        let task = centre.scans.tasks.values_mut().next().unwrap();
        task.created_at = now;
        task.course.start_delay_seconds = 0;
        task.course.duration_seconds = 100_000;
        task.course.behaviour = Behaviour::ClaimsDoneEarly;
    });
    let step = [("stepSeconds", "60000")];
    assert!(visitor.page().contains("Running 0 %"));
    assert_eq!(visitor.post("/_sim/ui/clock", &[], &step).status, 303);
    let page = visitor.page();
    let (_, claim) = page.split_once("Succeeded 100 %").unwrap();
    assert!(claim[..60].contains("2 of 4 servers"), "{claim:.60}");
}

#[test]
fn every_kind_of_fault_is_offered_added_and_removed() {
    let visitor = Visitor::new();
    let page = visitor.page();
    let (_, form) = page.split_once("<select name=\"kind\">").unwrap();
    let (options, _) = form.split_once("</select>").unwrap();
    let kinds: Vec<&str> = options
        .split("value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(kinds.len() >= 14, "{kinds:?}");
    for kind in &kinds {
        let all = [
            ("kind", *kind),
            ("action", "GetAuthSummary"),
            ("account", DEMO_ACCOUNT),
            ("effect", "read"),
            ("dryRun", "false"),
            ("skip", "1"),
            ("count", "2"),
            ("probability", "0.5"),
            ("stage", "gateway"),
            ("seconds", "1.5"),
            ("retryAfterMilliseconds", "250"),
            ("status", "503"),
            ("code", "404"),
            ("message", "true"),
            ("bytes", "1000"),
        ];
        assert_eq!(visitor.post("/_sim/ui/fault", &[], &all).status, 303, "{kind}");
    }
    let (rule, ids) = visitor.simulator.with(|state| {
        let rules = state.faults.rules();
        let ids: Vec<String> = rules.iter().map(|rule| rule.id.clone()).collect();
        (rules[0].rule.clone(), ids)
    });
    assert_eq!(ids.len(), kinds.len());
    assert_eq!(
        (rule.code.as_deref(), rule.message.as_deref()),
        (Some("404"), Some("true"))
    );
    assert_eq!(
        (rule.count, rule.seconds, rule.dry_run),
        (Some(2), Some(1.5), Some(false))
    );
    for id in &ids {
        assert_eq!(
            visitor.post("/_sim/ui/fault/remove", &[], &[("id", id)]).status,
            303
        );
    }
    assert!(visitor.simulator.with(|state| state.faults.rules().is_empty()));
    let nonsense = visitor.post("/_sim/ui/fault", &[], &[("kind", "slow"), ("seconds", "-1")]);
    assert!(nonsense.status == 400 && nonsense.text.contains("seconds -1"));
}

#[test]
fn the_clock_is_frozen_and_stepped() {
    let visitor = Visitor::new();
    let change = |form: &[(&str, &str)]| visitor.post("/_sim/ui/clock", &[], form).status;
    let set = [
        ("set", "2030-01-01T00:00:00Z"),
        ("stepSeconds", ""),
        ("speed", ""),
    ];
    assert_eq!((change(&[("freeze", "true")]), change(&set)), (303, 303));
    assert_eq!(change(&[("stepSeconds", "86400")]), 303);
    let page = visitor.page();
    assert!(page.contains("2030-01-02 00:00:00") && page.contains("frozen"));
    assert_eq!(change(&[("speed", "-1")]), 400);
    assert_eq!(
        (change(&[("freeze", "false")]), change(&[("speed", "60")])),
        (303, 303)
    );
    assert!(visitor.page().contains("running at 60×"));
}

#[test]
fn no_secret_is_shown_in_full() {
    let visitor = Visitor::new();
    let secret = visitor.simulator.with(|state| {
        let account = state.world.accounts.get_mut(DEMO_ACCOUNT).unwrap();
        let key = account.keys.values_mut().next().unwrap();
        key.security_token = Some("a token that nobody may see".to_owned());
        key.access_key_secret.clone()
    });
    let page = visitor.page();
    assert!(!page.contains(&secret) && !page.contains("nobody may see"));
    assert!(!page.contains(&secret[..secret.len() / 2]));
}

#[test]
fn other_sites_and_other_names_are_refused() {
    let visitor = Visitor::new();
    let own = visitor.simulator.url();
    let step = [("stepSeconds", "1")];
    for (headers, expected) in [
        (
            vec![("origin", own.as_str()), ("sec-fetch-site", "same-origin")],
            303,
        ),
        (
            vec![
                ("origin", "https://evil.example"),
                ("sec-fetch-site", "cross-site"),
            ],
            403,
        ),
        (vec![("origin", "null")], 403),
        (vec![("sec-fetch-site", "same-site")], 403),
        (vec![("host", "evil.example")], 403),
    ] {
        let form = visitor.post("/_sim/ui/clock", &headers, &step);
        assert_eq!(form.status, expected, "{headers:?}");
        let fault = visitor.post("/_sim/faults", &headers, &[]);
        assert_eq!(fault.status == 403, expected == 403, "{headers:?}");
    }
    for path in ["/", "/_sim/world", "/_sim/requests"] {
        assert_eq!(
            visitor.get(path, &[BROWSER, ("host", "evil.example")]).status,
            403,
            "{path}"
        );
        assert_eq!(
            visitor.get(path, &[BROWSER, ("host", "localhost:1")]).status,
            200,
            "{path}"
        );
    }
    // The cloud has many names, and its requests are signed.
    let cloud = visitor.get(
        "/?Action=GetAuthSummary",
        &[("host", "tds.cn-shanghai.aliyuncs.com")],
    );
    assert_eq!(cloud.status, 400);
}

#[test]
fn a_large_world_is_shown_in_part_and_searched() {
    let visitor = Visitor::new();
    visitor.simulator.with(|state| {
        let centre = state.world.centre(DEMO_ACCOUNT, "cn-shanghai");
        for number in 0..5_000 {
            let mut asset = centre.assets[DB_1].clone();
            asset.instance_name = format!("many-{number}");
            centre.assets.insert(format!("many-{number:05}"), asset);
        }
    });
    assert!(visitor.page().len() < 200_000);
    let found = visitor.get("/?find=MANY-4321", &[BROWSER]).text;
    assert!(found.contains("many-04321") && !found.contains("many-04322"));
}
