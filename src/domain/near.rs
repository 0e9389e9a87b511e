//! Names that were probably meant: how far two are apart, and which of those that exist is a slip of the keyboard away.

/// Most letters that a slip of the keyboard gets wrong.
const SLIP: usize = 2;

/// Letters to insert, drop, change or swap with their neighbour.
pub fn edits(a: &[char], b: &[char]) -> usize {
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    let get = |rows: &[Vec<usize>], i: usize, j: usize| rows.get(i).and_then(|r| r.get(j)).copied().unwrap_or(usize::MAX / 2);
    for (i, ca) in a.iter().enumerate() {
        rows.push(vec![i + 1]);
        for (j, cb) in b.iter().enumerate() {
            let change = get(&rows, i, j) + usize::from(ca != cb);
            let mut best = change.min(get(&rows, i, j + 1) + 1).min(get(&rows, i + 1, j) + 1);
            if i > 0 && j > 0 && a.get(i - 1) == Some(cb) && b.get(j - 1) == Some(ca) {
                best = best.min(get(&rows, i - 1, j - 1) + 1);
            }
            if let Some(row) = rows.last_mut() {
                row.push(best);
            }
        }
    }
    get(&rows, a.len(), b.len())
}

/// The one name that is a slip away from `wrong`. Names that differ in their digits alone are numbered, not mistaken, and of two that
/// are as near nobody knows which was meant.
pub fn meant<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = |text: &str| text.chars().collect::<Vec<_>>();
    let undigited = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let (whole, plain) = (letters(wrong), undigited(wrong));
    let limit = SLIP.min(whole.len() / 3);
    let far =
        |name: &'a str| Some((edits(&whole, &letters(name)), name)).filter(|(n, name)| (1..=limit).contains(n) && undigited(name) != plain);
    let mut near: Vec<(usize, &str)> = names.into_iter().filter_map(far).collect();
    near.sort_unstable();
    near.dedup();
    match near[..] {
        [(_, name)] => Some(name),
        [(first, name), (second, _), ..] if first < second => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_keyboard_is_told_from_another_name() {
        assert_eq!(meant("ofers", ["offers", "orders"]), Some("offers"));
        assert_eq!(meant("qoutes-base", ["quotes-base"]), Some("quotes-base"), "two letters swapped are one slip");
        assert_eq!(meant("./apps/wbe", ["./apps/web", "./apps/api"]), Some("./apps/web"));
        assert_eq!(meant("cart", ["carts"]), Some("carts"));
        assert_eq!(meant("ab", ["ac"]), None, "of so few letters nothing can be told");
        assert_eq!(meant("web-1", ["web-2"]), None, "numbered, not mistaken");
        assert_eq!(meant("shop-a", ["shop-b", "shop-c"]), None, "nobody knows which");
        assert_eq!(meant("shop", ["payments"]), None);
        assert_eq!(meant("shop", ["shop"]), None, "what is named right is no slip");
    }
}
