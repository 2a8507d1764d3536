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
    let url = simulator.url();
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    write!(
        stream,
        "{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{header}\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.to_ascii_lowercase().contains("\r\ndate: "), "{head}");
    (head[9..12].parse().unwrap(), body.to_owned())
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
