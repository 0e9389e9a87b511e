//! From what the kinds say to one link state and the engines that are there.

use crate::domain::Timestamp;
use crate::domain::cluster::{KindState, Link};
use crate::domain::ids::EngineKind;
use crate::engine::{Role, WatchedKind};

/// The last word of every watched kind; `None` = not heard of yet.
pub(super) struct Board {
    pub kinds: Vec<(&'static WatchedKind, Option<KindState>)>,
    pub since: Timestamp,
    pub user: Option<String>,
}

impl Board {
    /// Worst first: broken watches, forbidden kinds, nothing installed, live.
    pub fn link(&self) -> Link {
        let mut broken = Vec::new();
        let mut why: Option<(String, Option<Timestamp>)> = None;
        let mut forbidden = Vec::new();
        for (kind, state) in &self.kinds {
            match state {
                Some(KindState::Broken { cause, next_try_at, .. }) => {
                    broken.push(kind.plural.to_owned());
                    why.get_or_insert_with(|| (cause.clone(), *next_try_at));
                }
                // What only adds evidence may be forbidden without a word in the header: its own pane says so.
                Some(KindState::Forbidden { .. }) if kind.role != Role::Context => forbidden.push(kind.plural.to_owned()),
                _ => {}
            }
        }
        if let Some((cause, next_try_at)) = why {
            return Link::Degraded { watches: broken, cause, next_try_at };
        }
        if !forbidden.is_empty() {
            return Link::Forbidden { kinds: forbidden, user: self.user.clone() };
        }
        let mut apps = self.kinds.iter().filter(|(kind, _)| kind.role == Role::App).peekable();
        if apps.peek().is_some() && apps.all(|(_, state)| *state == Some(KindState::NotServed)) {
            return Link::NotInstalled;
        }
        Link::Live { since: self.since }
    }

    /// Engines of which at least one kind of row is served.
    pub fn engines(&self) -> Vec<EngineKind> {
        let mut out = Vec::new();
        for (kind, state) in &self.kinds {
            let served = state.as_ref().is_some_and(|s| *s != KindState::NotServed);
            if kind.role == Role::App && served && !out.contains(&kind.engine) {
                out.push(kind.engine);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn kind(plural: &'static str, role: Role) -> WatchedKind {
        WatchedKind { engine: EngineKind::Flux, group: "g", versions: &["v1"], plural, kind: "K", role, only: None }
    }
    static APP: WatchedKind = kind("kustomizations", Role::App);
    static CONTEXT: WatchedKind = kind("configmaps", Role::Context);

    fn board(app: Option<KindState>, context: Option<KindState>) -> Board {
        Board { kinds: vec![(&APP, app), (&CONTEXT, context)], since: Timestamp::UNIX_EPOCH, user: Some("sam".into()) }
    }

    #[test]
    fn a_broken_watch_degrades_and_a_forbidden_kind_names_the_user() {
        let broken = KindState::Broken { since: Timestamp::UNIX_EPOCH, cause: "status 500".into(), next_try_at: None };
        assert_eq!(board(Some(broken), None).link().reason().unwrap(), "kustomizations: status 500");
        let forbidden = KindState::Forbidden { namespaces: vec![] };
        assert_eq!(board(Some(forbidden.clone()), None).link().reason().unwrap(), "list kustomizations forbidden for sam");
        assert_eq!(board(Some(KindState::Live), Some(forbidden)).link().word(), "live");
    }

    #[test]
    fn nothing_installed_is_said_only_when_every_row_kind_is_known_to_be_absent() {
        assert_eq!(board(Some(KindState::NotServed), Some(KindState::Live)).link(), Link::NotInstalled);
        assert_eq!(board(None, Some(KindState::NotServed)).link().word(), "live");
        assert!(board(Some(KindState::NotServed), None).engines().is_empty());
        assert_eq!(board(Some(KindState::Live), None).engines(), vec![EngineKind::Flux]);
    }
}
