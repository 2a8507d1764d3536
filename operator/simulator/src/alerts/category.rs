//! The kinds of alerts under the vendor's Chinese and English names. Requests and replies carry
//! them as localised text; a world names them in English.

/// English and Chinese names, from the vendor's documentation of `ParentEventTypes`.
const CATEGORIES: [(&str, &str); 23] = [
    ("Abnormal process behavior", "进程异常行为"),
    ("Web shell", "网站后门"),
    ("Unusual logon", "异常登录"),
    ("Abnormal events", "异常事件"),
    ("Sensitive file tampering", "敏感文件篡改"),
    ("Malicious process (cloud scan)", "恶意进程(云查杀)"),
    ("Suspicious network connection", "异常网络连接"),
    ("Abnormal accounts", "异常账号"),
    ("Application intrusion events", "应用入侵事件"),
    ("Cloud service threat detection", "云产品威胁检测"),
    ("Precise defense", "精准防御"),
    ("Application whitelist", "应用白名单"),
    ("Persistent backdoor", "持久化后门"),
    ("Web application threat detection", "Web 应用威胁检测"),
    ("Malicious scripts", "恶意脚本"),
    ("Threat intelligence", "威胁情报"),
    ("Malicious network behavior", "恶意网络行为"),
    ("Container cluster anomalies", "容器集群异常"),
    ("Web shell (local scan)", "网站后门(本地查杀)"),
    ("Vulnerability exploits", "漏洞利用"),
    ("Malicious process (local scan)", "恶意进程(本地查杀)"),
    ("Trusted exceptions", "可信异常"),
    ("Others", "其他"),
];

/// The name of a kind in the language of a request, `zh` unless it asks for `en`; a kind that the
/// vendor does not list keeps its name.
pub fn localised<'a>(kind: &'a str, language: Option<&str>) -> &'a str {
    if language == Some("en") {
        return kind;
    }
    let known = CATEGORIES.iter().find(|(english, _)| *english == kind);
    known.map_or(kind, |(_, chinese)| chinese)
}
