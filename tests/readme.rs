//! The README's tables are those of the code. `DRIFTDECK_WRITE_README=1 cargo test --test readme` rewrites them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use driftdeck::app::keymap::{BINDINGS, Layer};
use driftdeck::app::overlay::keys::TABLES;
use driftdeck::config::reference;
use driftdeck::theme::Theme;

fn path() -> String {
    format!("{}/README.md", env!("CARGO_MANIFEST_DIR"))
}

/// The text between the two marks of a part, without them.
fn part<'a>(text: &'a str, name: &str) -> &'a str {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let rest = text.split_once(&open).unwrap_or_else(|| panic!("the README has no part {name}")).1;
    rest.split_once(&close).unwrap_or_else(|| panic!("the part {name} does not end")).0
}

/// Compares a part with what the code says, or writes it.
fn same(name: &str, wanted: &str) {
    let text = std::fs::read_to_string(path()).unwrap();
    let found = part(&text, name);
    if found == wanted {
        return;
    }
    if std::env::var_os("DRIFTDECK_WRITE_README").is_some() {
        let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
        let new = text.replacen(&format!("{open}{found}{close}"), &format!("{open}{wanted}{close}"), 1);
        std::fs::write(path(), new).unwrap();
        return;
    }
    panic!("the README's {name} differ from the code; DRIFTDECK_WRITE_README=1 writes them. They should be:\n{wanted}");
}

fn keys() -> String {
    let mut out = String::new();
    for (layer, title) in [
        (Layer::Main, "Main screen"),
        (Layer::Details, "In Details"),
        (Layer::Strip, "On the line of clusters"),
        (Layer::Diff, "Diff"),
        (Layer::Rollback, "Roll back"),
        (Layer::Timeline, "Timeline"),
        (Layer::Matrix, "Matrix"),
        (Layer::Drift, "Drift groups"),
    ] {
        out.push_str(&format!("| {title} | |\n|---|---|\n"));
        for binding in BINDINGS.iter().filter(|b| b.layer == layer) {
            let keys: Vec<String> = binding.keys.iter().map(|k| format!("`{}`", k.replace('|', "\\|"))).collect();
            out.push_str(&format!("| {} | {} |\n", keys.join(" "), binding.help.unwrap_or(binding.action.help).replace('|', "\\|")));
        }
        out.push('\n');
    }
    for table in TABLES {
        out.push_str(&format!("| {} | |\n|---|---|\n", table.title));
        for (keys, help) in table.keys {
            let keys: Vec<String> = keys.iter().map(|k| format!("`{k}`")).collect();
            out.push_str(&format!("| {} | {help} |\n", keys.join(" ")));
        }
        out.push('\n');
    }
    out
}

fn config() -> String {
    let mut out = String::from("| key | default | meaning |\n|---|---|---|\n");
    for field in reference::FIELDS {
        out.push_str(&format!("| `{}` | `{}` | {} |\n", field.key, field.default, field.doc));
    }
    out
}

#[test]
fn the_tables_of_the_readme_are_those_of_the_code() {
    // One test: both rewrite the same file.
    same("keys", &keys());
    same("config", &config());
    same("themes", &format!("{}.\n", Theme::names(&[]).iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")));
}

#[test]
fn every_picture_the_readme_shows_is_there() {
    let text = std::fs::read_to_string(path()).unwrap();
    let pictures: Vec<&str> = text.split("](screenshots/").skip(1).filter_map(|rest| rest.split_once(')')).map(|(name, _)| name).collect();
    assert!(!pictures.is_empty());
    for name in pictures {
        let file = format!("{}/screenshots/{name}", env!("CARGO_MANIFEST_DIR"));
        assert!(std::path::Path::new(&file).is_file(), "{name} is not in screenshots/");
    }
}

#[test]
fn every_subcommand_is_in_the_readme() {
    use clap::CommandFactory;
    let text = std::fs::read_to_string(path()).unwrap();
    for command in driftdeck::cli::args::Cli::command().get_subcommands() {
        let name = command.get_name();
        assert!(text.contains(&format!("driftdeck {name}")) || text.contains(&format!("| `{name}")), "the README does not name {name}");
    }
}
