//! Names with `*` and `?`.

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
}
