//! What a piece of the screen means.

/// Declares the roles once: variant, and the name a theme file uses.
macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What a piece of the screen means; a theme gives each a style.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role {
            $($(#[$doc])* $variant,)*
        }
        impl Role {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// The name in theme files.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

roles! {
    /// Everything without a role of its own; its background, if it has one, fills the screen.
    Text = "text",
    Muted = "muted",
    Strong = "strong",
    Title = "title",
    TitleFocus = "title.focus",
    Border = "border",
    BorderFocus = "border.focus",
    /// Column headings.
    Header = "header",
    HintKey = "hint.key",
    HintText = "hint.text",
    Ok = "status.ok",
    Drift = "status.drift",
    Busy = "status.busy",
    Bad = "status.bad",
    Held = "status.held",
    Missing = "status.missing",
    Unknown = "status.unknown",
    /// `!`: forbidden, login, late.
    Attention = "status.attention",
    /// Laid over a row whose cluster is not live.
    Stale = "row.stale",
    /// Laid over a row that changed less than 2 s ago.
    Changed = "row.changed",
    /// Laid over the row under the cursor.
    Cursor = "row.cursor",
    /// The gutter of the row under the cursor.
    CursorGutter = "row.cursor.gutter",
    Mark = "row.mark",
    New = "row.new",
    Acked = "row.acked",
    DiffAdded = "diff.added",
    DiffRemoved = "diff.removed",
    /// Laid over the words that differ.
    DiffEmphasis = "diff.emphasis",
    DiffHunk = "diff.hunk",
    Danger = "danger",
    Protected = "protected",
    /// Laid over text found by a search.
    Found = "found",
    Button = "button",
    ButtonFocus = "button.focus",
    ButtonOff = "button.off",
    Field = "field",
    FieldError = "field.error",
    TabActive = "tab.active",
    Tab = "tab",
    Demo = "mode.demo",
    Writes = "mode.writes",
    ReadOnly = "mode.read_only",
}
