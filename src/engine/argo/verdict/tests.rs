use super::super::tests::{applications, bare, hub, verdict_text};
use super::judge;
use regex::Regex;
use serde_json::Value;

fn list<'v>(entry: &'v Value, field: &str) -> Vec<&'v str> {
    entry[field].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn every_recorded_application_gets_a_verdict_that_says_what_must_be_said_and_no_more() {
    let home = hub();
    let mut wrong = Vec::new();
    for (file, entry, app) in &super::super::tests::applications() {
        let verdict = judge(app, &bare(&home, app.observed_at));
        let text = verdict_text(&verdict).to_lowercase();
        let says = |pattern: &str| Regex::new(pattern).unwrap().is_match(&text);
        let missing: Vec<_> = list(entry, "must_mention").into_iter().filter(|p| !says(p)).collect();
        let extra: Vec<_> = list(entry, "must_not").into_iter().filter(|p| says(p)).collect();
        let word = Value::from(verdict.next_word.clone());
        let next = entry["next"] == word || entry["accept"]["next"].as_array().is_some_and(|a| a.contains(&word));
        if !missing.is_empty() || !extra.is_empty() || !next {
            wrong.push(format!("{file}\n  lacks {missing:?}\n  says {extra:?}\n  next {word} wanted {}\n{text}", entry["next"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), applications().len(), wrong.join("\n\n"));
}

#[test]
fn a_row_message_fits_forty_cells() {
    let home = hub();
    for (file, _, app) in &applications() {
        let verdict = judge(app, &bare(&home, app.observed_at));
        assert!(unicode_width::UnicodeWidthStr::width(verdict.short.as_str()) <= 40, "{file}: {}", verdict.short);
        assert_eq!(verdict.short.is_empty(), verdict.sentence.is_empty(), "{file}");
    }
}

#[test]
fn the_words_of_every_recorded_application() {
    let home = hub();
    let mut all = String::new();
    for (file, _, app) in &applications() {
        let v = judge(app, &bare(&home, app.observed_at));
        let next: Vec<String> = v.next.iter().map(|n| format!("[{}] {}", n.key, n.text)).collect();
        all.push_str(&format!("{file}\n  {}\n  {}\n  {} ({})\n", v.short, v.sentence, next.join("; "), v.next_word));
    }
    insta::assert_snapshot!(all);
}
