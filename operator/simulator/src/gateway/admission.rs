//! The gateway's checks in the cloud's order. From the nonce on a request counts as seen: its
//! nonce is spent even when it is then throttled, denied or fails in the action.

use jiff::{SignedDuration, Timestamp};
use sas_client::sign;

use super::envelope::{Envelope, Scheme};
use super::memory::{Memory, Moment};
use super::{ram, refusal::Refusal, region, types};
use crate::action::Action;
use crate::actions;
use crate::parameters::Parameters;
use crate::state::State;
use crate::sts::{RoleName, Sessions};
use crate::world::{Key, World};

/// How far a timestamp may be from the gateway's own time, in either direction.
const WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// Refuses a request that the cloud's gateway would refuse.
pub(super) fn admit(state: &mut State, envelope: &Envelope, action: Option<&Action>) -> Result<(), Refusal> {
    check_form(envelope)?;
    let action = known_action(envelope, action)?;
    let now = state.clock.now();
    if !action.signed {
        return admit_unsigned(state, envelope, action);
    }
    let (account, key) =
        find_key(&state.world, &state.sessions, &envelope.access_key_id).ok_or_else(no_key)?;
    check_key(state, envelope, key, now)?;
    check_time(&envelope.timestamp, &accepted_times(state))?;
    check_signature(envelope, &key.access_key_secret)?;
    let moment = Moment {
        simulated: now,
        real: Timestamp::now(),
    };
    if !state
        .memory
        .use_nonce(&envelope.access_key_id, &envelope.nonce, moment)
    {
        let message = "Specified signature nonce was used already.";
        return Err(Refusal::new(400, "SignatureNonceUsed", message));
    }
    throttle(&mut state.memory, &state.world, account, action, now)?;
    ram::authorise(account, key, action, envelope)?;
    region::check(action, envelope)?;
    types::check(action, &envelope.parameters)
}

/// The checks that are left where no key signs: the time, and the limits of the account that is asked.
fn admit_unsigned(state: &mut State, envelope: &Envelope, action: &Action) -> Result<(), Refusal> {
    let now = state.clock.now();
    check_time(&envelope.timestamp, &accepted_times(state))?;
    let account = asked_account(&envelope.parameters).unwrap_or_default();
    throttle(&mut state.memory, &state.world, &account, action, now)?;
    types::check(action, &envelope.parameters)
}

/// The account whose role an unsigned request asks for.
pub(super) fn asked_account(parameters: &Parameters) -> Option<String> {
    RoleName::parse(parameters.text("RoleArn")?).map(|name| name.account)
}

/// The account and key that an access key id stands for.
pub(super) fn find_key<'a>(world: &'a World, sessions: &'a Sessions, id: &str) -> Option<(&'a str, &'a Key)> {
    world.key(id).or_else(|| sessions.key(id))
}

fn throttle(
    memory: &mut Memory,
    world: &World,
    account: &str,
    action: &Action,
    now: Timestamp,
) -> Result<(), Refusal> {
    match world.accounts.get(account) {
        Some(found) => memory.throttle(account, action.name, &found.rate_limits, now),
        None => Ok(()),
    }
}

/// The refusal of a key that is not known.
pub(super) fn no_key() -> Refusal {
    Refusal::new(
        404,
        "InvalidAccessKeyId.NotFound",
        "Specified access key is not found.",
    )
}

fn check_form(envelope: &Envelope) -> Result<(), Refusal> {
    if !matches!(envelope.method.as_str(), "GET" | "POST") {
        let message = "The HTTP method is not supported.";
        return Err(Refusal::new(400, "UnsupportedHTTPMethod", message));
    }
    if let Some(refusal) = &envelope.malformed {
        return Err(refusal.clone());
    }
    let public = [
        ("Action", &envelope.action),
        ("Version", &envelope.version),
        ("Timestamp", &envelope.timestamp),
    ];
    let of_signature = [
        ("AccessKeyId", &envelope.access_key_id),
        ("Signature", &envelope.signature),
        ("SignatureNonce", &envelope.nonce),
    ];
    let unsigned = actions::find(&envelope.action).is_some_and(|action| !action.signed);
    let mut needed = public
        .into_iter()
        .chain(of_signature.into_iter().filter(|_| !unsigned));
    if let Some(refusal) = envelope.unsigned.as_ref().filter(|_| !unsigned) {
        return Err(refusal.clone());
    }
    let missing = needed.find(|(_, value)| value.is_empty());
    missing.map_or(Ok(()), |(name, _)| Err(Refusal::missing(name)))
}

