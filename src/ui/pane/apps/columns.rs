//! Which columns there is room for, and how wide each is.

use crate::app::pane::apps::{WIDE_FROM, Wide};
use crate::theme::Role;
use crate::ui::Cx;
use crate::ui::runs::Runs;
use crate::ui::text;

pub const GUTTER: usize = 3;
pub const SYNC: usize = 11;
pub const HEALTH: usize = 13;
pub const STATE: usize = 13;
pub const ENG: usize = 4;
pub const REV: usize = 7;
pub const AGE: usize = 4;
const MESSAGE: usize = 40;
/// Cells a name keeps where wide columns join.
const NAME: usize = 17;

/// Widths in cells without the space after; 0 = the column is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    pub app: usize,
    pub cluster: usize,
    pub eng: usize,
    /// Sync and health as one column.
    pub one_state: bool,
    pub rev: usize,
    /// Columns of wide screens.
    pub wide: Vec<Wide>,
    pub message: usize,
}

impl Columns {
    /// For a pane of `outer` columns, its border counted.
    pub fn new(cx: Cx, outer: u16) -> Self {
        let names = cx.state.fleet.by_cluster.keys().map(|k| text::width(k));
        let aliases = cx.state.fleet.clusters.values().map(|c| text::width(c.name()));
        let longest = names.chain(aliases).max().unwrap_or(10);
        let hidden = &cx.state.view.hidden;
        let wanted = if cx.state.width >= WIDE_FROM { &Wide::ALL[..] } else { &[] };
        let wanted: Vec<Wide> = wanted.iter().copied().filter(|w| !hidden.contains(w)).collect();
        Self::fit(usize::from(outer), longest, cx.state.width >= 100 || outer >= 100, &wanted)
    }

    /// Wide columns join in their order while name and message keep their cells.
    fn fit(outer: usize, longest_cluster: usize, two_states: bool, wanted: &[Wide]) -> Self {
        let cluster = longest_cluster.clamp(10, 16);
        let eng = if outer >= 106 { ENG } else { 0 };
        let rev = if outer >= 110 { REV } else { 0 };
        let states = if two_states { SYNC + 1 + HEALTH + 1 } else { STATE + 1 };
        let fixed = GUTTER + cluster + 1 + column(eng) + states + column(rev) + AGE;
        let rest = outer.saturating_sub(2).saturating_sub(fixed);
        let smallest = if two_states { 17 } else { 14 };
        if outer < 70 {
            // No message: the name has the rest.
            return Self {
                app: rest.saturating_sub(1).clamp(1, 30),
                cluster,
                eng,
                one_state: !two_states,
                rev,
                wide: Vec::new(),
                message: 0,
            };
        }
        let mut rest = rest;
        let mut wide = Vec::new();
        for column in wanted {
            if rest >= column.width() + 1 + NAME + 2 + MESSAGE {
                rest -= column.width() + 1;
                wide.push(*column);
            }
        }
        let app = rest.saturating_sub(2 + MESSAGE).clamp(smallest, 30);
        let message = rest.saturating_sub(app + 2);
        Self { app, cluster, eng, one_state: !two_states, rev, wide, message }
    }

    pub fn header(&self) -> Runs {
        let mut line = Runs::new().gap(GUTTER).cell(Role::Header, "APP", self.app).gap(1);
        line = line.cell(Role::Header, "CLUSTER", self.cluster).gap(1);
        if self.eng > 0 {
            line = line.cell(Role::Header, "ENG", ENG).gap(1);
        }
        line = if self.one_state {
            line.cell(Role::Header, "STATE", STATE).gap(1)
        } else {
            line.cell(Role::Header, "SYNC", SYNC).gap(1).cell(Role::Header, "HEALTH", HEALTH).gap(1)
        };
        if self.rev > 0 {
            line = line.cell(Role::Header, "REV", REV).gap(1);
        }
        for column in &self.wide {
            line = line.cell(Role::Header, column.word(), column.width()).gap(1);
        }
        line = line.number(Role::Header, "AGE", AGE);
        if self.message > 0 { line.gap(1).cell(Role::Header, "MESSAGE", self.message) } else { line }
    }
}

fn column(cells: usize) -> usize {
    if cells == 0 { 0 } else { cells + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pane_of_118_columns_carries_a_reason_of_40_cells() {
        let columns = Columns::fit(118, 10, true, &[]);
        assert_eq!((columns.app, columns.message, columns.eng, columns.rev), (17, 40, 4, 7));
        assert_eq!(Columns::fit(120, 10, true, &[]).app, 19);
        assert_eq!(Columns::fit(170, 10, true, &[]).app, 30);
    }

    #[test]
    fn columns_leave_in_their_order_and_state_joins_two() {
        assert_eq!(Columns::fit(109, 10, true, &[]).rev, 0);
        assert_eq!(Columns::fit(105, 10, true, &[]).eng, 0);
        let narrow = Columns::fit(80, 10, false, &[]);
        assert_eq!((narrow.app, narrow.message, narrow.one_state), (14, 30, true));
        assert_eq!(Columns::fit(69, 10, false, &[]).message, 0);
    }

    #[test]
    fn wide_columns_join_while_name_and_message_keep_their_cells() {
        let at = |outer| Columns::fit(outer, 10, true, &Wide::ALL);
        assert_eq!(at(118).wide, []);
        assert_eq!(at(138).wide, [Wide::Ns, Wide::Behind]);
        assert_eq!(at(158).wide, [Wide::Ns, Wide::Repo, Wide::Behind, Wide::Auto]);
        assert_eq!(at(200).wide, Wide::ALL);
        for outer in 118..260 {
            let columns = at(outer);
            assert!(columns.message >= 40 && columns.app >= 17 && columns.header().width() <= outer - 2, "{outer} {columns:?}");
        }
    }

    #[test]
    fn the_columns_never_pass_the_pane() {
        for outer in 40..240 {
            for two in [false, true] {
                let columns = Columns::fit(outer, 12, two, &[]);
                if outer >= 70 || !two {
                    assert!(columns.header().width() <= outer - 2, "{outer} {two}: {columns:?}");
                }
            }
        }
    }
}
