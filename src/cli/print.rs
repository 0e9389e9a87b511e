//! Writing to standard output and standard error, either of which may be closed or full.

use super::Failure;
use std::io::{ErrorKind, Write};

/// Prints the answer of a command. A reader that went away (`| head`) has what it wanted. Errors: 74 where the output cannot take it.
pub fn answer(text: &str) -> Result<(), Failure> {
    written(std::io::stdout().lock(), text)
}

fn written(mut out: impl Write, text: &str) -> Result<(), Failure> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(e) => Err(Failure { code: 74, text: format!("cannot write to standard output: {e}") }),
    }
}

/// A line beside the answer; nobody may be there to read it.
pub fn aside(text: &str) {
    let _ = writeln!(std::io::stderr(), "driftdeck: {text}");
}

/// Text beside the answer, as it is.
pub fn lines(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// A question that waits on the same line.
pub fn prompt(text: &str) {
    lines(text);
    let _ = std::io::stderr().flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Refuses(ErrorKind);

    impl Write for Refuses {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_went_away_is_no_error_and_a_full_disk_is_one() {
        assert!(written(Refuses(ErrorKind::BrokenPipe), "rows").is_ok());
        assert_eq!(written(Refuses(ErrorKind::StorageFull), "rows").unwrap_err().code, 74);
    }
}
