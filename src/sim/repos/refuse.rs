//! Server-side hooks: remotes that say no.

use std::io;
use std::path::Path;

/// How the remote refuses a push to `main`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Changes come by pull request only.
    Protected,
    /// A hook wants something in the subject.
    Ticket,
}

pub fn install(dir: &Path, refusal: Refusal) -> io::Result<()> {
    let script = match refusal {
        Refusal::Protected => {
            "#!/bin/sh\nwhile read -r old new ref; do\n  if [ \"$ref\" = refs/heads/main ]; then\n    \
             echo 'GH006: Protected branch update failed for refs/heads/main.' >&2\n    \
             echo 'main takes changes by pull request only.' >&2\n    exit 1\n  fi\ndone\n"
        }
        Refusal::Ticket => {
            "#!/bin/sh\nwhile read -r old new ref; do\n  subject=$(git log -1 --format=%s \"$new\")\n  case \"$subject\" in\n    \
             *[A-Z][A-Z]*-[0-9]*) ;;\n    *) echo 'subject needs a ticket, like OPS-123' >&2; exit 1 ;;\n  esac\ndone\n"
        }
    };
    std::fs::create_dir_all(dir.join("hooks"))?;
    let path = dir.join("hooks/pre-receive");
    std::fs::write(&path, script)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
