use super::objects::expected;
use super::*;
use crate::domain::verdict::Verdict;
use regex::Regex;
use serde_json::Value;

/// All that the operator can read of it, in lower case.
fn text(v: &Verdict) -> String {
    let mut parts = vec![v.short.clone(), v.sentence.clone()];
    parts.extend(v.next.iter().map(|n| format!("{} {}", n.key, n.text)));
    parts.extend(v.soon.clone());
    parts.extend(v.evidence.iter().map(|e| format!("{} {} {}", e.what, e.value, e.source)));
    parts.join("\n").to_lowercase()
}

fn patterns(want: &Value, field: &str) -> Vec<Regex> {
    want[field].as_array().into_iter().flatten().map(|p| Regex::new(p.as_str().unwrap()).unwrap()).collect()
}

#[test]
fn every_recorded_app_is_told_with_the_words_it_needs_and_none_that_are_not_known() {
    let mut wrong = Vec::new();
    let (mut judged, mut clean) = (0, 0);
    let home = facts("prod-eu");
    for (file, want) in expected() {
        let (kind, json) = recorded(&file);
        if !matches!(kind.as_str(), "Kustomization" | "HelmRelease") {
            continue;
        }
        judged += 1;
        let before = wrong.len();
        let at = want["read_at"].as_str().unwrap().parse().unwrap();
        let app = parse_app(&kind, &json, at);
        let verdict = Flux.verdict(&app, &bare(&home, at));
        let said = text(&verdict);
        let excused = app.is_green() && want["green"] != true;
        for pattern in patterns(&want, "must_mention") {
            if !pattern.is_match(&said) && !excused {
                wrong.push(format!("{file}: does not mention {pattern}\n{said}"));
            }
        }
        for pattern in patterns(&want, "must_not") {
            if let Some(found) = pattern.find(&said) {
                wrong.push(format!("{file}: says {:?} ({pattern})\n{said}", found.as_str()));
            }
        }
        let also = want["accept"]["next"].as_array().cloned().unwrap_or_default();
        let next = Value::from(verdict.next_word.clone());
        if next != want["next"] && !also.contains(&next) {
            wrong.push(format!("{file}: next is {next}, must be {} or {also:?}", want["next"]));
        }
        let cells = verdict.short.chars().count();
        if cells > 44 {
            wrong.push(format!("{file}: {cells} cells: {}", verdict.short));
        }
        clean += usize::from(wrong.len() == before);
    }
    assert!(wrong.is_empty(), "{clean} of {judged} are right\n{}", wrong.join("\n\n"));
    assert_eq!(judged, 50);
}
