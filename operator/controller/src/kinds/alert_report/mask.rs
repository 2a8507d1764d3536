//! Hides the end of network addresses wherever they stand in a text, so that a report can be shown to people
//! who must not know them.

use std::net::IpAddr;

/// The text with the second half of every IPv4 address and all but the first three groups of every IPv6
/// address hidden.
pub(super) fn masked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for part in text.split_inclusive(|c: char| !belongs(c)) {
        let word = part.trim_end_matches(|c: char| !belongs(c));
        shown.push_str(&address(word).unwrap_or_else(|| word.to_owned()));
        shown.push_str(&part[word.len()..]);
    }
    shown
}

/// Whether a character can stand in an address.
fn belongs(c: char) -> bool {
    c.is_ascii_hexdigit() || matches!(c, '.' | ':')
}

/// The word with its end hidden, if it is an address, maybe with a port or the full stop of a sentence.
fn address(word: &str) -> Option<String> {
    let bare = word.trim_end_matches(['.', ':']);
    let host = bare.rsplit_once(':').map_or(bare, |(host, _)| host);
    let is_v4 = |text: &str| matches!(text.parse(), Ok(IpAddr::V4(_)));
    let (ip, rest) = match bare.parse() {
        Ok(ip) => (ip, &word[bare.len()..]),
        Err(_) if is_v4(host) => (host.parse().ok()?, &word[host.len()..]),
        Err(_) => return None,
    };
    Some(match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            format!("{a}.{b}.*.*{rest}")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:*{rest}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn addresses_are_hidden_wherever_they_stand_and_nothing_else_is() {
        let table = [
            ("203.0.113.9", "203.0.*.*"),
            (
                "login from 203.0.113.9, then 10.0.0.1.",
                "login from 203.0.*.*, then 10.0.*.*.",
            ),
            ("to 198.51.100.23:443!", "to 198.51.*.*:443!"),
            ("/dev/tcp/198.51.100.23/443", "/dev/tcp/198.51.*.*/443"),
            ("2001:db8:1:2::9", "2001:db8:1:*"),
            ("[2001:db8::9]:22", "[2001:db8:0:*]:22"),
            ("::ffff:203.0.113.9", "0:0:0:*"),
            (
                "version 1.2.3 of web-1 at 10:20:30",
                "version 1.2.3 of web-1 at 10:20:30",
            ),
            ("服务器 203.0.113.9 上", "服务器 203.0.*.* 上"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(masked(text), expected, "{text}");
        }
    }
}
