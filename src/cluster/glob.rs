//! `*` and `?` over context names.

/// Whether `pattern` matches the whole of `name`; `*` is any run, `?` one character, all else literal.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Where the last star stood, and how much of the name it has eaten: the only place ever gone back to.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == name.get(n) => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, eaten)) => {
                    star = Some((at, eaten + 1));
                    p = at + 1;
                    n = eaten + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_and_question_marks_match_whole_names_only() {
        assert!(matches("prod-*", "prod-eu"));
        assert!(matches("*", "anything/at:all"));
        assert!(matches("*prod*eu?", "arn:prod-x-eu1"));
        assert!(!matches("prod", "prod-eu"));
        assert!(!matches("prod-?", "prod-eu"));
        assert!(matches("a*b*c", "aXbXbc"));
        assert!(!matches("", "x"));
    }

    #[test]
    fn many_stars_end_quickly() {
        let name = "a".repeat(2000);
        assert!(!matches(&format!("{}b", "*a".repeat(200)), &name));
    }
}
