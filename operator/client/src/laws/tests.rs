//! The laws on made-up inputs: answers that are nearly right, and requests with every character.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value};

use super::*;

fn any_status() -> impl Strategy<Value = u16> {
    prop_oneof![
        4 => select(vec![200_u16, 400, 403, 404, 429, 500, 503]),
        1 => 100_u16..1000,
    ]
}

fn any_code() -> impl Strategy<Value = String> {
    const CODES: &[&str] = &[
        "200",
        "OK",
        "0",
        "Success",
        "",
        "403",
        "InvalidParameter",
        "MissingUuids",
        "Throttling.User",
        "NoPermission",
        "Forbidden.RAM",
        "InternalError",
        "SignatureNonceUsed",
        "OperationConflict",
        "InvalidTimeStamp.Expired",
        "InvalidSecurityToken.Expired",
        "SomethingNew",
        "CmdName.ExceedLimit",
    ];
    prop_oneof![4 => select(CODES).prop_map(str::to_owned), 1 => "\\PC{0,12}"]
}

/// A value of the right form more often than not.
fn any_value() -> impl Strategy<Value = String> {
    const VALUES: &[&str] = &[
        "null",
        "true",
        "false",
        "0",
        "1",
        "2",
        "-1",
        "7",
        "8",
        "200",
        "400",
        "500",
        "\"\"",
        "\"0\"",
        "\"2\"",
        "\"true\"",
        "\"False\"",
        "{}",
        "[]",
        "0.5",
        "1e999",
        "NaN",
        "{\"AuthAction\":\"yundun-sas:A\"}",
    ];
    prop_oneof![
        select(VALUES).prop_map(str::to_owned),
        any_code().prop_map(|code| Value::from(code).to_string()),
    ]
}

/// The text of a structure, in which names may come twice.
fn any_answer() -> impl Strategy<Value = String> {
    const NAMES: &[&str] = &[
        "RequestId",
        "requestId",
        "Code",
        "code",
        "Message",
        "message",
        "Success",
        "ResultCode",
        "HttpStatusCode",
        "AccessDeniedDetail",
        "Machine",
        "Data",
    ];
    let field = (select(NAMES), any_value()).prop_map(|(name, value)| format!("\"{name}\":{value}"));
    let with_id = any::<bool>();
    (vec(field, 0..5), with_id).prop_map(|(mut fields, with_id)| {
        if with_id {
            fields.push("\"RequestId\":\"A-1\"".to_owned());
        }
        format!("{{{}}}", fields.join(","))
    })
}

fn any_xml() -> impl Strategy<Value = String> {
    let element = (select(vec!["Code", "Message", "RequestId"]), any_code());
    let element = element.prop_map(|(name, text)| format!("<{name}>{text}</{name}>"));
    vec(element, 0..4).prop_map(|elements| format!("<Error>{}</Error>", elements.concat()))
}

/// A body that was whole before something happened to it.
fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let whole = prop_oneof![4 => any_answer(), 1 => any_xml()].prop_map(String::into_bytes);
    let changed = (
        whole.clone(),
        any::<prop::sample::Index>(),
        option::of(any::<u8>()),
    );
    let changed = changed.prop_map(|(mut body, place, byte)| {
        let place = place.index(body.len());
        match byte {
            Some(byte) => body.insert(place, byte),
            None => body.truncate(place),
        }
        body
    });
    prop_oneof![3 => whole, 1 => changed, 1 => vec(any::<u8>(), 0..200)]
}

/// Text with the characters that signatures get wrong.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,20}", "[+*~%&=/ .安🔒\\x00\\r\\n]{0,8}", any::<String>(),]
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof!["(Bind|Note|UuidList)(\\.[1-9][0-9]?){0,2}", any_text()]
}

fn any_request() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 40, 6, |inside| {
        let fields = btree_map("[A-Za-z]{1,6}", inside.clone(), 0..5);
        prop_oneof![
            vec(inside, 0..12).prop_map(Value::from),
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    });
    btree_map("[A-Za-z]{1,6}", value, 0..6).prop_map(|fields| fields.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_answer_is_taken_for_more_than_it_proves(status in any_status(), body in any_body()) {
        reply(status, &body);
    }

    #[test]
    fn codes_and_results_prove_what_is_documented(text in any_code(), number in -20_i64..20) {
        code(&text);
        result(number);
    }

    #[test]
    fn flat_names_lead_back_to_the_structure(request in any_request()) {
        flattening(request);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_is_signed_is_what_arrives(
        parameters in btree_map(any_name(), any_text(), 0..12),
        nonce in "[!-~]{1,40}",
        token in option::of("[!-~]{1,40}"),
        in_body in any::<bool>(),
    ) {
        signature(&parameters, &nonce, token.as_deref(), in_body);
    }
}
