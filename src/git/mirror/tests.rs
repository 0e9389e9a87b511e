use super::super::log;
use super::super::testing::Lab;
use super::*;

#[tokio::test]
async fn a_mirror_is_private_follows_the_remote_and_forgets_gone_branches() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::new().await;
    lab.commit("a.yaml", "a: 1\n", "one");
    lab.git(&["branch", "old"]);
    lab.push();
    let mirror = lab.mirror().await;
    assert_eq!(std::fs::metadata(mirror.dir()).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(mirror.size().await > 100);
    assert!(log::resolve(&mirror, "old").is_ok());
    lab.git(&["push", "-q", "origin", ":old"]);
    lab.git(&["branch", "-q", "-D", "old"]);
    lab.git(&["commit", "-q", "--amend", "-m", "rewritten"]);
    lab.git(&["push", "-q", "--force", "origin", "main"]);
    lab.git(&["tag", "v1"]);
    lab.push();
    mirror.fetch().await.unwrap();
    assert_eq!(log::resolve(&mirror, "old").unwrap_err().class, GitClass::Missing);
    assert_eq!(log::log(&mirror, "main", 5).unwrap()[0].subject, "rewritten", "a forced push is followed");
    assert_eq!(log::resolve(&mirror, "v1").unwrap(), lab.git(&["rev-parse", "HEAD"]));
}

#[tokio::test]
async fn a_corrupt_or_unfinished_mirror_is_made_anew() {
    let lab = Lab::new().await;
    let tip = lab.commit("a.yaml", "a: 1\n", "one");
    lab.push();
    let dir = lab.mirror().await.dir().to_owned();
    for file in walk(&dir.join("objects")) {
        std::fs::remove_file(file).unwrap();
    }
    assert!(Mirror::open(&lab.program, &lab.cache(), &RepoId::from_url(&lab.url()), &lab.url()).await.is_none());
    assert_eq!(log::resolve(&lab.mirror().await, "main").unwrap(), tip);
    std::fs::write(dir.join(UNFINISHED), "").unwrap();
    assert_eq!(log::log(&lab.mirror().await, "main", 1).unwrap()[0].id, tip);
    std::fs::remove_file(dir.join("HEAD")).unwrap();
    assert_eq!(log::log(&lab.mirror().await, "main", 1).unwrap()[0].id, tip);
}

#[tokio::test]
async fn a_mirror_that_breaks_while_open_heals_at_the_next_fetch() {
    let lab = Lab::new().await;
    lab.commit("a.yaml", "a: 1\n", "one");
    lab.push();
    let mirror = lab.mirror().await;
    for file in walk(&mirror.dir().join("objects")) {
        std::fs::remove_file(file).unwrap();
    }
    std::fs::remove_file(mirror.dir().join("HEAD")).unwrap();
    let tip = lab.commit("a.yaml", "a: 2\n", "two");
    lab.push();
    mirror.fetch().await.unwrap();
    assert_eq!(log::log(&mirror, "main", 2).unwrap()[0].id, tip);
    assert_eq!(log::log(&mirror, "main", 2).unwrap().len(), 2);
}

#[tokio::test]
async fn a_mirror_without_objects_is_not_opened_and_renewing_brings_them_back() {
    let lab = Lab::new().await;
    lab.commit("a.yaml", "a: 1\n", "one");
    let tip = lab.commit("a.yaml", "a: 2\n", "two");
    lab.push();
    let mirror = lab.mirror().await;
    for file in walk(&mirror.dir().join("objects")) {
        std::fs::remove_file(file).unwrap();
    }
    let again = Mirror::open(&lab.program, &lab.cache(), mirror.id(), mirror.url()).await;
    assert!(again.is_none());
    mirror.renew().await.unwrap();
    assert_eq!(log::log(&mirror, "main", 5).unwrap()[0].id, tip);
    assert_eq!(mirror.blocking(|m| log::log(m, "main", 5)).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_clone_that_grows_too_large_stops_and_one_that_is_dropped_leaves_nothing_usable() {
    let lab = Lab::new().await;
    lab.commit("a.yaml", "a: 1\n", "one");
    lab.push();
    let slow = super::super::testing::script(lab.path(), "slow-ssh", "exec sleep 30");
    let git = lab.git_with(&[("GIT_SSH_COMMAND", &slow.to_string_lossy())]).await;
    let (id, url) = (RepoId::from_url("git@git.example.com:acme/slow.git"), "git@git.example.com:acme/slow.git");
    let large = Mirror::open_or_clone(&git, &lab.cache(), &id, url, Some(1)).await.err().unwrap();
    assert_eq!(large.class, GitClass::TooLarge);
    let cache = lab.cache();
    let clone = Mirror::open_or_clone(&git, &cache, &id, url, None);
    assert!(tokio::time::timeout(Duration::from_millis(300), clone).await.is_err());
    assert!(Mirror::open(&git, &lab.cache(), &id, url).await.is_none());
}

#[tokio::test]
async fn two_programs_may_open_and_fetch_at_once_and_stale_lock_files_do_not_block() {
    let lab = Lab::new().await;
    lab.commit("a.yaml", "a: 1\n", "one");
    lab.push();
    let (one, two) = tokio::join!(lab.mirror(), lab.mirror());
    lab.commit("a.yaml", "a: 2\n", "two");
    lab.push();
    std::fs::write(one.dir().join("packed-refs.lock"), "").unwrap();
    std::fs::write(one.dir().join("refs/heads/main.lock"), "").unwrap();
    let (a, b) = tokio::join!(one.fetch(), two.fetch());
    a.unwrap();
    b.unwrap();
    assert_eq!(log::log(&two, "main", 9).unwrap().len(), 2);
}

fn walk(dir: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        if entry.path().is_dir() {
            out.extend(walk(&entry.path()));
        } else {
            out.push(entry.path());
        }
    }
    out
}
