//! Sync windows: five-field cron with a duration.

use crate::domain::Timestamp;
use jiff::ToSpan as _;
use serde_json::Value;

/// Do these windows hold an app at this moment? Deny windows win; with an allow window, only its time is open.
pub fn is_denied(windows: &[Value], app: &Value, manual: bool, now: Timestamp) -> bool {
    let matching: Vec<&Value> = windows.iter().filter(|it| applies(it, app)).collect();
    let active = |it: &&&Value| is_active(it, now);
    let passes = |it: &Value| manual && it["manualSync"] == true;
    if matching.iter().filter(|it| it["kind"] == "deny").filter(active).any(|it| !passes(it)) {
        return true;
    }
    let allows: Vec<&&Value> = matching.iter().filter(|it| it["kind"] == "allow").collect();
    !allows.is_empty() && !allows.iter().any(|it| is_active(it, now)) && !allows.iter().any(|it| passes(it))
}

fn applies(window: &Value, app: &Value) -> bool {
    let list = |name: &str, value: Option<&str>| {
        let mut patterns = window[name].as_array().into_iter().flatten().filter_map(Value::as_str);
        patterns.any(|pattern| value.is_some_and(|value| glob(pattern, value)))
    };
    let destination = &app["spec"]["destination"];
    let clusters = [destination["name"].as_str(), destination["server"].as_str()];
    // A window names apps, namespaces or clusters; any of them is enough, but a cluster list narrows "all apps".
    let cluster = window["clusters"].as_array().is_none_or(Vec::is_empty) || clusters.iter().any(|it| list("clusters", *it));
    let app_or_namespace = list("applications", app["metadata"]["name"].as_str()) || list("namespaces", destination["namespace"].as_str());
    let only_clusters = window["applications"].is_null() && window["namespaces"].is_null();
    cluster && (app_or_namespace || only_clusters)
}

fn glob(pattern: &str, value: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == value,
        Some((before, after)) => value
            .strip_prefix(before)
            .is_some_and(|rest| after.is_empty() || (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| glob(after, rest)))),
    }
}

fn is_active(window: &Value, now: Timestamp) -> bool {
    let zone = window["timeZone"].as_str().filter(|it| !it.is_empty()).unwrap_or("UTC");
    let Ok(zone) = jiff::tz::TimeZone::get(zone) else { return false };
    let minutes = minutes(window["duration"].as_str().unwrap_or_default());
    let schedule: Vec<&str> = window["schedule"].as_str().unwrap_or_default().split_whitespace().collect();
    (0..minutes.min(7 * 24 * 60)).any(|back| {
        let Ok(at) = now.checked_sub(back.minutes()) else { return false };
        let at = at.to_zoned(zone.clone());
        let fields = [
            i64::from(at.minute()),
            i64::from(at.hour()),
            i64::from(at.day()),
            i64::from(at.month()),
            i64::from(at.weekday().to_sunday_zero_offset()),
        ];
        schedule.len() == 5 && schedule.iter().zip(fields).all(|(part, value)| fits(part, value))
    })
}

/// One cron field: lists, ranges and steps.
fn fits(field: &str, value: i64) -> bool {
    field.split(',').any(|part| {
        let (range, step) = part.split_once('/').map_or((part, 1), |(range, step)| (range, step.parse().unwrap_or(1)));
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (from.parse().unwrap_or(0), to.parse().unwrap_or(0)),
            None if range == "*" => (0, 59),
            None => range.parse().map_or((-1, -1), |only| (only, only)),
        };
        value >= from && value <= to && (value - from) % step.max(1) == 0
    })
}

/// A Go duration in whole minutes.
fn minutes(text: &str) -> i64 {
    let mut total = 0;
    let mut number = String::new();
    for c in text.chars() {
        let value: i64 = number.parse().unwrap_or(0);
        match c {
            'h' => total += value * 60,
            'm' => total += value,
            '0'..='9' => {
                number.push(c);
                continue;
            }
            _ => {}
        }
        number.clear();
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_deny_window_holds_its_cluster_until_it_ends_and_lets_manual_syncs_pass_only_if_it_says_so() {
        let mut window = json!({"kind": "deny", "schedule": "0 3 * * *", "duration": "3h", "applications": ["*"], "clusters": ["prod-us"], "manualSync": false});
        let app = json!({"metadata": {"name": "web"}, "spec": {"destination": {"name": "prod-us", "namespace": "shop"}}});
        let other = json!({"metadata": {"name": "web"}, "spec": {"destination": {"name": "prod-ap", "namespace": "shop"}}});
        let at = |text: &str| text.parse().unwrap();
        let inside = at("2026-11-24T03:12:40Z");
        assert!(is_denied(&[window.clone()], &app, true, inside));
        assert!(!is_denied(&[window.clone()], &other, true, inside));
        assert!(is_denied(&[window.clone()], &app, false, at("2026-11-24T05:59:59Z")));
        assert!(!is_denied(&[window.clone()], &app, false, at("2026-11-24T06:00:00Z")));
        window["manualSync"] = json!(true);
        assert!(!is_denied(&[window.clone()], &app, true, inside));
        assert!(is_denied(&[window], &app, false, inside));
    }

    #[test]
    fn an_allow_window_closes_all_other_time() {
        let window = json!({"kind": "allow", "schedule": "*/30 8-17 * * 1-5", "duration": "30m", "applications": ["w*b"]});
        let app = json!({"metadata": {"name": "web"}, "spec": {"destination": {"server": "https://kubernetes.default.svc"}}});
        let at = |text: &str| text.parse().unwrap();
        let windows = [window];
        assert!(!is_denied(&windows, &app, false, at("2026-11-24T09:10:00Z")));
        assert!(is_denied(&windows, &app, false, at("2026-11-24T03:10:00Z")));
        assert!(is_denied(&windows, &app, false, at("2026-11-22T09:10:00Z")), "a Sunday");
    }
}
