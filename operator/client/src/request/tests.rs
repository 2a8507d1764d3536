//! Whole requests against the signature vectors, and what their bytes depend on.

use super::*;
use crate::action::{Effect, Product};

fn action(body: &'static [&'static str]) -> ActionInfo {
    ActionInfo {
        product: Product::Sas,
        name: "DescribeSuspEvents",
        version: "2018-12-03",
        effect: Effect::Read,
        ram: "yundun-sas:DescribeSuspEvents",
        method: "POST",
        body,
        signed: true,
    }
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn signed(version: SignatureVersion, action: ActionInfo, key: &Credentials) -> Outgoing {
    let call = Call {
        action,
        parameters: &map(&[("From", "sas a+b"), ("TacticId", "x/y"), ("List.1", "测")]),
        nonce: "0f0e0d0c0b0a09080706050403020100",
        timestamp: "2026-01-02T03:04:05.999Z".parse().unwrap(),
        attempt: 2,
    };
    call.signed(version, &Url::parse("http://127.0.0.1:8080").unwrap(), key)
}

fn temporary_key() -> Credentials {
    let mut key = Credentials::access_key("STS.testid", "ststestsecret");
    key.security_token = Some("CAIStesttoken+/=~*abc DEF%41==".into());
    key
}

fn header<'a>(request: &'a Outgoing, name: &str) -> &'a str {
    let found = request.headers.iter().find(|(other, _)| other == name);
    &found.unwrap_or_else(|| panic!("no header {name}")).1
}

#[test]
fn v1_signs_query_and_form_together_and_puts_the_signature_into_the_query() {
    let request = signed(SignatureVersion::V1, action(&["TacticId"]), &temporary_key());
    assert_eq!(request.body, "TacticId=x%2Fy");
    let mut query: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
    let signature = query.remove("Signature").unwrap();
    assert_eq!(query["Timestamp"], "2026-01-02T03:04:05Z");
    assert_eq!(query["SecurityToken"], "CAIStesttoken+/=~*abc DEF%41==");
    assert!(!query.contains_key("TacticId"));
    query.insert("TacticId".to_owned(), "x/y".to_owned());
    let expected = v1::signature("ststestsecret", &v1::string_to_sign("POST", &query));
    assert_eq!(signature, expected);
    assert!(!request.url.query().unwrap().contains('+'), "a space is %20");
    assert_eq!(header(&request, "content-type"), FORM);
}

#[test]
fn v3_keeps_public_parameters_out_of_the_url_and_signs_the_token() {
    let request = signed(SignatureVersion::V3, action(&["TacticId"]), &temporary_key());
    assert_eq!(request.url.query(), Some("From=sas%20a%2Bb&List.1=%E6%B5%8B"));
    assert_eq!(header(&request, "host"), "127.0.0.1:8080");
    let names = "content-type;host;x-acs-accesskey-id;x-acs-action;x-acs-content-sha256;x-acs-date;\
                 x-acs-security-token;x-acs-signature-nonce;x-acs-version";
    let authorization = header(&request, "authorization");
    assert!(
        authorization.contains(&format!("SignedHeaders={names},")),
        "{authorization}"
    );
    let digest = v3::body_sha256(b"TacticId=x%2Fy");
    assert_eq!(header(&request, "x-acs-content-sha256"), digest);
    let listed: Vec<_> = request
        .headers
        .iter()
        .filter(|(name, _)| names.split(';').any(|one| one == name))
        .cloned()
        .collect();
    let query = request.url.query().unwrap();
    let text = v3::string_to_sign(&v3::canonical_request("POST", "/", query, &listed, &digest));
    let expected = v3::signature("ststestsecret", &text);
    assert!(
        authorization.ends_with(&format!("Signature={expected}")),
        "{authorization}"
    );
}

#[test]
fn equal_inputs_give_equal_bytes() {
    for version in [SignatureVersion::V1, SignatureVersion::V3] {
        let bytes = |request: Outgoing| (request.url.to_string(), request.headers, request.body);
        let once = bytes(signed(version, action(&[]), &temporary_key()));
        let again = bytes(signed(version, action(&[]), &temporary_key()));
        assert_eq!(once, again);
        assert_ne!(
            once,
            bytes(signed(
                version,
                action(&[]),
                &Credentials::access_key("other", "key")
            ))
        );
    }
}

#[test]
fn every_call_names_the_operator_and_the_attempt() {
    let request = signed(SignatureVersion::V1, action(&[]), &temporary_key());
    let expected = format!("sas-operator/{} attempt/2", env!("CARGO_PKG_VERSION"));
    assert_eq!(header(&request, "user-agent"), expected);
}

#[test]
fn a_call_cannot_bring_its_own_public_parameters() {
    for name in ["Action", "action", "Signature", "SecurityToken", "Timestamp"] {
        assert!(is_public_parameter(name), "{name}");
    }
    assert!(!is_public_parameter("RegionId"));
}

#[test]
fn an_unsigned_call_keeps_its_proof_out_of_the_url() {
    let parameters = [("OIDCToken", "a.b+c/d="), ("RoleArn", "acs:ram::1:role/r")];
    let parameters = parameters
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let call = Call {
        action: ActionInfo::of::<crate::actions::AssumeRoleWithOidc>(),
        parameters: &parameters,
        nonce: "n-1",
        timestamp: "2026-01-02T03:04:05Z".parse().unwrap(),
        attempt: 1,
    };
    let request = call.unsigned(&Url::parse("https://sts.aliyuncs.com").unwrap());
    let query = "Action=AssumeRoleWithOIDC&Format=JSON&Timestamp=2026-01-02T03%3A04%3A05Z&Version=2015-04-01";
    assert_eq!(request.url.query(), Some(query));
    assert_eq!(
        request.body,
        "OIDCToken=a.b%2Bc%2Fd%3D&RoleArn=acs%3Aram%3A%3A1%3Arole%2Fr"
    );
    assert_eq!(request.method, Method::POST);
    assert!(
        request
            .headers
            .contains(&("content-type".to_owned(), FORM.to_owned()))
    );
    let shown: String = request.headers.iter().map(|(_, value)| value.as_str()).collect();
    assert!(!shown.contains("a.b") && !shown.contains("n-1"), "{shown}");
}
