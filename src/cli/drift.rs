//! `driftdeck drift`: what the apps out of sync differ in, equal differences in one line, without a screen.

use super::args::{Cli, DriftArgs, Form};
use super::headless::{self, Past, Session};
use super::select::Pick;
use super::status::{json as status, table};
use super::{Failure, print};
use crate::app::filter::{self, Expr, Scope};
use crate::app::fleet::Row;
use crate::app::pane::repos::runs_on;
use crate::app::state::AppState;
use crate::domain::drift::{Group, Place, What, groups};
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::ids::{AppId, ObjectKey};
use crate::domain::manager;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// So many resources are named in a line.
const NAMED: usize = 4;

/// What came of the comparisons.
struct Told {
    groups: Vec<Group>,
    /// Not compared: why.
    failed: BTreeMap<AppId, String>,
    /// Compared, but not all of it or not with git: why. What was found is in `groups`.
    part: BTreeMap<AppId, String>,
    /// Compared whole, and nothing was found.
    equal: BTreeSet<AppId>,
}

pub async fn run(cli: &Cli, args: &DriftArgs) -> Result<i32, Failure> {
    let limit = headless::span("--timeout", &args.reading.timeout)?;
    let pick = Pick::all(args.cluster.as_deref());
    let filter = args.filter.as_deref().map_or(Ok(Expr::All), filter)?;
    let mut session = Session::start(headless::prepare(cli, "drift", Past::Left)?, limit);
    session.read().await;
    let state = &session.state;
    let fits = |row: &&Row| filter::matches(&filter, row, state.now, Scope::Messages);
    // A slip of the finger must not read as "all is well".
    let of_clusters = if args.cluster.is_some() { pick.some(state)? } else { pick.matching(state) };
    let wanted: HashSet<AppId> = of_clusters.into_iter().filter(fits).map(|row| row.app.id.clone()).collect();
    if let (Some(text), true) = (&args.filter, wanted.is_empty()) {
        return Err(Failure::usage(format!("--filter {text}: no app that was read fits it.")));
    }
    session.compare(&wanted).await;
    let state = &session.state;
    let told = told(state);
    print::answer(&match args.output {
        Form::Text => text(state, &told),
        Form::Json => document(state, &told),
    })?;
    Ok(code(&told, pick.left_out(state).is_empty()))
}

/// Errors: usage, naming the part that is not understood.
fn filter(text: &str) -> Result<Expr, Failure> {
    let parsed = filter::parse(text);
    match parsed.problem {
        Some(problem) => Err(Failure::usage(format!("--filter: {}: {}", problem.part, problem.says))),
        None => Ok(parsed.expr),
    }
}

/// 2 where something was not compared whole or not read, else 1 where apps differ.
fn code(told: &Told, is_read: bool) -> i32 {
    if told.failed.is_empty() && told.part.is_empty() && is_read { i32::from(!told.groups.is_empty()) } else { 2 }
}

fn told(state: &AppState) -> Told {
    let view = &state.view.drift;
    let mut failed: BTreeMap<AppId, String> =
        view.asked.values().map(|asked| &asked.app).chain(&view.waiting).cloned().map(|id| (id, "no answer in time".to_owned())).collect();
    let (mut part, mut equal) = (BTreeMap::new(), BTreeSet::new());
    for (id, answer) in &view.answers {
        match answer.result.as_ref().map(|compared| (compared.not_whole(), compared.found.is_empty())) {
            Err(why) => drop(failed.insert(id.clone(), why.trim_end_matches('.').to_owned())),
            Ok((Some(why), _)) => drop(part.insert(id.clone(), why)),
            Ok((None, true)) => drop(equal.insert(id.clone())),
            Ok((None, false)) => {}
        }
    }
    let compared = view.answers.iter().filter_map(|(id, a)| Some((id, a.result.as_ref().ok()?)));
    Told { groups: groups(compared), failed, part, equal }
}

fn place(state: &AppState, id: &AppId) -> String {
    state.fleet.rows.get(id).map_or_else(|| id.cluster.to_string(), |row| runs_on(state, row).to_owned())
}

fn clusters(state: &AppState, group: &Group) -> usize {
    group.apps.iter().map(|id| place(state, id)).collect::<BTreeSet<_>>().len()
}

/// A whole resource that is there or gone is named: no field tells which one it is.
fn words(group: &Group) -> String {
    let words = group.difference.words();
    if matches!(group.difference.what, What::Field { .. }) {
        return words;
    }
    let name = |r: &ObjectKey| if r.namespace.is_empty() { r.name.to_string() } else { format!("{}/{}", r.namespace, r.name) };
    let names: BTreeSet<String> = group.places.iter().map(|p| name(&p.resource)).collect();
    let more = names.len().saturating_sub(NAMED);
    let mut out = format!("{words}: {}", names.into_iter().take(NAMED).collect::<Vec<_>>().join(", "));
    if more > 0 {
        out.push_str(&format!(" and {more} more"));
    }
    out
}

