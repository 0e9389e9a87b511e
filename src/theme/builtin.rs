//! The themes that come with the program, in the order they are listed.

/// (name, text of the file).
pub const BUILTIN: &[(&str, &str)] = &[
    ("terminal", include_str!("../../themes/terminal.yaml")),
    ("terminal-light", include_str!("../../themes/terminal-light.yaml")),
    ("driftdeck-dark", include_str!("../../themes/driftdeck-dark.yaml")),
    ("driftdeck-light", include_str!("../../themes/driftdeck-light.yaml")),
    ("colourblind-dark", include_str!("../../themes/colourblind-dark.yaml")),
    ("colourblind-light", include_str!("../../themes/colourblind-light.yaml")),
    ("high-contrast-dark", include_str!("../../themes/high-contrast-dark.yaml")),
    ("high-contrast-light", include_str!("../../themes/high-contrast-light.yaml")),
    ("mono", include_str!("../../themes/mono.yaml")),
];
