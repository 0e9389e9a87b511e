//! A filter in the colours of its parts.

use crate::app::filter::{Kind, parse};
use crate::theme::Role;
use crate::ui::runs::Runs;

fn role(kind: Kind) -> Role {
    match kind {
        Kind::Field => Role::HintKey,
        Kind::Value | Kind::Text => Role::Strong,
        Kind::Word => Role::Busy,
        Kind::Join => Role::Muted,
        Kind::Wrong => Role::FieldError,
    }
}

/// The text as it was typed, the part that is not understood underlined.
pub fn coloured(text: &str) -> Runs {
    let spans = parse(text).spans;
    let mut out = Runs::new();
    for (i, c) in text.chars().enumerate() {
        let kind = spans.iter().find(|s| s.at.contains(&i)).map(|s| s.kind);
        out.push(kind.map_or(Role::Text, role), c.to_string());
    }
    out
}
