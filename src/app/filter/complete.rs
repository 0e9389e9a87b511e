//! What may come next in a filter, and the name that was meant.

use super::terms::{ENGINES, FIELDS, Field, JOINS, WORDS, closed};
use crate::app::state::AppState;
use crate::domain::near::edits;
use crate::domain::source::Source;
use std::collections::BTreeMap;

/// Most candidates that are offered at once.
const MOST: usize = 4;
/// Values shown beside a field.
const EXAMPLES: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Takes the place of the word that is typed.
    pub insert: String,
    pub help: String,
    /// Values it may have, most frequent first.
    pub values: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where the word that is typed begins, in bytes.
    pub start: usize,
    pub list: Vec<Candidate>,
}

/// Candidates for the last word of the filter.
pub fn complete(state: &AppState) -> Completion {
    let text = &state.view.filter.text;
    let start = text.rfind([' ', '(', ')']).map_or(0, |i| i + 1);
    let word = text.get(start..).unwrap_or_default();
    let list = match word.split_once([':', '<', '>']) {
        Some((name, value)) => of_field(state, name, value, word),
        None => named(state, &word.to_lowercase()),
    };
    Completion { start, list: list.into_iter().take(MOST).collect() }
}

fn of_field(state: &AppState, name: &str, value: &str, word: &str) -> Vec<Candidate> {
    let Some(field) = FIELDS.iter().find(|f| f.name == name) else { return Vec::new() };
    let (before, last) = value.rsplit_once(',').map_or(("", value), |(a, b)| (a, b));
    let kept = word.len() - value.len() + if before.is_empty() { 0 } else { before.len() + 1 };
    let head = word.get(..kept).unwrap_or_default();
    let wanted = last.to_lowercase();
    let fitting = values(state, field).into_iter().filter(|(v, _)| v.to_lowercase().starts_with(&wanted) && *v != last);
    fitting
        .map(|(value, count)| Candidate {
            insert: format!("{head}{value} "),
            help: if count > 0 { format!("{count} apps") } else { field.help.to_owned() },
            values: Vec::new(),
        })
        .collect()
}

fn named(state: &AppState, word: &str) -> Vec<Candidate> {
    let fields = FIELDS.iter().filter(|f| f.name.starts_with(word)).map(|f| Candidate {
        insert: format!("{}{}", f.name, f.sign),
        help: f.help.to_owned(),
        values: values(state, f).into_iter().take(EXAMPLES).map(|(v, _)| v).collect(),
    });
    let words = WORDS.iter().chain(&JOINS).filter(|(w, _)| w.starts_with(word) && *w != word).map(|(w, help)| Candidate {
        insert: format!("{w} "),
        help: (*help).to_owned(),
        values: Vec::new(),
    });
    fields.chain(words).collect()
}

/// Values of a field in this fleet with their number of apps, most frequent first; a closed list in its own order.
fn values(state: &AppState, field: &Field) -> Vec<(String, usize)> {
    let plain = |list: &[&str]| list.iter().map(|v| ((*v).to_owned(), 0)).collect::<Vec<_>>();
    match field.name {
        "since" => return plain(&["30m", "2h", "1d"]),
        "behind" => return plain(&["0"]),
        "eng" => return plain(&ENGINES),
        name => {
            if let Some(list) = closed(name) {
                return plain(list);
            }
        }
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in state.fleet.rows.values() {
        let app = &row.app;
        let mut add = |value: &str| *counts.entry(value.to_owned()).or_default() += 1;
        match field.name {
            "cluster" => add(app.runs_on()),
            "app" => add(&app.id.name),
            "via" => add(app.id.cluster.as_str()),
            "ns" => add(&app.id.namespace),
            "kind" => add(app.id.kind.kind()),
            "repo" => app.sources.iter().filter_map(Source::repo).for_each(|r| add(r.short())),
            "path" => app.sources.iter().filter_map(|s| s.path.as_deref()).for_each(&mut add),
            _ => {}
        }
    }
    let mut list: Vec<(String, usize)> = counts.into_iter().collect();
    list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    list
}

/// The app or cluster name that a text which matches nothing was probably meant to be.
pub fn nearest(state: &AppState, text: &str) -> Option<String> {
    let wanted: Vec<char> = text.trim().to_lowercase().chars().collect();
    if wanted.len() < 3 {
        return None;
    }
    let rows = state.fleet.rows.values();
    let names = rows.flat_map(|r| [r.app.id.name.as_str(), r.app.runs_on()]);
    let best = names.map(|name| (edits(&wanted, &name.to_lowercase().chars().collect::<Vec<_>>()), name)).min()?;
    (best.0 <= 1 + wanted.len() / 4).then(|| best.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swapped_pair_of_letters_is_one_edit() {
        let count = |a: &str, b: &str| edits(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(count("paymnets", "payments"), 1);
        assert_eq!(count("", "abc"), 3);
        assert_eq!(count("orders", "orders"), 0);
    }
}