fn known_action<'a>(envelope: &Envelope, action: Option<&'a Action>) -> Result<&'a Action, Refusal> {
    let Some(action) = action else {
        return Err(if actions::find(&envelope.action).is_some() {
            Refusal::new(400, "InvalidVersion", "Specified parameter Version is not valid.")
        } else {
            let message = "Specified api is not found, please check your url and method.";
            Refusal::new(404, "InvalidApi.NotFound", message)
        });
    };
    if action.post_only && envelope.method != "POST" {
        let message = "The HTTP method is not supported by this action.";
        return Err(Refusal::new(400, "UnsupportedHTTPMethod", message));
    }
    Ok(action)
}

fn check_key(state: &State, envelope: &Envelope, key: &Key, now: Timestamp) -> Result<(), Refusal> {
    if !key.active {
        let message = "Specified access key is disabled.";
        return Err(Refusal::new(400, "InvalidAccessKeyId.Inactive", message));
    }
    let sent = Some(envelope.security_token.as_str()).filter(|token| !token.is_empty());
    if sent == key.security_token.as_deref() {
        return match key.expires_at {
            Some(end) if sent.is_some() && now >= end => Err(token_refusal("Expired", "is expired")),
            _ => Ok(()),
        };
    }
    let Some(sent) = sent else {
        return Err(Refusal::missing("SecurityToken"));
    };
    let mut keys = state
        .world
        .accounts
        .values()
        .flat_map(|account| account.keys.values());
    let known =
        keys.any(|other| other.security_token.as_deref() == Some(sent)) || state.sessions.has_token(sent);
    Err(if known || key.security_token.is_none() {
        token_refusal("MismatchWithAccessKey", "mismatch with the AccessKey")
    } else {
        token_refusal("Malformed", "is malformed")
    })
}

fn token_refusal(kind: &str, text: &str) -> Refusal {
    let message = format!("Specified SecurityToken {text}.");
    Refusal::new(400, format!("InvalidSecurityToken.{kind}"), message)
}

/// The times near which a request has to be.
fn accepted_times(state: &State) -> Vec<Timestamp> {
    let real = state.world.accept_real_time.then(Timestamp::now);
    [state.clock.now()].into_iter().chain(real).collect()
}

fn check_time(sent: &str, accepted: &[Timestamp]) -> Result<(), Refusal> {
    let time = Some(sent)
        .filter(|text| text.len() == "2026-01-02T03:04:05Z".len() && text.ends_with('Z'))
        .and_then(|text| text.parse::<Timestamp>().ok());
    let Some(time) = time else {
        let message = "Specified time stamp or date value is not well formatted.";
        return Err(Refusal::new(400, "InvalidTimeStamp.Format", message));
    };
    if accepted.iter().all(|now| now.duration_since(time).abs() > WINDOW) {
        let message = "Specified time stamp or date value is expired.";
        return Err(Refusal::new(400, "InvalidTimeStamp.Expired", message));
    }
    Ok(())
}

fn check_signature(envelope: &Envelope, secret: &str) -> Result<(), Refusal> {
    let fits = |text: &String| match envelope.scheme {
        Scheme::V1 => sign::v1::signature(secret, text) == envelope.signature,
        Scheme::V3 => sign::v3::signature(secret, text) == envelope.signature,
    };
    if envelope.strings_to_sign.iter().any(fits) {
        return Ok(());
    }
    let own = envelope.strings_to_sign.first().map_or("", String::as_str);
    let message =
        format!("Specified signature is not matched with our calculation. server string to sign is:{own}");
    Err(Refusal::new(400, "SignatureDoesNotMatch", message))
}
