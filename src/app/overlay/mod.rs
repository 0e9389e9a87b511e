//! Things on top of the screen, one file each; the topmost takes the keys.

pub mod acknowledge;
pub mod confirm;
pub mod help;
pub mod keys;
pub mod palette;
pub mod picker;

use crate::domain::Timestamp;
use crate::domain::ids::TaskId;
use confirm::Confirm;

#[derive(Clone, Debug)]
pub enum Overlay {
    Confirm(Box<Confirm>),
    /// A running or ended task.
    Progress(TaskId),
    Help(help::Help),
    Palette(palette::Palette),
    Notices(Scrolled),
    Journal(Scrolled),
    /// The theme under the cursor is shown behind; `before` is put back on Esc.
    Themes {
        cursor: usize,
        before: String,
    },
    Picker(picker::Picker),
    /// Clusters as a list where the screen has only the strip.
    Clusters {
        cursor: usize,
    },
    /// Log of the failing pod; text lives in `fleet.detail.log`.
    Log(LogView),
    /// A message that must be read: title, text, and what the keys do.
    Message {
        title: String,
        lines: Vec<String>,
    },
    /// Note for an acknowledgement.
    Acknowledge(acknowledge::Acknowledge),
    /// Sort order and columns of the list of apps.
    Order {
        cursor: usize,
    },
    /// Named filters; `naming` = the name that the present one is to be saved under, while it is typed.
    Views {
        cursor: usize,
        naming: Option<String>,
    },
    /// Which context reaches a destination of Argo CD.
    Map {
        target: super::mapping::Target,
        cursor: usize,
    },
    /// What can be copied of what is under the cursor.
    Copy {
        cursor: usize,
    },
    /// Which repository of an app is rolled back.
    Repositories {
        app: crate::domain::ids::AppId,
        cursor: usize,
    },
    /// All actions of this row, off ones with the reason.
    Actions {
        cursor: usize,
    },
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Scrolled {
    pub cursor: usize,
    pub open: bool,
}

#[derive(Clone, Debug, Default)]
pub struct LogView {
    /// First line shown, counted from the top; `None` = at the end.
    pub top: Option<usize>,
    pub wrap: bool,
    pub search: String,
    pub searching: bool,
    pub opened_at: Option<Timestamp>,
    /// The run before was asked for with `p`, and has not come yet.
    pub is_previous_asked: bool,
}
