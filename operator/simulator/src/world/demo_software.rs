//! Software on the servers of the demo world: some that Security Center knows, and components of
//! an AI agent that it finds when it collects fingerprints next.

use jiff::{SignedDuration, Timestamp};

use super::scans::Finding;
use super::{Assets, Software};

/// Puts each piece of software on the demo servers that run it.
pub fn install(assets: &mut Assets, now: Timestamp) {
    let hours_ago = |hours| now.checked_sub(SignedDuration::from_hours(hours)).ok();
    let known = Finding {
        known_at: hours_ago(24),
        ..Finding::default()
    };
    let nginx = Software {
        name: "nginx".to_owned(),
        version: "1.24.0".to_owned(),
        biz: "sca_web".to_owned(),
        biz_type: "web_container".to_owned(),
        path: "/usr/sbin/nginx".to_owned(),
        config_path: "/etc/nginx/nginx.conf".to_owned(),
        cmdline: "nginx: master process /usr/sbin/nginx".to_owned(),
        pid: "812".to_owned(),
        ppid: "1".to_owned(),
        port: "443".to_owned(),
        listen_ip: "0.0.0.0".to_owned(),
        process_started: hours_ago(200),
        finding: known.clone(),
        ..Software::default()
    };
    let openssl = Software {
        name: "openssl".to_owned(),
        version: "3.0.7".to_owned(),
        biz_type: "software_library".to_owned(),
        path: "/usr/lib64/libssl.so.3".to_owned(),
        finding: known.clone(),
        ..Software::default()
    };
    let mysql = Software {
        name: "mysql".to_owned(),
        version: "8.0.36".to_owned(),
        biz: "sca_database".to_owned(),
        biz_type: "database".to_owned(),
        port: "3306".to_owned(),
        listen_ip: "10.0.0.6".to_owned(),
        process_user: "mysql".to_owned(),
        finding: known,
        ..Software::default()
    };
    let openclaw = Software {
        name: "openclaw-gateway".to_owned(),
        version: "2026.1.12".to_owned(),
        biz: "sca_ai".to_owned(),
        path: "/opt/openclaw".to_owned(),
        port: "18789".to_owned(),
        listen_ip: "127.0.0.1".to_owned(),
        process_user: "openclaw".to_owned(),
        ..Software::default()
    };
    let shop = Software {
        name: "node".to_owned(),
        version: "20.11.1".to_owned(),
        path: "/usr/local/bin/node".to_owned(),
        cmdline: "node server.js".to_owned(),
        port: "8080".to_owned(),
        container_name: "shop".to_owned(),
        image_name: "shop:1.0.1".to_owned(),
        pod_name: "shop-0".to_owned(),
        finding: nginx.finding.clone(),
        ..Software::default()
    };
    for (server, software) in [
        ("web-1", nginx.clone()),
        ("web-1", openssl),
        ("web-2", nginx),
        ("web-2", openclaw),
        ("db-1", mysql),
        ("ack-node-1", shop),
    ] {
        let named = assets.values_mut().find(|asset| asset.instance_name == server);
        if let Some(asset) = named {
            asset.software.insert(software.name.clone(), software);
        }
    }
}
