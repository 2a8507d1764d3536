//! No secret in any error, Debug text or log line, whatever the server echoes and however encoded.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use sas_client::actions::{DescribeInstallCodes, DescribeVersionConfig};
use sas_client::sign::percent_encode;
use sas_client::{CloudError, Reply, SignatureVersion, WriteRequest};
use tracing_subscriber::filter::LevelFilter;

use crate::server::{Act, FINGERPRINT, KEY_ID, SECRET, Server, TOKEN, client, impatient, json, key, raw};

const CAPTCHA: &str = "CanaryCaptchaCode";
const MERGED: &str = "8642097531";

/// The forms in which a text may turn up.
fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let hex = bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    let decimal: Vec<String> = bytes.iter().map(ToString::to_string).collect();
    let once = percent_encode(secret);
    // Inside a longer text, base64 sees the secret at one of three offsets.
    let base64 = (0..3).map(|offset| {
        let inner = &bytes[offset..];
        STANDARD.encode(&inner[..inner.len() / 3 * 3])
    });
    let mut forms = vec![
        secret.to_owned(),
        percent_encode(&once),
        once,
        hex.to_ascii_uppercase(),
        hex,
    ];
    forms.push(decimal.join(", "));
    forms.extend(base64);
    forms
}

fn assert_clean(what: &str, text: &str) {
    for secret in [KEY_ID, SECRET, TOKEN, CAPTCHA, MERGED] {
        for form in forms(secret) {
            assert!(!text.contains(&form), "{what} shows {secret} as {form}: {text}");
        }
    }
    for telling in [
        "Signature=",
        "AccessKeyId=",
        "AccessKeyId%",
        "http://",
        "https://",
    ] {
        assert!(!text.contains(telling), "{what} shows {telling}: {text}");
    }
}

/// Everything that the process logs, at the finest level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Answers that echo all that a server knows of the key, and more.
fn echoes() -> Vec<Act> {
    let echo = format!(
        "call https://tds.example/?AccessKeyId={KEY_ID}&Signature=abc key {KEY_ID} secret {SECRET} token {TOKEN} {} \
         server string to sign is:POST&%2F&AccessKeyId%3D{KEY_ID}%26SecurityToken%3D{}",
        percent_encode(TOKEN),
        percent_encode(&percent_encode(TOKEN)),
    );
    let error = |code: &str| {
        format!(
            r#"{{"Code":"{code}","Message":"{echo}","RequestId":"A-1","Recommend":"https://x/?k={KEY_ID}"}}"#
        )
    };
    let xml = format!("<Error><Code>SignatureDoesNotMatch</Code><Message>{echo}</Message></Error>");
    let html = format!("<html>{echo}</html>");
    let page = |status: u16, body: &str| {
        raw(&format!(
            "HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ))
    };
    vec![
        json(400, &error("SignatureDoesNotMatch")),
        json(400, &error(&format!("Odd {KEY_ID} {SECRET}"))),
        json(403, &error("NoPermission")),
        json(200, &error("Odd")),
        json(
            400,
            &format!(r#"{{"Code":"NoPermission","AccessDeniedDetail":{{"AuthAction":"{SECRET} {TOKEN}"}}}}"#),
        ),
        json(
            200,
            &format!(r#"{{"RequestId":"{SECRET} x","Success":false,"Message":"{TOKEN}"}}"#),
        ),
        json(200, &format!(r#"{{"RequestId":"{SECRET} x"}}"#)),
        json(200, &format!(r#"{{"RequestId":"A-1","Success":"{SECRET}"}}"#)),
        json(
            200,
            &format!(r#"{{"RequestId":"A-1","InstallCodes":"{CAPTCHA}","Version":"{MERGED}x"}}"#),
        ),
        json(
            200,
            &format!(r#"{{"RequestId":"A-1","InstallCodes":[{{"ExpiredDate":"{CAPTCHA}"}}]}}"#),
        ),
        page(400, &xml),
        page(502, &html),
        page(302, &html),
        raw(&format!("{echo}\r\n\r\n")),
        Act::Reset,
        Act::Hang,
    ]
}

fn assert_error_is_clean(what: &str, error: &CloudError) {
    assert_clean(what, &error.to_string());
    assert_clean(what, &format!("{error:?} {error:#?}"));
}

#[tokio::test]
async fn nothing_that_a_server_echoes_reaches_errors_or_logs() {
    let log = Log::default();
    let sink = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || sink.clone())
        .init();

    let mut parameters = BTreeMap::new();
    parameters.insert("Bind.1".to_owned(), "u-1".to_owned());
    let write = WriteRequest {
        product: "sas",
        version: "2018-12-03",
        action: "BindAuthToMachine",
        region: "cn-shanghai",
        parameters: &parameters,
        nonce: "n-1",
        timestamp: Timestamp::now(),
        attempt: 1,
        key_fingerprint: FINGERPRINT,
    };
    for version in [SignatureVersion::V1, SignatureVersion::V3] {
        for (index, act) in echoes().into_iter().enumerate() {
            let server = Server::start(vec![act.clone(); 4]).await;
            let client = impatient(&server).signature(version).build();
            match client.read(&DescribeInstallCodes::default(), "cn-shanghai").await {
                Ok(reply) => assert_clean(&format!("reply {index}"), &format!("{reply:?}")),
                Err(error) => assert_error_is_clean(&format!("read {index}"), &error),
            }
            let server = Server::start(vec![act; 4]).await;
            let client = impatient(&server).signature(version).build();
            match client.send_write(&write).await {
                Ok(reply) => assert_clean(&format!("reply {index}"), &format!("{reply:?}")),
                Err(error) => assert_error_is_clean(&format!("write {index}"), &error),
            }
        }
    }
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(logged.contains("cloud call failed"), "the log was not captured");
    // Connection pools name the origin of a server, never a path or query.
    assert_clean("the log", &logged.replace("http://127.0.0.1", ""));
}

#[tokio::test]
async fn typed_replies_show_neither_codes_nor_the_merged_version() {
    let body = format!(
        r#"{{"RequestId":"A-1","Version":3,"MergedVersion":{MERGED},
        "InstallCodes":[{{"CaptchaCode":"{CAPTCHA}","Os":"linux"}}]}}"#
    );
    let server = Server::start([json(200, &body), json(200, &body)]).await;
    let client = client(&server);
    let codes = client
        .read(&DescribeInstallCodes::default(), "cn-shanghai")
        .await
        .unwrap();
    let Reply { body: config, .. } = client
        .read(&DescribeVersionConfig::default(), "cn-shanghai")
        .await
        .unwrap();
    assert_eq!(codes.body.install_codes[0].os.as_deref(), Some("linux"));
    assert_clean("replies", &format!("{codes:?} {config:?} {:?}", key()));
}
