use super::*;
use crate::sim::ids;
use std::process::Command;

fn start() -> Timestamp {
    "2026-11-24T03:12:40Z".parse().unwrap()
}

fn git(repos: &Repos, args: &[&str]) -> String {
    let output = Command::new("git").arg("--git-dir").arg(repos.dir("fleet")).args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_night_has_the_commits_of_the_screens_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let repos = Repos::build(dir.path(), start(), Story::Night).unwrap();
    git(&repos, &["fsck", "--strict"]);
    let log = git(&repos, &["log", "--first-parent", "--format=%an|%s", "-7", "main"]);
    let want = [
        "image-bot|chore: web 3.8.0 to 3.8.1",
        "Dana Osei|Merge #812: payments pool 20 to 200",
        "image-bot|chore: payments 2.13.4 to 2.14.0",
        "Lena Fuchs|cost-centre label on every app (#811)",
        "Ravi Menon|netpol: default deny for payments and orders",
        "Ravi Menon|web: cache headers for static files",
        "Ravi Menon|Roll back #797",
    ];
    assert_eq!(log.lines().collect::<Vec<_>>(), want);
    assert_eq!(git(&repos, &["rev-list", "--parents", "-1", &repos.id("9d1e07b")]).split(' ').count(), 3);
    assert_eq!(git(&repos, &["diff", "--name-only", &format!("{}^", repos.id("0b6f552")), &repos.id("0b6f552")]).lines().count(), 38);
    let behind = git(&repos, &["rev-list", "--count", "--first-parent", &format!("{}..main", repos.id("51d0c3e"))]);
    assert_eq!(behind, "19");
    assert_eq!(repos.resolve(&Repos::url("policies"), "v2.3").unwrap(), repos.id("a90f1e2"));
}

#[test]
fn ids_are_the_same_for_the_same_start() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let at = std::time::Instant::now();
    let one = Repos::build(a.path(), start(), Story::Night).unwrap();
    eprintln!("repositories built in {:?}", at.elapsed());
    let two = Repos::build(b.path(), start(), Story::Night).unwrap();
    assert_eq!(one.id("4f2c91d"), two.id("4f2c91d"));
    assert_eq!(one.id("4f2c91d").len(), 40);
}

#[test]
fn the_merge_lands_on_whatever_main_is_and_a_later_bump_conflicts_with_the_earlier() {
    let dir = tempfile::tempdir().unwrap();
    let repos = Repos::build(dir.path(), start(), Story::Before).unwrap();
    repos.land("fleet", &Landing::WebBump(2), start()).unwrap();
    let merge = repos.land("fleet", &Landing::BadMerge, ids::later(start(), 20)).unwrap();
    assert_eq!(repos.resolve(&Repos::url("fleet"), "main").unwrap(), merge);
    assert_eq!(
        git(&repos, &["diff", "--stat", "--format=", &format!("{merge}^1"), &merge]).lines().last().unwrap().trim(),
        "3 files changed, 3 insertions(+), 3 deletions(-)"
    );
    repos.land("fleet", &Landing::PaymentsBump(1), ids::later(start(), 24)).unwrap();
    let tree = repos.tree(&Repos::url("fleet"), &repos.id("61c03aa")).unwrap();
    assert!(tree.file(history::PAYMENTS_IMAGES).unwrap().contains("newTag: \"2.14.1\" # {\"$imagepolicy\": \"flux-system:payments:tag\"}"));
}

#[test]
fn a_protected_remote_refuses_a_push_in_its_own_words_and_shop_wants_a_login() {
    let dir = tempfile::tempdir().unwrap();
    let repos = Repos::build(dir.path(), start(), Story::Before).unwrap();
    let env = repos.write_git_config("http://127.0.0.1:1/").unwrap();
    repos.refuse("fleet", Refusal::Protected).unwrap();
    let url = Repos::url("fleet");
    let run = |args: &[&str]| Command::new("git").args(args).envs(env.clone()).current_dir(dir.path()).output().unwrap();
    assert!(run(&["clone", "-q", &url, "work"]).status.success());
    assert!(run(&["-C", "work", "commit", "-q", "--allow-empty", "-m", "x"]).status.success());
    let push = run(&["-C", "work", "push", "-q", "origin", "main"]);
    assert!(!push.status.success());
    assert!(String::from_utf8_lossy(&push.stderr).contains("pull request only"), "{push:?}");
    assert!(matches!(repos.resolve(&Repos::url("shop"), "main"), Err(RepoError::Auth(_))));
    assert!(matches!(repos.resolve(&Repos::url("nothing"), "main"), Err(RepoError::Missing(_))));
}
