//! Glob patterns of sync windows, as Argo CD's matcher reads them: `*` and `**` cross everything, `?`, `[abc]`, `[!a-c]`, `{a,b}`, `\`.

/// A broken pattern matches nothing, as it does there.
pub fn matches(pattern: &str, text: &str) -> bool {
    let Some(alternatives) = expand(pattern) else { return false };
    let text: Vec<char> = text.chars().collect();
    alternatives.iter().any(|p| glob(p, &text))
}

/// Most alternatives one pattern may expand to; more is no pattern but an attack.
const MOST: usize = 1000;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Any,
    One,
    Char(char),
    Class { not: bool, ranges: Vec<(char, char)> },
}

/// All ways to read the braces, each as tokens; `None` = broken.
fn expand(pattern: &str) -> Option<Vec<Vec<Token>>> {
    let mut chars = pattern.chars().peekable();
    let done = sequence(&mut chars, false)?;
    chars.next().is_none().then_some(done)
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn sequence(chars: &mut Chars<'_>, inside: bool) -> Option<Vec<Vec<Token>>> {
    let mut all: Vec<Vec<Token>> = vec![Vec::new()];
    while let Some(&c) = chars.peek() {
        if inside && matches!(c, ',' | '}') {
            break;
        }
        chars.next();
        let tail: Vec<Vec<Token>> = match c {
            '*' => vec![vec![Token::Any]],
            '?' => vec![vec![Token::One]],
            '\\' => vec![vec![Token::Char(chars.next()?)]],
            '[' => vec![vec![class(chars)?]],
            '{' => braces(chars)?,
            c => vec![vec![Token::Char(c)]],
        };
        if all.len() * tail.len() > MOST {
            return None;
        }
        all = all.iter().flat_map(|head| tail.iter().map(move |t| head.iter().chain(t).cloned().collect())).collect();
    }
    Some(all)
}

fn braces(chars: &mut Chars<'_>) -> Option<Vec<Vec<Token>>> {
    let mut all = Vec::new();
    loop {
        all.extend(sequence(chars, true)?);
        match chars.next()? {
            ',' => {}
            _ => return Some(all),
        }
    }
}

fn class(chars: &mut Chars<'_>) -> Option<Token> {
    let not = chars.next_if_eq(&'!').is_some();
    let mut ranges = Vec::new();
    loop {
        let low = match chars.next()? {
            ']' if !ranges.is_empty() => return Some(Token::Class { not, ranges }),
            '\\' => chars.next()?,
            c => c,
        };
        let high = if chars.next_if_eq(&'-').is_some() { chars.next()? } else { low };
        ranges.push((low, high));
    }
}

/// Linear apart from the last star, so a hostile pattern costs length times length at most.
fn glob(pattern: &[Token], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match (pattern.get(p), text.get(t)) {
            (Some(Token::Any), _) => {
                star = Some((p, t));
                p += 1;
            }
            (Some(token), Some(c)) if one(token, *c) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                p = at + 1;
                t = from + 1;
            }
        }
    }
    pattern.iter().skip(p).all(|token| *token == Token::Any)
}

fn one(token: &Token, c: char) -> bool {
    match token {
        Token::Any => false,
        Token::One => true,
        Token::Char(x) => *x == c,
        Token::Class { not, ranges } => ranges.iter().any(|(low, high)| *low <= c && c <= *high) != *not,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_the_original() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("prod-*", "prod-eu", true),
            ("prod-*", "preprod-eu", false),
            ("*prod*", "a/prod/b", true),
            ("https://*", "https://10.0.0.1:6443", true),
            ("web?", "web1", true),
            ("web?", "web", false),
            ("{web,api}-prod", "api-prod", true),
            ("{web,api}-prod", "db-prod", false),
            ("web-[0-9]", "web-7", true),
            ("web-[!0-9]", "web-7", false),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("[", "[", false),
            ("!web", "api", false),
            ("*a*b*c", "xaybzc", true),
            ("*a*b*c", "xaybz", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let pattern = "{a,b}".repeat(40);
        assert!(!matches(&pattern, &"a".repeat(40)));
        assert!(!matches(&"*a".repeat(60), &"a".repeat(59)));
    }
}
