//! The list filter: text, fields with globs, state words, `or` and `not`.

use super::fleet::Row;
use crate::domain::status::{Health, Severity, Sync};

/// One parsed filter; an empty one matches everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    All,
    Text(String),
    /// Field and its alternatives (a comma means or).
    Field(String, Vec<String>),
    Word(String),
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
}

const FIELDS: [&str; 9] = ["app", "cluster", "ns", "kind", "eng", "via", "repo", "path", "rev"];
const WORDS: [&str; 10] = ["ok", "broken", "drifted", "suspended", "unknown", "stale", "acked", "new", "progressing", "missing"];

/// Parses a filter; the error names the part that is not understood.
pub fn parse(text: &str) -> Result<Expr, String> {
    let tokens = tokens(text);
    let mut at = 0;
    let expr = parse_or(&tokens, &mut at)?;
    match tokens.get(at) {
        Some(rest) => Err(format!("{rest}: nothing is open to close here")),
        None => Ok(expr),
    }
}

fn tokens(text: &str) -> Vec<String> {
    let (mut out, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.push(c);
            }
            '(' | ')' if !quoted => {
                if !word.is_empty() {
                    out.push(std::mem::take(&mut word));
                }
                out.push(c.to_string());
            }
            c if c.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    out.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

fn parse_or(tokens: &[String], at: &mut usize) -> Result<Expr, String> {
    let mut parts = vec![parse_and(tokens, at)?];
    while tokens.get(*at).is_some_and(|t| t == "or") {
        *at += 1;
        parts.push(parse_and(tokens, at)?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::Or(parts) })
}

fn parse_and(tokens: &[String], at: &mut usize) -> Result<Expr, String> {
    let mut parts = Vec::new();
    while let Some(token) = tokens.get(*at) {
        if token == "or" || token == ")" {
            break;
        }
        parts.push(parse_one(tokens, at)?);
    }
    Ok(match parts.len() {
        0 => Expr::All,
        1 => parts.remove(0),
        _ => Expr::And(parts),
    })
}

fn parse_one(tokens: &[String], at: &mut usize) -> Result<Expr, String> {
    let Some(token) = tokens.get(*at) else { return Ok(Expr::All) };
    *at += 1;
    if token == "not" {
        return Ok(Expr::Not(Box::new(parse_one(tokens, at)?)));
    }
    if token == "(" {
        let inner = parse_or(tokens, at)?;
        if tokens.get(*at).is_some_and(|t| t == ")") {
            *at += 1;
        }
        return Ok(inner);
    }
    if let Some(text) = token.strip_prefix('"') {
        return Ok(Expr::Text(text.trim_end_matches('"').to_lowercase()));
    }
    match token.split_once(':') {
        Some(("sync" | "health", word)) => {
            let all = ["synced", "outofsync", "unknown", "healthy", "degraded", "missing", "progressing", "suspended"];
            let lower = word.to_lowercase();
            if all.iter().any(|w| w.starts_with(&lower)) {
                Ok(Expr::Field(token.split(':').next().unwrap_or_default().into(), vec![lower]))
            } else {
                Err(format!("{token}: one of {}", all.join(", ")))
            }
        }
        Some((field, values)) if FIELDS.contains(&field) => {
            Ok(Expr::Field(field.to_owned(), values.split(',').map(str::to_lowercase).collect()))
        }
        Some((field, _)) => Err(format!("{field}: is no field; there are {}", FIELDS.join(", "))),
        None => Ok(match WORDS.iter().find(|w| w.len() >= 2 && token.len() >= 2 && **w == token.to_lowercase()) {
            Some(word) => Expr::Word((*word).to_owned()),
            None => Expr::Text(token.to_lowercase()),
        }),
    }
}

pub fn matches(expr: &Expr, row: &Row, home: &str) -> bool {
    match expr {
        Expr::All => true,
        Expr::Text(text) => haystack(row).contains(text.as_str()),
        Expr::Not(inner) => !matches(inner, row, home),
        Expr::And(parts) => parts.iter().all(|p| matches(p, row, home)),
        Expr::Or(parts) => parts.iter().any(|p| matches(p, row, home)),
        Expr::Word(word) => state_word(word, row),
        Expr::Field(field, values) => values.iter().any(|v| field_matches(field, v, row, home)),
    }
}

fn haystack(row: &Row) -> String {
    let app = &row.app;
    format!("{} {} {} {} {}", app.id.name, app.runs_on(), app.id.namespace, row.verdict.short, app.revision.as_deref().unwrap_or_default())
        .to_lowercase()
}

fn state_word(word: &str, row: &Row) -> bool {
    match word {
        "ok" => row.severity == Severity::Ok,
        "broken" => row.severity.is_broken(),
        "drifted" => row.app.sync == Sync::OutOfSync,
        "suspended" => row.app.suspended,
        "unknown" => row.severity == Severity::Unknown || row.stale_as_of.is_some(),
        "stale" => row.stale_as_of.is_some(),
        "acked" => row.ack.is_some(),
        "new" => row.is_new,
        "progressing" => row.severity == Severity::Progressing,
        "missing" => row.app.health == Health::Missing,
        _ => false,
    }
}

fn field_matches(field: &str, value: &str, row: &Row, home: &str) -> bool {
    let app = &row.app;
    let glob_in = |text: &str| glob(value, &text.to_lowercase());
    match field {
        "app" => glob_in(&app.id.name),
        "cluster" => glob_in(app.runs_on()),
        "via" => glob_in(home),
        "ns" => glob_in(&app.id.namespace),
        "kind" => glob_in(app.id.kind.kind()) || app.id.kind.word() == value,
        "eng" => glob_in(app.id.kind.short()) || app.id.engine().title().to_lowercase().starts_with(value),
        "repo" => app.sources.iter().filter_map(crate::domain::source::Source::repo).any(|r| glob_in(r.short())),
        "path" => app.sources.iter().filter_map(|s| s.path.as_deref()).any(|p| glob_in(p) || p.to_lowercase().starts_with(value)),
        "rev" => app.revision.as_deref().is_some_and(|r| crate::domain::commit::bare_revision(r).starts_with(value)),
        "sync" => app.sync.word().to_lowercase().starts_with(value) || app.suspended && "suspended".starts_with(value),
        "health" => app.health.word().to_lowercase().starts_with(value),
        _ => false,
    }
}

/// `*` matches anything, `?` one character; the whole text must match.
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star, mut mark) = (0, 0, None, 0);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some(p);
                mark = t;
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some(s) => {
                    p = s + 1;
                    mark += 1;
                    t = mark;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

pub fn matches_any(globs: &[String], text: &str) -> bool {
    globs.iter().any(|g| glob(g, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_names() {
        assert!(glob("prod-*", "prod-eu"));
        assert!(!glob("prod", "prod-eu"));
        assert!(glob("*", ""));
        assert!(glob("a*c?", "abbcd"));
    }

    #[test]
    fn words_and_fields_combine_and_errors_name_the_part() {
        assert_eq!(
            parse("cluster:prod-* not ok or app:pay"),
            Ok(Expr::Or(vec![
                Expr::And(vec![Expr::Field("cluster".into(), vec!["prod-*".into()]), Expr::Not(Box::new(Expr::Word("ok".into())))]),
                Expr::Field("app".into(), vec!["pay".into()]),
            ]))
        );
        assert!(parse("clutser:x").is_err_and(|e| e.contains("clutser")));
        assert!(parse("sync:foo").is_err());
        assert_eq!(parse("\"two words\""), Ok(Expr::Text("two words".into())));
    }
}
