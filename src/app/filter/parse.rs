//! Reading a filter: what each part means, and which part is not understood. The rest still counts.

use super::terms::{FIELDS, WORDS, closed};
use super::{Expr, Pattern, Side};
use crate::domain::duration::parse_span;
use std::ops::Range;

/// What a stretch of the text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Field,
    Value,
    Word,
    Join,
    Text,
    Wrong,
}

/// A stretch, counted in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub at: Range<usize>,
    pub kind: Kind,
}

/// The part that is not understood, and what it should look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub part: String,
    pub says: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    pub expr: Expr,
    pub spans: Vec<Span>,
    /// The first one.
    pub problem: Option<Problem>,
}

struct Token {
    text: String,
    at: usize,
}

impl Token {
    fn is(&self, text: &str) -> bool {
        self.text == text
    }
}

/// Parses a filter; what is not understood is left out of it.
pub fn parse(text: &str) -> Parsed {
    let tokens = tokens(text);
    let mut reader = Reader { tokens: &tokens, at: 0, spans: Vec::new(), problem: None };
    let mut parts = vec![reader.any()];
    while let Some(token) = reader.next() {
        reader.wrong(token, "no bracket is open here");
        parts.push(reader.any());
    }
    parts.retain(|p| *p != Expr::All);
    Parsed { expr: one_or(parts, Expr::And), spans: reader.spans, problem: reader.problem }
}

/// Words and brackets; `"two words"` and `/a regex/` are one.
fn tokens(text: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let (mut word, mut start, mut closes) = (String::new(), 0, None);
    let mut end = |word: &mut String, at: usize| {
        if !word.is_empty() {
            out.push(Token { text: std::mem::take(word), at });
        }
    };
    for (i, c) in text.chars().enumerate() {
        if let Some(close) = closes {
            word.push(c);
            if c == close {
                closes = None;
            }
            continue;
        }
        if matches!(c, '(' | ')') || c.is_whitespace() {
            end(&mut word, start);
            if !c.is_whitespace() {
                end(&mut c.to_string(), i);
            }
            continue;
        }
        if word.is_empty() {
            start = i;
            closes = (c == '/').then_some('/');
        }
        if c == '"' {
            closes = Some('"');
        }
        word.push(c);
    }
    end(&mut word, start);
    out
}

fn one_or(mut parts: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.len() {
        0 => Expr::All,
        1 => parts.remove(0),
        _ => many(parts),
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    spans: Vec<Span>,
    problem: Option<Problem>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<&'a Token> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token)
    }

    fn mark(&mut self, token: &Token, kind: Kind) {
        self.mark_from(token, 0, kind);
    }

    /// From a place inside the token to its end; what lay there before is cut.
    fn mark_from(&mut self, token: &Token, from: usize, kind: Kind) {
        let (start, end) = (token.at + from, token.at + token.text.chars().count());
        if let Some(last) = self.spans.last_mut().filter(|l| l.at.end > start) {
            last.at.end = start;
        }
        self.spans.push(Span { at: start..end, kind });
    }

    fn wrong(&mut self, token: &Token, says: impl Into<String>) {
        self.mark(token, Kind::Wrong);
        self.problem.get_or_insert(Problem { part: token.text.clone(), says: says.into() });
    }

    /// `a or b`.
    fn any(&mut self) -> Expr {
        let mut parts = vec![self.all()];
        while let Some(token) = self.peek().filter(|t| t.is("or")) {
            self.at += 1;
            self.mark(token, Kind::Join);
            parts.push(self.all());
        }
        // An `or` that waits for its second part changes nothing yet.
        parts.retain(|p| *p != Expr::All);
        one_or(parts, Expr::Or)
    }

    /// `a b`: both; `and` may stand between.
    fn all(&mut self) -> Expr {
        let mut parts = Vec::new();
        while let Some(token) = self.peek().filter(|t| !t.is("or") && !t.is(")")) {
            self.at += 1;
            if token.is("and") {
                self.mark(token, Kind::Join);
            } else {
                parts.push(self.one(token));
            }
        }
        parts.retain(|p| *p != Expr::All);
        one_or(parts, Expr::And)
    }

    fn one(&mut self, token: &'a Token) -> Expr {
        if token.is("not") {
            self.mark(token, Kind::Join);
            let inner = match self.peek().filter(|t| !t.is("or") && !t.is(")")) {
                Some(next) => {
                    self.at += 1;
                    self.one(next)
                }
                None => Expr::All,
            };
            return if inner == Expr::All { Expr::All } else { Expr::Not(Box::new(inner)) };
        }
        if token.is("(") {
            self.mark(token, Kind::Join);
            let inner = self.any();
            if let Some(close) = self.peek().filter(|t| t.is(")")) {
                self.at += 1;
                self.mark(close, Kind::Join);
            }
            return inner;
        }
        self.term(token)
    }

    fn term(&mut self, token: &Token) -> Expr {
        if let Some(text) = token.text.strip_prefix('"') {
            self.mark(token, Kind::Text);
            return text_or_all(text.trim_end_matches('"'));
        }
        if token.text.starts_with('/') && token.text.chars().count() > 1 {
            return self.pattern(token);
        }
        match token.text.find([':', '<', '>']) {
            Some(at) => self.field(token, at),
            None => match WORDS.iter().find(|(word, _)| *word == token.text.to_lowercase()) {
                Some((word, _)) => {
                    self.mark(token, Kind::Word);
                    Expr::Word(word)
                }
                None => {
                    self.mark(token, Kind::Text);
                    text_or_all(&token.text)
                }
            },
        }
    }

    fn pattern(&mut self, token: &Token) -> Expr {
        match regex::Regex::new(token.text.trim_matches('/')) {
            Ok(regex) => {
                self.mark(token, Kind::Text);
                Expr::Pattern(Pattern(regex))
            }
            Err(_) => {
                self.wrong(token, "is no regular expression");
                Expr::All
            }
        }
    }

    fn field(&mut self, token: &Token, at: usize) -> Expr {
        let (name, rest) = token.text.split_at(at);
        let (sign, value) = rest.split_at(1);
        let Some(field) = FIELDS.iter().find(|f| f.name == name || (name == "age" && f.name == "since")) else {
            self.wrong(token, format!("{name} is no field; there are {}", FIELDS.map(|f| f.name).join(" ")));
            return Expr::All;
        };
        let is_number = matches!(field.name, "since" | "behind");
        if is_number == (sign == ":") {
            self.wrong(token, format!("{name} is written {name}{}", if is_number { "<2h or >2h" } else { ":value" }));
            return Expr::All;
        }
        self.mark(token, Kind::Field);
        self.mark_from(token, name.chars().count() + 1, Kind::Value);
        if value.is_empty() {
            return Expr::All;
        }
        let side = if sign == "<" { Side::Less } else { Side::More };
        let found = match field.name {
            "since" => parse_span(value).map(|s| Expr::Since(side, s)).ok_or_else(|| "a time looks like 30s, 5m, 2h or 3d".to_owned()),
            "behind" => value.parse().map(|n| Expr::Behind(side, n)).map_err(|_| "a number of commits, like behind>0".to_owned()),
            name => values(name, value),
        };
        found.unwrap_or_else(|says| {
            self.spans.truncate(self.spans.len().saturating_sub(2));
            self.wrong(token, says);
            Expr::All
        })
    }
}

