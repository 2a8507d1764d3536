//! Both signature versions: what passes, what is refused, and the forms of answers.

use axum::http::{HeaderValue, Method};

use super::{READ, both_refuse};
use crate::testing::{Cloud, KEY, Reply, Signing, v1, v3};

#[test]
fn both_versions_pass_with_get_and_post_and_awkward_text() {
    let cloud = Cloud::new();
    let awkward = [
        (
            "Criteria",
            r#"[{"name":"instanceName","value":"a b+c*~/安🔒%="}]"#,
        ),
        ("LogicalExp", ""),
    ];
    for (nonce, method) in [("1", Method::GET), ("2", Method::POST)] {
        let signing = Signing {
            method,
            ..Signing::nonce(nonce)
        };
        let reply = cloud.send(&v1(&signing, "DescribeCloudCenterInstances", &awkward));
        assert_eq!(reply.status, 200, "{reply:?}");
        let signing = Signing {
            nonce: format!("v3-{nonce}"),
            ..signing
        };
        let reply = cloud.send(&v3(&signing, "DescribeCloudCenterInstances", &awkward, b""));
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    let records = cloud.log();
    assert_eq!(records[0].parameters, records[3].parameters);
    assert_eq!(records[0].parameters["Criteria"], awkward[0].1);
    assert_eq!(records[0].parameters.len(), 2);
}

#[test]
fn query_and_form_are_merged_and_plus_is_a_space() {
    let cloud = Cloud::new();
    let body = b"Os=linux&ProxyCluster=a+b%2Bc";
    let reply = cloud.send(&v3(
        &Signing::nonce("1"),
        "AddInstallCode",
        &[("VendorName", "OTHER")],
        body,
    ));
    assert_eq!(reply.status, 200, "{reply:?}");
    let parameters = cloud.last().parameters;
    assert_eq!(parameters["ProxyCluster"], "a b+c");
    assert_eq!(parameters["VendorName"], "OTHER");

    let mut request = v1(&Signing::nonce("2"), "AddInstallCode", &[("ProxyCluster", "a b")]);
    request.query = request.query.replace("%20", "+");
    assert_eq!(cloud.send(&request).status, 200);
}

#[test]
fn a_wrong_secret_is_told_the_string_to_sign() {
    let cloud = Cloud::new();
    both_refuse(
        &cloud,
        |signing| signing.secret = "other".to_owned(),
        400,
        "SignatureDoesNotMatch",
    );
    let reply = cloud.send(&v1(
        &Signing {
            secret: "other".to_owned(),
            ..Signing::nonce("echo")
        },
        READ,
        &[],
    ));
    let message = reply.body["Message"].as_str().unwrap();
    assert!(
        message.contains("server string to sign is:POST&%2F&"),
        "{message}"
    );
    assert!(message.contains(KEY));
}

#[test]
fn v3_must_sign_host_and_every_acs_header_it_sends() {
    let cloud = Cloud::new();
    let request = |nonce: &str| v3(&Signing::nonce(nonce), READ, &[], b"");
    let mut added = request("added");
    added.headers.insert("x-acs-extra", HeaderValue::from_static("1"));
    assert_eq!(cloud.send(&added).code(), "IncompleteSignature");
    let mut unlisted = request("unlisted");
    let authorization = unlisted.headers["authorization"]
        .to_str()
        .unwrap()
        .replace("host;", "");
    unlisted
        .headers
        .insert("authorization", HeaderValue::from_str(&authorization).unwrap());
    assert_eq!(cloud.send(&unlisted).code(), "IncompleteSignature");
    let mut changed = request("changed");
    changed
        .headers
        .insert("user-agent", HeaderValue::from_static("other"));
    assert_eq!(cloud.send(&changed).code(), "SignatureDoesNotMatch");
    let mut body = v3(&Signing::nonce("body"), "AddInstallCode", &[], b"Os=linux");
    body.body = b"Os=beos!".as_slice().into();
    assert_eq!(cloud.send(&body).code(), "SignatureDoesNotMatch");
    let claimed = Signing {
        claimed_digest: Some("0".repeat(64)),
        ..Signing::nonce("claimed")
    };
    assert_eq!(
        cloud.send(&v3(&claimed, READ, &[], b"")).code(),
        "SignatureDoesNotMatch"
    );
    let mut undated = request("undated");
    undated.headers.remove("x-acs-date");
    assert_eq!(cloud.send(&undated).code(), "MissingParameter");
    let mut other = request("other");
    let authorization = other.headers["authorization"]
        .to_str()
        .unwrap()
        .replace("SHA256 ", "SM3 ");
    other
        .headers
        .insert("authorization", HeaderValue::from_str(&authorization).unwrap());
    assert_eq!(cloud.send(&other).code(), "InvalidSignatureMethod");
    let mut query = request("query");
    query.query = "Lang=en".to_owned();
    assert_eq!(cloud.send(&query).code(), "SignatureDoesNotMatch");
    let mut unsigned_extra = request("user agents and others may stay unsigned");
    unsigned_extra
        .headers
        .insert("x-sdk-client", HeaderValue::from_static("any"));
    assert_eq!(cloud.send(&unsigned_extra).status, 200);
}

#[test]
fn a_signature_that_does_not_fit_is_always_told_the_string_to_sign() {
    let cloud = Cloud::new();
    let without = |nonce: &str, part: &str| {
        let mut request = v3(&Signing::nonce(nonce), READ, &[], b"");
        let sent = request.headers["authorization"].to_str().unwrap().to_owned();
        let (algorithm, parts) = sent.split_once(' ').unwrap();
        let left: Vec<_> = parts.split(',').filter(|one| !one.starts_with(part)).collect();
        let left = format!("{algorithm} {}", left.join(","));
        request
            .headers
            .insert("authorization", HeaderValue::from_str(&left).unwrap());
        request
    };
    let claimed = Signing {
        claimed_digest: Some("0".repeat(64)),
        ..Signing::nonce("claimed")
    };
    for (request, code) in [
        (without("1", "SignedHeaders"), "IncompleteSignature"),
        (without("2", "Signature="), "IncompleteSignature"),
        (without("3", "Credential"), "IncompleteSignature"),
        (v3(&claimed, READ, &[], b""), "SignatureDoesNotMatch"),
    ] {
        let reply = cloud.send(&request);
        let message = reply.body["Message"].as_str().unwrap();
        assert_eq!(reply.code(), code, "{message}");
        assert!(
            message.contains("server string to sign is:ACS3-HMAC-SHA256\n"),
            "{message}"
        );
    }
    let mut unsigned = v1(&Signing::nonce("4"), READ, &[]);
    let signature = unsigned.query.find("&Signature=").unwrap();
    let end = unsigned.query[signature + 1..].find('&');
    let end = end.map_or(unsigned.query.len(), |end| signature + 1 + end);
    unsigned.query.replace_range(signature..end, "");
    assert_eq!(cloud.send(&unsigned).code(), "MissingSignature");
}

#[test]
fn addresses_and_regions_that_do_not_exist_are_refused() {
    let cloud = Cloud::new();
    let at = |nonce: &str, path: &str, region: &str| {
        let signing = Signing {
            path: path.to_owned(),
            ..Signing::nonce(nonce)
        };
        let reply = cloud.send(&v3(&signing, READ, &[("RegionId", region)], b""));
        (reply.status, reply.code().to_owned())
    };
    let refused = (404, "InvalidRegion.NotFound".to_owned());
    assert_eq!(at("1", "/ap-southeat-1/", ""), refused);
    assert_eq!(at("2", "/", "moon-1"), refused);
    assert_eq!(at("3", "/", "cn-hangzhou-dg-a01"), refused);
    assert_eq!(at("4", "/ap-southeast-1/", "cn-hangzhou").0, 200);
}

#[test]
fn unknown_actions_versions_methods_and_forms_are_refused() {
    let cloud = Cloud::new();
    assert_eq!(
        cloud.call(READ, &[("Version", "2015-04-01")]).code(),
        "InvalidVersion"
    );
    assert_eq!(
        cloud.call(READ, &[("SignatureMethod", "HMAC-MD5")]).code(),
        "InvalidSignatureMethod"
    );
    assert_eq!(
        cloud.call(READ, &[("SignatureNonce", "")]).code(),
        "MissingSignatureNonce"
    );
    assert_eq!(cloud.call(READ, &[("Timestamp", "")]).code(), "MissingTimestamp");
    assert_eq!(
        cloud.call(READ, &[("AccessKeyId", "")]).code(),
        "MissingAccessKeyId"
    );
    assert_eq!(cloud.call("", &[]).code(), "MissingAction");
    let with = |method| Signing {
        method,
        ..Signing::nonce("method")
    };
    assert_eq!(
        cloud.send(&v1(&with(Method::PUT), READ, &[])).code(),
        "UnsupportedHTTPMethod"
    );
    let reply = cloud.send(&v1(&with(Method::GET), "UpdatePostPaidBindRel", &[]));
    assert_eq!(reply.code(), "UnsupportedHTTPMethod");

    let mut unsigned = v1(&Signing::nonce("x"), READ, &[]);
    unsigned.query = "Action=DescribeVendorList&Version=2018-12-03&Format=JSON".to_owned();
    assert_eq!(cloud.send(&unsigned).code(), "MissingSignatureMethod");
    let mut twice = v1(&Signing::nonce("x"), READ, &[]);
    twice.query.push_str("&Action=DescribeVendorList");
    assert_eq!(cloud.send(&twice).code(), "InvalidAction");
    let mut garbled = v1(&Signing::nonce("x"), READ, &[]);
    garbled.query.push_str("&Extra=%FF");
    assert_eq!(cloud.send(&garbled).code(), "InvalidParameter");
}

#[test]
fn error_bodies_have_all_five_fields() {
    let cloud = Cloud::new();
    let reply = cloud.call("NoSuchAction", &[]);
    assert_eq!((reply.status, reply.code()), (404, "InvalidApi.NotFound"));
    for field in ["Code", "Message", "RequestId", "HostId", "Recommend"] {
        assert!(
            reply.body[field].as_str().is_some_and(|text| !text.is_empty()),
            "{field}"
        );
    }
    assert_eq!(reply.body["RequestId"], cloud.last().request_id);
    assert_eq!(reply.body["HostId"], "tds.cn-shanghai.aliyuncs.com");
}

#[test]
fn answers_are_xml_unless_json_is_asked_for() {
    let cloud = Cloud::new();
    let text = |reply: &Reply| String::from_utf8(reply.answer.body.clone()).unwrap();
    let reply = cloud.call(READ, &[("Format", "")]);
    assert_eq!(reply.answer.content_type, "text/xml;charset=utf-8");
    assert!(
        text(&reply).contains("<VendorNameList>ALIYUN</VendorNameList>"),
        "{}",
        text(&reply)
    );
    let reply = cloud.call("NoSuchAction", &[("Format", "XML")]);
    assert!(
        text(&reply).contains("<Error><Code>InvalidApi.NotFound</Code>"),
        "{}",
        text(&reply)
    );
    assert_eq!(
        cloud.call(READ, &[("Format", "json")]).body["VendorNameList"][0],
        "ALIYUN"
    );
}

#[test]
fn data_centres_have_separate_data() {
    let cloud = Cloud::new();
    let total = |nonce: &str, path: &str, host: &str, region: &str| {
        let signing = Signing {
            path: path.to_owned(),
            host: host.to_owned(),
            ..Signing::nonce(nonce)
        };
        let reply = cloud.send(&v3(
            &signing,
            "DescribeCloudCenterInstances",
            &[("RegionId", region)],
            b"",
        ));
        (
            reply.body["PageInfo"]["TotalCount"].as_i64(),
            cloud.last().region.unwrap(),
        )
    };
    let mainland = (Some(8), "cn-shanghai".to_owned());
    let international = (Some(2), "ap-southeast-1".to_owned());
    assert_eq!(total("1", "/", "127.0.0.1:1", ""), mainland);
    assert_eq!(total("2", "/", "127.0.0.1:1", "eu-west-1"), international);
    assert_eq!(
        total("3", "/", "tds.ap-southeast-1.aliyuncs.com", ""),
        international
    );
    assert_eq!(total("4", "/ap-southeast-1/", "127.0.0.1:1", ""), international);
    assert_eq!(total("5", "/cn-shanghai/", "127.0.0.1:1", "eu-west-1"), mainland);
}

#[test]
fn equal_seeds_and_requests_give_equal_answers() {
    let answers = || {
        let cloud = Cloud::new();
        let added = cloud.call("AddInstallCode", &[]).body;
        (added, cloud.call("DescribeInstallCodes", &[]).body)
    };
    assert_eq!(answers(), answers());
}