fn text(state: &AppState, told: &Told) -> String {
    let named = |id: &AppId| format!("{} {}", id.name, place(state, id));
    let mut out = String::new();
    if !told.groups.is_empty() {
        let head = ["APPS", "CLUSTERS", "DIFFERENCE (wanted -> live)", "SET BY", "AGE", "WHERE"].map(str::to_owned).to_vec();
        let line = |group: &Group| {
            let names: Vec<String> = group.apps.iter().map(named).collect();
            vec![
                group.apps.len().to_string(),
                clusters(state, group).to_string(),
                words(group),
                group.difference.by().unwrap_or("-").to_owned(),
                group.newest().map_or_else(|| "-".into(), |at| short_age(seconds_between(at, state.now))),
                names.join(", "),
            ]
        };
        let lines: Vec<Vec<String>> = std::iter::once(head).chain(told.groups.iter().map(line)).collect();
        out.push_str(&table::columns(&lines));
    } else if told.failed.is_empty() && told.part.is_empty() && told.equal.is_empty() {
        out.push_str("No app is out of sync, as far as the engines tell.\n");
    }
    for (id, why) in &told.failed {
        out.push_str(&format!("not compared: {}: {why}\n", named(id)));
    }
    for (id, why) in &told.part {
        out.push_str(&format!("not compared whole: {}: {why}\n", named(id)));
    }
    for id in &told.equal {
        out.push_str(&format!("no difference found: {}: {} says it differs\n", named(id), id.engine().title()));
    }
    out + &table::links(state)
}