fn values(field: &'static str, value: &str) -> Result<Expr, String> {
    let values: Vec<String> = value.split(',').filter(|v| !v.is_empty()).map(str::to_lowercase).collect();
    if let Some(closed) = closed(field)
        && values.iter().any(|v| !closed.iter().any(|c| c.starts_with(v.as_str())))
    {
        return Err(format!("{field} is one of {}", closed.join(" ")));
    }
    Ok(if values.is_empty() { Expr::All } else { Expr::Field(field, values) })
}

fn text_or_all(text: &str) -> Expr {
    if text.is_empty() { Expr::All } else { Expr::Text(text.to_lowercase()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expr(text: &str) -> Expr {
        let parsed = parse(text);
        assert_eq!(parsed.problem, None, "{text}");
        parsed.expr
    }

    fn field(name: &'static str, value: &str) -> Expr {
        Expr::Field(name, vec![value.into()])
    }

    #[test]
    fn words_fields_and_brackets_combine() {
        assert_eq!(
            expr("cluster:prod-* not ok or app:pay"),
            Expr::Or(vec![Expr::And(vec![field("cluster", "prod-*"), Expr::Not(Box::new(Expr::Word("ok")))]), field("app", "pay"),])
        );
        assert_eq!(
            expr("app:payments or (health:degraded and since<1d)"),
            Expr::Or(vec![field("app", "payments"), Expr::And(vec![field("health", "degraded"), Expr::Since(Side::Less, 86_400)]),])
        );
        assert_eq!(expr("\"two words\""), Expr::Text("two words".into()));
        assert_eq!(expr("suspended age>30d"), Expr::And(vec![Expr::Word("suspended"), Expr::Since(Side::More, 30 * 86_400)]));
        assert_eq!(expr("cluster:a,b"), Expr::Field("cluster", vec!["a".into(), "b".into()]));
    }

    #[test]
    fn what_is_still_being_typed_hides_nothing() {
        for text in ["", " ", "cluster:", "not", "(", "app:x or", "since<", "\"", "/"] {
            let parsed = parse(text);
            assert!(matches!(parsed.expr, Expr::All | Expr::Field(..) | Expr::Text(_)), "{text}: {parsed:?}");
        }
        assert_eq!(expr("app:x or"), field("app", "x"));
    }

    #[test]
    fn the_part_that_is_not_understood_is_named_and_the_rest_counts() {
        let parsed = parse("cluster:prod-eu since<1dd broken");
        assert_eq!(parsed.expr, Expr::And(vec![field("cluster", "prod-eu"), Expr::Word("broken")]));
        let problem = parsed.problem.unwrap();
        assert_eq!((problem.part.as_str(), problem.says.as_str()), ("since<1dd", "a time looks like 30s, 5m, 2h or 3d"));
        let wrong: Vec<&Span> = parsed.spans.iter().filter(|s| s.kind == Kind::Wrong).collect();
        assert_eq!(wrong, [&Span { at: 16..25, kind: Kind::Wrong }]);
        for (text, says) in [
            ("clutser:x", "clutser is no field"),
            ("sync:foo", "sync is one of synced"),
            ("cluster<x", "cluster is written cluster:value"),
            ("behind>x", "a number of commits"),
            ("/(/", "is no regular expression"),
            ("a )", "no bracket is open"),
        ] {
            let parsed = parse(text);
            assert!(parsed.problem.as_ref().is_some_and(|p| p.says.starts_with(says)), "{text}: {parsed:?}");
        }
    }

    #[test]
    fn every_letter_that_is_no_space_has_one_kind() {
        for text in ["cluster:prod-* not (ok or app:pay) é\"x y\" /a b/ since<1dd )", "日本:x 日"] {
            let spans = parse(text).spans;
            let mut seen = vec![0; text.chars().count()];
            spans.iter().flat_map(|s| s.at.clone()).for_each(|i| seen[i] += 1);
            for (i, c) in text.chars().enumerate() {
                assert!(seen[i] <= 1 && (seen[i] == 1 || c == ' '), "{text}: {i} {spans:?}");
            }
        }
    }
}
