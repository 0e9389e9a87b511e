//! `*` (any text) and `?` (one character) in cluster patterns.

/// The whole text matches the pattern; case counts.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => {
                // Back to the last star, which takes one character more.
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                p = at + 1;
                t = taken + 1;
            }
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_match_as_in_a_shell() {
        for (pattern, text) in [("prod-*", "prod-eu"), ("*", ""), ("*prod*", "eks/prod-eu"), ("p?od", "prod"), ("a*b*c", "axxbyybc")] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("prod-*", "preprod-eu"), ("prod", "prod-eu"), ("p?od", "pod"), ("a*b", "abc"), ("Prod", "prod")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