fn document(state: &AppState, told: &Told) -> String {
    let app = |id: &AppId| json!({ "home": id.cluster, "kind": id.kind.kind(), "namespace": id.namespace, "name": id.name, "runs_on": place(state, id) });
    let failed: Vec<Value> = told.failed.iter().chain(&told.part).map(|(id, why)| json!({ "app": app(id), "reason": why })).collect();
    let equal: Vec<Value> = told.equal.iter().map(app).collect();
    let at = |p: &Place| {
        let r = &p.resource;
        let resource = json!({ "group": r.group, "kind": r.kind, "namespace": r.namespace, "name": r.name });
        json!({ "app": app(&p.app), "resource": resource, "set_at": p.at })
    };
    let group = |group: &Group| {
        let (what, field, desired, live, by) = match &group.difference.what {
            What::Field { path, desired, live, by } => ("field", Some(path), desired.as_ref(), live.as_ref(), by.as_ref()),
            What::OnlyLive => ("only live", None, None, None, None),
            What::Missing => ("missing live", None, None, None, None),
        };
        json!({
            "kind": group.difference.kind, "what": what, "field": field, "desired": desired, "live": live, "set_by": by,
            "set_by_engine": by.and_then(|by| manager::engine(by)),
            "apps": group.apps.len(), "clusters": clusters(state, group), "places": group.places.iter().map(at).collect::<Vec<_>>(),
        })
    };
    let groups: Vec<Value> = told.groups.iter().map(group).collect();
    status::text(
        state,
        json!({ "clusters": status::clusters(state), "groups": groups, "not_compared": failed, "no_difference_found": equal }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::drift::{Answer, Stamp};
    use crate::domain::drift::{Compared, Difference, Found};
    use crate::ui::fixture::night;

    fn compared(state: &mut AppState, name: &str, runs_on: &str, result: Result<&[&str], &str>) {
        let row = state.fleet.rows.values().find(|r| r.app.id.name == name && r.app.runs_on() == runs_on).unwrap();
        let found = |live: &&str| {
            let what = What::Field {
                path: "spec.replicas".into(),
                desired: Some("3".into()),
                live: Some((*live).into()),
                by: Some("kubectl-edit".into()),
            };
            let difference = Difference { kind: "Deployment".into(), what };
            Found { difference, resource: ObjectKey::new("apps", "Deployment", "shop", name), at: None }
        };
        let result = result.map(|all| Compared { found: all.iter().map(found).collect(), ..Compared::default() }).map_err(str::to_owned);
        let answer = Answer { of: Stamp::of(&row.app), at: state.now, result };
        state.view.drift.answers.insert(row.app.id.clone(), answer);
    }

    #[test]
    fn equal_differences_stand_in_one_line_and_the_code_tells_differing_from_not_compared() {
        let mut state = night(160, 45);
        assert!(text(&state, &told(&state)).starts_with("No app is out of sync"));
        assert_eq!((code(&told(&state), true), code(&told(&state), false)), (0, 2));
        compared(&mut state, "orders", "prod-us", Ok(&["6"]));
        compared(&mut state, "orders", "prod-eu", Ok(&["6", "7"]));
        assert_eq!(code(&told(&state), true), 1);
        compared(&mut state, "cert-manager", "hub-eu", Ok(&[]));
        compared(&mut state, "redis", "prod-eu", Err("redis is not rendered from git."));
        let told = told(&state);
        assert_eq!(code(&told, true), 2);
        let text = text(&state, &told);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert!(lines[1].starts_with("2     2         Deployment replicas 3 -> 6"), "{text}");
        assert!(lines[1].ends_with("orders prod-us, orders prod-eu") || lines[1].ends_with("orders prod-eu, orders prod-us"), "{text}");
        assert!(lines[2].starts_with("1     1         Deployment replicas 3 -> 7"), "{text}");
        assert_eq!(lines[3], "not compared: redis prod-eu: redis is not rendered from git");
        assert_eq!(lines[4], "no difference found: cert-manager hub-eu: Argo CD says it differs");
        let json: Value = serde_json::from_str(&document(&state, &told)).unwrap();
        assert_eq!(json["groups"][0]["apps"], 2);
        assert_eq!((&json["groups"][0]["field"], &json["groups"][0]["live"]), (&json!("spec.replicas"), &json!("6")));
        assert_eq!(json["groups"][0]["places"][0]["set_at"], Value::Null);
        assert_eq!((&json["groups"][0]["set_by"], &json["groups"][0]["set_by_engine"]), (&json!("kubectl-edit"), &Value::Null));
        assert_eq!(json["not_compared"][0]["app"]["runs_on"], "prod-eu");
        assert_eq!(json["no_difference_found"][0]["name"], "cert-manager");
    }

    #[test]
    fn a_resource_that_is_gone_is_named_and_many_of_them_are_counted() {
        let mut state = night(160, 45);
        compared(&mut state, "orders", "prod-us", Ok(&["6"]));
        let missing = |n: usize| Found {
            difference: Difference { kind: "Service".into(), what: What::Missing },
            resource: ObjectKey::new("", "Service", "shop", &format!("web-{n}")),
            at: None,
        };
        let mut say = |count: usize| {
            let answer = state.view.drift.answers.values_mut().next().unwrap();
            answer.result.as_mut().unwrap().found = (0..count).map(missing).collect();
            text(&state, &told(&state))
        };
        assert!(say(1).contains("Service missing live: shop/web-0  "), "{}", say(1));
        assert!(say(6).contains("shop/web-2, shop/web-3 and 2 more"), "{}", say(6));
    }

    #[test]
    fn what_was_only_compared_with_what_was_last_applied_is_not_compared_whole_whatever_was_found() {
        let mut state = night(160, 45);
        compared(&mut state, "orders", "prod-us", Ok(&["6"]));
        compared(&mut state, "cert-manager", "hub-eu", Ok(&[]));
        let why = "git could not be rendered: cert-manager is not rendered from git";
        for answer in state.view.drift.answers.values_mut() {
            answer.result.as_mut().unwrap().against = Some(why.into());
        }
        let told = told(&state);
        assert_eq!(code(&told, true), 2);
        let text = text(&state, &told);
        assert!(text.contains("Deployment replicas 3 -> 6"), "{text}");
        for app in ["cert-manager hub-eu", "orders prod-us"] {
            assert!(text.contains(&format!("not compared whole: {app}: only with what was last applied: {why}\n")), "{text}");
        }
        assert!(!text.contains("no difference found"), "{text}");
        let json: Value = serde_json::from_str(&document(&state, &told)).unwrap();
        assert_eq!(json["not_compared"].as_array().map(Vec::len), Some(2), "{json}");
        assert!(json["not_compared"][0]["reason"].as_str().unwrap().starts_with("only with what was last applied: git"), "{json}");
        assert_eq!(json["no_difference_found"], json!([]));
    }

    #[test]
    fn a_filter_that_is_not_understood_is_a_usage_error_that_names_the_part() {
        assert!(filter("cluster:prod-* not ok").is_ok());
        let error = filter("since<1dd").unwrap_err();
        assert!(error.code == 64 && error.text.contains("since<1dd"), "{}", error.text);
    }

    #[test]
    fn what_was_not_answered_in_time_is_not_compared() {
        let mut state = night(160, 45);
        let id = state.view.app.clone().unwrap();
        state.view.drift.waiting = vec![id.clone()];
        assert_eq!(told(&state).failed, BTreeMap::from([(id, "no answer in time".to_owned())]));
    }
}
