//! Every key and action, searchable; Enter runs the line.

#[derive(Clone, Debug, Default)]
pub struct Help {
    pub search: String,
    pub searching: bool,
    pub cursor: usize,
}
