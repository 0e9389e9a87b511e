//! The journal as it is shown. The file holds a line for each change of an outcome; on the screen they are one row a request.

use crate::domain::Timestamp;
use crate::domain::journal::JournalEntry;
use std::collections::HashMap;

/// One request: when it was asked for, and the newest line of it.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub asked_at: Timestamp,
    pub last: &'a JournalEntry,
}

/// Newest request first; a later line takes the place of the earlier ones of its request.
pub fn rows(journal: &[JournalEntry]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row> = Vec::with_capacity(journal.len());
    let mut known: HashMap<(&str, u64, &str), usize> = HashMap::new();
    for entry in journal {
        // Two programs may count their tasks alike; a request has its own id, and what was never sent has no task.
        let request = (entry.plan.request_id.as_str(), entry.task, entry.host.as_str());
        match known.get(&request).and_then(|at| rows.get_mut(*at)).filter(|_| entry.task > 0) {
            Some(row) => row.last = entry,
            None => {
                known.insert(request, rows.len());
                rows.push(Row { asked_at: entry.at, last: entry });
            }
        }
    }
    rows.reverse();
    rows
}
