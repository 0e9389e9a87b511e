use super::*;
use crate::app::pane::{Pane, Tab};
use fixture::night;

/// Lines that differ from the drawing, by number. The hint row follows the action table and is not compared.
fn differing(want: &str, got: &str) -> Vec<usize> {
    let lines = want.lines().zip(got.lines()).enumerate();
    lines.filter(|(_, (w, g))| w.trim_end() != g.trim_end()).map(|(i, _)| i).collect()
}

#[test]
fn the_main_screen_is_the_drawing_to_the_character() {
    // Not equal by intent: titles of tabs (the diff is a screen of its own, no events are read here), when the peers broke
    // (their own ages), and short forms of peers' reasons that no verdict gives.
    let known: [(&str, u16, u16, &[usize]); 3] = [
        (expected::WIDE, 160, 45, &[26, 28, 29, 31, 34]),
        (expected::MEDIUM, 120, 32, &[17]),
        (expected::NARROW, 80, 24, &[13, 15, 17, 18, 19, 20, 21, 22]),
    ];
    for (want, width, height, except) in known {
        let got = screen(&night(width, height), width, height);
        let other: Vec<usize> = differing(want, &got).into_iter().filter(|l| !except.contains(l)).collect();
        let show = |l: &usize| format!("{l}\n{}\n{}", want.lines().nth(*l).unwrap(), got.lines().nth(*l).unwrap());
        assert!(other.is_empty(), "{width}x{height}\n{}", other.iter().map(show).collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn the_main_screen_at_every_size_that_is_drawn_on_paper() {
    for (width, height) in [(160, 45), (120, 32), (80, 24), (60, 20), (39, 8)] {
        insta::assert_snapshot!(format!("main-{width}x{height}"), without_hints(&screen(&night(width, height), width, height)));
    }
}

#[test]
fn the_smallest_windows_name_the_app_and_its_cluster_before_the_lesser_counts() {
    insta::assert_snapshot!("main-30x8", screen(&night(30, 8), 30, 8));
    for (width, height) in [(30, 8), (39, 1), (30, 2), (24, 1), (20, 4)] {
        let text = screen(&night(width, height), width, height);
        assert!(["✗6", "payments", "prod-eu"].iter().all(|w| text.contains(w)), "{width}x{height}\n{text}");
    }
    let mut state = night(30, 8);
    state.notices.flash(fixture::now(), "window too small");
    assert!(screen(&state, 30, 8).contains("window too small"));
    assert!(screen(&state, 30, 1).contains("window too small"));
}

#[test]
fn a_read_only_run_advises_nothing_that_it_refuses() {
    let mut state = night(120, 32);
    assert!(screen(&state, 120, 32).contains("R  roll back"));
    state.settings.read_only = true;
    let text = screen(&state, 120, 32);
    assert!(!text.contains("R  roll back") && !text.contains("p  suspend"), "{text}");
    assert!(text.contains("d  what those commits changed") && text.contains("driftdeck runs read-only (--read-only)."), "{text}");
}

#[test]
fn a_state_that_was_seen_for_some_seconds_only_has_no_age() {
    let mut state = night(120, 32);
    let id = state.view.app.clone().unwrap();
    let row = state.fleet.rows.get_mut(&id).unwrap();
    (row.since, row.since_exact) = (fixture::ago("3s"), false);
    let line = |state: &AppState| screen(state, 120, 32).lines().find(|l| l.contains("┃>")).unwrap().to_owned();
    assert!(line(&state).contains("   ? health"), "{}", line(&state));
    state.fleet.rows.get_mut(&id).unwrap().since = fixture::ago("7m");
    assert!(line(&state).contains(" >7m health"), "{}", line(&state));
}

#[test]
fn roles_of_the_main_screen_tell_state_and_focus() {
    insta::assert_snapshot!("main-roles", without_hints(&style_map(&night(160, 45), 160, 45)));
}

#[test]
fn one_pane_shows_details_with_the_way_back() {
    let mut state = night(60, 20);
    state.view.depth = 1;
    insta::assert_snapshot!("why-60x20", without_hints(&screen(&state, 60, 20)));
}

#[test]
fn every_tab_of_details_is_drawn() {
    for tab in [Tab::Resources, Tab::History, Tab::Events, Tab::Source] {
        let mut state = night(120, 32);
        (state.view.tab, state.view.focus) = (tab, Pane::Details);
        insta::assert_snapshot!(format!("tab-{}", tab.word().to_lowercase()), lower(&screen(&state, 120, 32)));
    }
}

#[test]
fn details_follow_the_focused_list() {
    for (pane, name) in [(Pane::Clusters, "cluster"), (Pane::Repos, "repo")] {
        let mut state = night(160, 45);
        (state.view.focus, state.view.details_of) = (pane, pane);
        insta::assert_snapshot!(format!("details-{name}"), lower(&screen(&state, 160, 45)));
    }
}

#[test]
fn a_filter_is_named_in_the_title_with_what_it_hides() {
    let mut state = night(120, 32);
    state.view.filter.text = "paymnets".into();
    state.fleet.shown.clear();
    let text = screen(&state, 120, 32);
    assert!(text.contains("2 Apps 0/41  /paymnets"), "{text}");
    assert!(text.contains("No app matches \"paymnets\"."), "{text}");
    assert!(text.contains("41 apps are hidden by this filter."), "{text}");
}

#[test]
fn the_filter_line_shows_what_may_come_next_and_what_is_not_understood() {
    for (width, height) in [(160, 45), (80, 24), (60, 20)] {
        let mut state = night(width, height);
        state.view.filter.editing = true;
        state.view.filter.text = "cluster:prod-* not ok au".into();
        let text = screen(&state, width, height);
        if width == 80 {
            insta::assert_snapshot!("filter", without_hints(&text));
        }
        assert!(text.contains("/ cluster:prod-* not ok au_") && text.contains(" apps "), "{text}");
        assert!(text.contains("auto:") && text.contains("auto-sync"), "{text}");
        state.view.filter.text = "app:payments or (health:degraded and since<1dd)".into();
        state.view.filter.problem = crate::app::filter::parse(&state.view.filter.text).problem;
        let text = screen(&state, width, height);
        assert!(text.contains("since<1dd      a time looks like 30s, 5m, 2h or 3d"), "{text}");
        if width == 80 {
            insta::assert_snapshot!("filter-roles", style_map(&state, width, height));
        }
    }
}

#[test]
fn ascii_screens_hold_nothing_but_ascii() {
    let theme = theme().with_ascii(true);
    let text = rows(&buffer(&night(160, 45), 160, 45, &theme)).join("\n");
    let odd: Vec<char> = text.chars().filter(|c| !c.is_ascii()).collect();
    assert!(odd.is_empty(), "{odd:?}");
    assert!(text.contains("web 3.8.0 to 3.."), "cut text ends in two dots: {text}");
}

/// All but the hint row, which follows the action table.
fn without_hints(text: &str) -> String {
    let count = text.lines().count();
    text.lines().take(count.saturating_sub(1).max(1)).map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// The lower half: Details.
fn lower(text: &str) -> String {
    let count = text.lines().count();
    let start = text.lines().position(|l| l.contains("┌─ 3 ") || l.contains("┏━ 3 ")).unwrap_or(0);
    text.lines().take(count - 1).skip(start).collect::<Vec<_>>().join("\n")
}

#[test]
fn only_broken_apps_stand_under_also_broken() {
    let state = night(160, 45);
    let text = screen(&state, 160, 45);
    let beside: Vec<String> = text.lines().skip_while(|l| !l.contains("ALSO BROKEN")).map(|l| l.chars().skip(105).collect()).collect();
    let others = beside.iter().position(|l| l.contains("OTHERS")).unwrap();
    assert!(beside[1..others].iter().all(|l| l.contains('✗')), "{beside:#?}");
    assert!(beside[others..].iter().any(|l| l.contains('✓') && l.contains("stage-eu")), "{beside:#?}");
    let also = screen(&state, 120, 32).lines().find(|l| l.contains(" also ")).unwrap().to_owned();
    assert!(also.contains("✗ payments prod-us") && !also.contains('✓'), "{also}");
}

#[test]
fn apps_that_one_source_holds_up_stand_under_same_cause_and_not_as_one_app() {
    use crate::domain::ids::SourceId;
    let mut state = night(160, 45);
    let fed = |name: &str, namespace: &str| {
        let mut row =
            super::fixture::row(name, "prod-eu", "kust", ("Unknown", "Healthy"), ("4f2c91d", "5m"), "source app: fetch fails 26m, auth");
        let id =
            SourceId { cluster: row.app.id.cluster.clone(), kind: "GitRepository".into(), namespace: namespace.into(), name: "app".into() };
        row.verdict.outside = Some(crate::domain::verdict::Outside::Source(id));
        row
    };
    let rows = vec![fed("till-one", "team-a"), fed("till-two", "team-a"), fed("till-three", "team-b")];
    state.view.app = Some(rows[0].app.id.clone());
    super::fixture::add_rows(&mut state, rows);
    let text = screen(&state, 160, 45);
    let beside: Vec<String> = text.lines().skip_while(|l| !l.contains("SAME CAUSE")).map(|l| l.chars().skip(105).collect()).collect();
    assert!(beside.get(1).is_some_and(|l| l.contains("till-two")), "{text}");
    assert!(!beside.iter().any(|l| l.contains("till-three") || l.contains("SAME APP")), "{beside:#?}");
}

#[test]
fn a_namespace_without_apps_is_named_and_nothing_claims_that_all_were_asked() {
    let mut state = night(120, 32);
    for id in state.fleet.rows.keys().cloned().collect::<Vec<_>>() {
        state.fleet.rows.remove(&id);
    }
    state.fleet.shown.clear();
    let before = screen(&state, 120, 32);
    assert!(before.contains("(all namespaces asked)") && !before.contains("-n is where"), "{before}");
    state.settings.namespace = Some("shopp".into());
    let text = screen(&state, 120, 32);
    assert!(text.contains("No app lives in namespace shopp") && text.contains("(namespace shopp asked)"), "{text}");
    assert!(!text.contains("all namespaces asked"), "{text}");
}
