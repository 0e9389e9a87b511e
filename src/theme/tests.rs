use super::*;
use ratatui::style::{Color, Modifier, Style};

const STATUSES: [Role; 8] = [Role::Ok, Role::Drift, Role::Busy, Role::Bad, Role::Held, Role::Missing, Role::Unknown, Role::Attention];

fn all(depth: Depth) -> impl Iterator<Item = Theme> {
    BUILTIN.iter().map(move |(name, _)| Theme::load(name, &[], depth).unwrap())
}

fn luminance(colour: Color) -> Option<f64> {
    let Color::Rgb(r, g, b) = colour else { return None };
    let part = |v: u8| {
        let v = f64::from(v) / 255.0;
        if v <= 0.039_28 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    };
    Some(0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b))
}

fn contrast(a: Color, b: Color) -> Option<f64> {
    let (a, b) = (luminance(a)?, luminance(b)?);
    Some((a.max(b) + 0.05) / (a.min(b) + 0.05))
}

#[test]
fn every_theme_sets_every_role_itself_or_by_what_it_inherits() {
    for (name, text) in BUILTIN {
        let mut seen = std::collections::BTreeSet::new();
        let mut next = Some((*text).to_owned());
        while let Some(text) = next {
            let file: file::ThemeFile = serde_yaml::from_str(&text).unwrap();
            seen.extend(file.roles.keys().cloned());
            next = file.inherits.map(|p| BUILTIN.iter().find(|(n, _)| *n == p).unwrap().1.to_owned());
        }
        for role in Role::ALL {
            assert!(seen.contains(role.name()), "{name} leaves {} to chance", role.name());
        }
    }
}

#[test]
fn no_two_statuses_look_alike_in_any_theme_and_mono_uses_no_colour() {
    for theme in all(Depth::True) {
        for (i, a) in STATUSES.iter().enumerate() {
            for b in &STATUSES[i + 1..] {
                assert_ne!(theme.style(*a), theme.style(*b), "{}: {a:?} and {b:?}", theme.name);
            }
        }
    }
    let mono = Theme::load("mono", &[], Depth::True).unwrap();
    for role in Role::ALL {
        let style = mono.style(*role);
        assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
    }
}

#[test]
fn colours_of_dark_and_light_themes_read_on_their_ground() {
    let frame = [Role::Border, Role::ButtonOff];
    for theme in all(Depth::True).filter(|t| t.ground != Ground::Any) {
        let ground = theme.style(Role::Text).bg.unwrap();
        let wanted = if theme.name.starts_with("high-contrast") { 7.0 } else { 4.5 };
        for role in Role::ALL.iter().filter(|r| !frame.contains(r)) {
            let style = theme.style(*role);
            let Some(fg) = style.fg else { continue };
            let got = contrast(fg, style.bg.unwrap_or(ground)).unwrap();
            assert!(got >= wanted, "{} {role:?}: {got:.1} to 1, wanted {wanted}", theme.name);
        }
        assert_eq!(luminance(ground).unwrap() < 0.2, theme.ground == Ground::Dark, "{}", theme.name);
    }
}

#[test]
fn the_default_theme_never_paints_white_text_or_a_background_over_the_screen() {
    let theme = Theme::load("terminal", &[], Depth::True).unwrap();
    for role in Role::ALL {
        let style = theme.style(*role);
        assert_ne!(style.fg, Some(Color::White), "{role:?}");
        assert!(style.bg.is_none() || *role == Role::Found, "{role:?} paints a background");
    }
}

#[test]
fn a_depth_without_truecolor_gets_no_rgb() {
    for depth in [Depth::Indexed, Depth::Ansi, Depth::None] {
        for theme in all(depth) {
            for role in Role::ALL {
                let style = theme.style(*role);
                assert!(![style.fg, style.bg].iter().any(|c| matches!(c, Some(Color::Rgb(..)))), "{} {role:?}", theme.name);
                assert!(depth != Depth::None || (style.fg, style.bg) == (None, None), "{} {role:?}", theme.name);
            }
        }
    }
    let theme = Theme::load("driftdeck-dark", &[], Depth::Ansi).unwrap();
    assert_eq!(theme.style(Role::Bad).fg, Some(Color::Red));
    assert_eq!(theme.style(Role::Ok).fg, Some(Color::Green));
    assert_eq!(theme.style(Role::Text).bg, Some(Color::Black));
}

#[test]
fn an_unknown_theme_names_the_nearest() {
    let error = Theme::load("driftdeck-drak", &[], Depth::True).unwrap_err();
    assert_eq!(error.to_string(), "There is no theme \"driftdeck-drak\"; did you mean \"driftdeck-dark\"?");
    let error = Theme::load("zzz", &[], Depth::True).unwrap_err();
    assert_eq!(error.to_string(), "There is no theme \"zzz\".");
}

#[test]
fn a_users_theme_overrides_single_roles_and_may_carry_the_name_it_inherits_from() {
    let mine = ("mono".to_owned(), "name: mono\ninherits: mono\nroles:\n  status.ok: '#00ff00 italic'\n".to_owned());
    let theme = Theme::load("mono", &[mine], Depth::True).unwrap();
    assert_eq!(theme.style(Role::Ok), Style::new().fg(Color::Rgb(0, 255, 0)).add_modifier(Modifier::ITALIC));
    assert_eq!(theme.style(Role::Drift), Style::new().add_modifier(Modifier::BOLD));
}

#[test]
fn a_broken_theme_says_which_role_or_colour() {
    let with = |roles: &str| {
        let text = format!("name: x\nroles:\n  {roles}\n");
        Theme::load("x", &[("x".to_owned(), text)], Depth::True).unwrap_err().to_string()
    };
    assert!(with("status.okay: red").contains("did you mean \"status.ok\"?"));
    assert!(with("status.ok: reddish").contains("\"reddish\" is no colour"));
    let looped = ("x".to_owned(), "name: x\ninherits: x\n".to_owned());
    assert!(Theme::load("x", &[looped], Depth::True).is_err());
}

#[test]
fn ascii_has_a_stand_in_for_each_sign_and_leaves_other_text_alone() {
    let theme = Theme::fallback().with_ascii(true);
    assert_eq!(theme.shown("✓ ⇣4 ┏━┓ naïve"), "+ -4 #=# naïve");
    assert_eq!(theme.sign(Sign::Cut), "..");
    for sign in [Sign::Ok, Sign::Drift, Sign::Busy, Sign::Bad, Sign::Held, Sign::Missing, Sign::Open, Sign::Behind] {
        assert!(theme.sign(sign).is_ascii() && theme.sign(sign) != " ");
    }
}
