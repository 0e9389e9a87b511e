//! How many apps one rollback or staged sync may reach, as the config has it: asked by the plan, and for a rollback once more by the writer.

/// More apps than a guardrail allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// Apps on clusters of the pattern.
    pub reached: usize,
    pub allowed: usize,
    /// Pattern of clusters the guardrail stands at.
    pub glob: String,
}

impl TooMany {
    /// "19 apps on prod-*, guardrail max_apps on prod-* allows 3".
    pub fn text(&self) -> String {
        format!("it reaches {} apps on {glob}; guardrail max_apps on {glob} allows {}", self.reached, self.allowed, glob = self.glob)
    }
}

/// The word of a guardrail of this many apps, as the list of guardrails has it.
pub fn word(most: u32) -> String {
    format!("max_apps {most}")
}

/// The guardrail that is exceeded most. `apps`: of each app the names of the clusters it lives on and deploys to.
pub fn too_many(guardrails: &[(String, Vec<String>)], apps: &[Vec<&str>]) -> Option<TooMany> {
    let most = |rail: &String| rail.strip_prefix("max_apps ").and_then(|n| n.parse::<usize>().ok());
    let counted = |glob: &str| apps.iter().filter(|names| names.iter().any(|n| crate::app::filter::glob(glob, n))).count();
    guardrails
        .iter()
        .filter_map(|(glob, rails)| Some((glob, rails.iter().filter_map(most).min()?)))
        .map(|(glob, allowed)| TooMany { reached: counted(glob), allowed, glob: glob.clone() })
        .filter(|t| t.reached > t.allowed)
        .max_by_key(|t| t.reached - t.allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_are_counted_on_the_clusters_of_the_pattern_once_each() {
        let rails = [("prod-*".to_owned(), vec!["no_prune".to_owned(), word(1)]), ("*".to_owned(), vec![word(9)])];
        let apps = [vec!["hub", "prod-eu"], vec!["prod-eu", "prod-eu"], vec!["hub", "stage"]];
        assert_eq!(too_many(&rails, &apps), Some(TooMany { reached: 2, allowed: 1, glob: "prod-*".into() }));
        assert_eq!(too_many(&rails, &apps[1..]), None);
    }
}
