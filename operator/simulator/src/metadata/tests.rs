//! The metadata service over a socket, as a server's software meets it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use jiff::Timestamp;
use serde_json::Value;

use crate::{ClockChange, Simulator, World};

const ROLES: &str = "/latest/meta-data/ram/security-credentials/";

fn simulator() -> Simulator {
    Simulator::start(World::demo(1, Timestamp::now())).unwrap()
}

/// Status and body of one request.
fn ask(simulator: &Simulator, request: &str, header: &str) -> (u16, String) {
    let (status, head, body) = ask_by_name(simulator, "100.100.100.200", request, header);
    assert!(head.to_ascii_lowercase().contains("\r\ndate: "), "{head}");
    (status, body)
}

/// The same by the name that the request says it calls, with the answer's head.
fn ask_by_name(simulator: &Simulator, host: &str, request: &str, header: &str) -> (u16, String, String) {
    let url = simulator.url();
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    write!(
        stream,
        "{request} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{header}\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), head.to_owned(), body.to_owned())
}

#[test]
fn a_page_that_had_its_name_rebound_gets_no_keys() {
    let simulator = simulator();
    let roles = format!("GET {ROLES}");
    let status = |host: &str, request: &str, header: &str| ask_by_name(&simulator, host, request, header).0;
    for host in ["100.100.100.200", "127.0.0.1:8080", "localhost:8080", "[::1]:80"] {
        assert_eq!(status(host, &roles, ""), 200, "{host}");
    }
    assert_eq!(status("evil.example", &roles, ""), 403);
    let header = "x-aliyun-ecs-metadata-token-ttl-seconds: 60\r\n";
    let token = "PUT /latest/api/token";
    assert_eq!(status("evil.example", token, header), 403);
    let foreign = format!("{header}origin: http://evil.example\r\n");
    assert_eq!(status("127.0.0.1", token, &foreign), 403);
}

#[test]
fn what_the_service_does_not_have_is_plainly_not_found() {
    let simulator = simulator();
    for path in [
        "/latest",
        "/latest/",
        "/latest/meta-data/instance-id",
        "/latest/dynamic/x/y",
    ] {
        let (status, body) = ask(&simulator, &format!("GET {path}"), "");
        assert_eq!((status, body.as_str()), (404, "not found\n"), "{path}");
    }
    assert_eq!(
        simulator.requests().len(),
        0,
        "they are not requests to the cloud"
    );
}

fn token(simulator: &Simulator) -> String {
    let header = "x-aliyun-ecs-metadata-token-ttl-seconds: 60\r\n";
    let (status, token) = ask(simulator, "PUT /latest/api/token", header);
    assert_eq!(status, 200);
    format!("x-aliyun-ecs-metadata-token: {token}\r\n")
}

#[test]
fn a_key_of_the_servers_role_comes_with_a_token_and_plainly() {
    let simulator = simulator();
    let token = token(&simulator);
    for header in ["", &token] {
        assert_eq!(
            ask(&simulator, &format!("GET {ROLES}"), header),
            (200, "sas-operator".to_owned())
        );
        let (status, body) = ask(&simulator, &format!("GET {ROLES}sas-operator"), header);
        let key: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &key["Code"]), (200, &"Success".into()));
        let id = key["AccessKeyId"].as_str().unwrap();
        let known = simulator.with(|state| state.sessions.key(id).map(|(_, key)| key.user_name.clone()));
        assert_eq!(known, Some(Some("sas-operator".to_owned())));
    }
    assert_eq!(ask(&simulator, &format!("GET {ROLES}other"), "").0, 404);
}

#[test]
fn tokens_end_and_modes_can_be_switched_off() {
    let simulator = simulator();
    let token = token(&simulator);
    let step = ClockChange {
        step_seconds: Some(61.0),
        ..ClockChange::default()
    };
    simulator.change_clock(&step).unwrap();
    assert_eq!(ask(&simulator, &format!("GET {ROLES}"), &token).0, 401);
    simulator.with(|state| state.world.metadata_service.plain_mode = false);
    assert_eq!(ask(&simulator, &format!("GET {ROLES}"), "").0, 403);
    simulator.with(|state| state.world.metadata_service.token_mode = false);
    assert_eq!(ask(&simulator, "PUT /latest/api/token", "").0, 404);
}

#[test]
fn a_role_that_does_not_trust_servers_gives_none() {
    let simulator = simulator();
    simulator.with(|state| {
        for account in state.world.accounts.values_mut() {
            account.roles.values_mut().for_each(|role| role.trust.clear());
        }
    });
    let (_, body) = ask(&simulator, &format!("GET {ROLES}sas-operator"), "");
    assert!(body.contains("AssumeRoleUnauthorizedAccess"), "{body}");
}
