use super::super::testing::{Lab, script};
use super::super::{Git, revert};
use super::*;
use crate::domain::repo::RepoId;
use std::sync::Mutex;

const BASE: &str = "name: web\n\n\npool: 20\n";

/// A remote with one bad commit, and the plan that undoes it.
async fn planned() -> (Lab, Mirror, RevertRequest) {
    let lab = Lab::new().await;
    lab.commit("a.yaml", BASE, "one");
    lab.commit("a.yaml", &BASE.replace("20", "200"), "pool");
    lab.push();
    let mirror = lab.mirror().await;
    let request = plan(&lab, &mirror);
    (lab, mirror, request)
}

fn plan(lab: &Lab, mirror: &Mirror) -> RevertRequest {
    let base = lab.remote_tip();
    let commits = vec![(base.clone(), None)];
    let preview = revert::preview(mirror, &base, &commits).unwrap();
    let (repo, url) = (RepoId::from_url(&lab.url()), lab.url());
    RevertRequest { repo, url, branch: "main".into(), base, commits, message: preview.message, tree: preview.tree }
}

async fn send(mirror: &Mirror, request: &RevertRequest) -> (Outcome, Vec<PushStep>) {
    let steps = Mutex::new(Vec::new());
    let outcome = push_within(mirror, request, &|step| steps.lock().unwrap().push(step), Duration::from_secs(20)).await;
    (outcome, steps.into_inner().unwrap())
}

async fn check_of(mirror: &Mirror, request: &RevertRequest) -> (Outcome, Vec<PushStep>) {
    let steps = Mutex::new(Vec::new());
    let outcome = check(mirror, request, &|step| steps.lock().unwrap().push(step)).await;
    (outcome, steps.into_inner().unwrap())
}

fn reason(outcome: &Outcome) -> (Option<FailClass>, &str) {
    match outcome {
        Outcome::Failed { class, reason } => (Some(*class), reason),
        Outcome::Refused { reason } | Outcome::Unknown { reason } => (None, reason),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_revert_arrives_with_the_operators_identity_and_the_steps_are_told() {
    let (lab, mirror, request) = planned().await;
    let (checked, who) = check_of(&mirror, &request).await;
    assert_eq!(checked, Outcome::Sent { commit: None });
    let sam = Author { by: "Sam Test <sam@example.com>".into(), signed: None };
    assert_eq!(who, [PushStep::By { author: sam.clone() }]);
    assert_eq!(lab.remote_tip(), request.base, "a check writes nothing");
    let (outcome, steps) = send(&mirror, &request).await;
    let tip = lab.remote_tip();
    assert_eq!(outcome, Outcome::Sent { commit: Some(tip.clone()) });
    assert_eq!(lab.at_remote(&["show", "main:a.yaml"]), BASE.trim_end());
    let written = lab.at_remote(&["log", "-1", "--format=%an <%ae>|%cn|%P|%B", "main"]);
    assert_eq!(
        written,
        format!("Sam Test <sam@example.com>|Sam Test|{}|Revert \"pool\"\n\nThis reverts commit {}.", request.base, request.base)
    );
    let names: Vec<String> = steps.iter().map(|s| format!("{s:?}").split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(names, ["Fetched", "Stored", "Pushing", "Done"]);
    assert!(steps.contains(&PushStep::Stored { commit: tip, author: sam, mirror: mirror.dir().to_owned() }), "{steps:?}");
}

#[tokio::test]
async fn a_moved_branch_is_named_and_nothing_is_pushed() {
    let (lab, mirror, request) = planned().await;
    let other = lab.commit("b.yaml", "b\n", "somebody else");
    lab.push();
    let (outcome, steps) = send(&mirror, &request).await;
    let (class, words) = reason(&outcome);
    assert_eq!(class, Some(FailClass::Moved));
    assert_eq!(words, format!("main went {} -> {} (1 commit). Nothing was pushed.", short_rev(&request.base), short_rev(&other)));
    assert_eq!((lab.remote_tip(), steps.len()), (other, 0));
}

#[tokio::test]
async fn a_branch_that_moves_between_fetch_and_push_is_not_overwritten() {
    let (lab, mirror, request) = planned().await;
    let other = lab.commit("b.yaml", "b\n", "somebody else");
    let to_remote = format!("cd '{}' && git push -q origin main", lab.work().display());
    let pushed_first = |step: PushStep| {
        if let PushStep::Stored { .. } = step {
            assert!(std::process::Command::new("sh").arg("-c").arg(&to_remote).status().unwrap().success());
        }
    };
    let outcome = push(&mirror, &request, &pushed_first).await;
    assert_eq!(reason(&outcome).0, Some(FailClass::Moved), "{outcome:?}");
    assert!(reason(&outcome).1.contains(short_rev(&other)), "{outcome:?}");
    assert_eq!(lab.remote_tip(), other);
}

#[tokio::test]
async fn commits_that_somebody_takes_off_the_branch_meanwhile_are_not_brought_back() {
    let (lab, mirror, request) = planned().await;
    let older = lab.git(&["rev-parse", "HEAD~1"]);
    let rewound = |step: PushStep| {
        if let PushStep::Stored { .. } = step {
            lab.at_remote(&["update-ref", "refs/heads/main", &older]);
        }
    };
    let outcome = push(&mirror, &request, &rewound).await;
    assert_eq!(reason(&outcome).0, Some(FailClass::Moved), "{outcome:?}");
    assert!(reason(&outcome).1.contains("(rewritten)"), "{outcome:?}");
    assert_eq!(lab.remote_tip(), older);
}

#[tokio::test]
async fn a_hook_of_the_server_is_quoted() {
    let (lab, mirror, request) = planned().await;
    lab.hook("pre-receive", "echo 'subject needs a ticket, like OPS-123.' >&2; exit 1");
    let (outcome, steps) = send(&mirror, &request).await;
    assert_eq!(reason(&outcome), (Some(FailClass::Hook), "subject needs a ticket, like OPS-123. Not pushed."));
    assert!(steps.contains(&PushStep::Remote { line: "subject needs a ticket, like OPS-123.".into() }), "{steps:?}");
    lab.hook("pre-receive", "echo 'error: GH006: Protected branch update failed for refs/heads/main.' >&2; exit 1");
    let (outcome, _) = send(&mirror, &request).await;
    assert_eq!(reason(&outcome).0, Some(FailClass::Protected));
    assert_eq!(lab.remote_tip(), request.base);
}

#[tokio::test]
async fn a_refused_commit_is_kept_and_can_be_pushed_to_a_branch_of_its_own() {
    let (lab, mirror, request) = planned().await;
    lab.hook("pre-receive", "while read -r old new ref; do [ \"$ref\" != refs/heads/main ] || exit 1; done");
    let (outcome, steps) = send(&mirror, &request).await;
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    let stored = steps.iter().find_map(|s| if let PushStep::Stored { commit, mirror, .. } = s { Some((commit, mirror)) } else { None });
    let (commit, dir) = stored.unwrap();
    let args = ["-C", &dir.to_string_lossy(), "push", &request.url, &format!("{commit}:refs/heads/driftdeck/revert-x")].map(str::to_owned);
    assert!(std::process::Command::new("git").args(args).status().unwrap().success());
    assert_eq!(&lab.at_remote(&["rev-parse", "driftdeck/revert-x"]), commit);
}

#[tokio::test]
async fn without_an_identity_nothing_is_sent_and_the_remedy_is_named() {
    let (lab, _, request) = planned().await;
    let empty = lab.path().join("empty");
    std::fs::write(&empty, "").unwrap();
    let git = lab.git_with(&[("GIT_CONFIG_GLOBAL", &empty.to_string_lossy())]).await;
    let (outcome, _) = send(&lab.mirror_by(&git).await, &request).await;
    assert!(matches!(&outcome, Outcome::Refused { reason } if reason.contains("git config --global user.name")), "{outcome:?}");
    assert_eq!(lab.remote_tip(), request.base);
}

#[tokio::test]
async fn another_tree_than_the_previewed_one_is_refused() {
    let (lab, mirror, mut request) = planned().await;
    request.tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904".into();
    let (outcome, _) = send(&mirror, &request).await;
    assert!(matches!(&outcome, Outcome::Refused { reason } if reason.contains("plan again")), "{outcome:?}");
    for branch in ["main:refs/heads/x", "-x", ""] {
        request.branch = branch.into();
        assert!(matches!(send(&mirror, &request).await.0, Outcome::Refused { .. }), "{branch}");
    }
    assert_eq!(lab.remote_tip(), request.base);
}

/// A program that is git, but for pushes.
async fn git_whose_push(lab: &Lab, body: &str) -> Git {
    let dir = lab.path().join("bin");
    let real = "exec git \"$@\"";
    let path = script(&dir, "git-wrapper", &format!("for a in \"$@\"; do if [ \"$a\" = push ]; then\n{body}\nfi; done\n{real}"));
    Git::at(&path, &lab.program.env_pairs()).await.unwrap()
}

#[tokio::test]
async fn a_lost_reply_is_settled_by_asking_the_remote() {
    let (lab, _, request) = planned().await;
    let lost = "echo 'fatal: the remote end hung up unexpectedly' >&2; exit 128";
    let (outcome, steps) = send(&lab.mirror_by(&git_whose_push(&lab, lost).await).await, &request).await;
    assert_eq!(reason(&outcome).0, Some(FailClass::Unreachable));
    assert!(reason(&outcome).1.ends_with("it did not arrive."), "{outcome:?}");
    assert!(steps.contains(&PushStep::Asking));
    assert_eq!(lab.remote_tip(), request.base);
    let arrives = format!("git \"$@\" >/dev/null 2>&1; {lost}");
    let (outcome, _) = send(&lab.mirror_by(&git_whose_push(&lab, &arrives).await).await, &request).await;
    assert_eq!(outcome, Outcome::Sent { commit: Some(lab.remote_tip()) });
    assert_ne!(lab.remote_tip(), request.base);
}

#[tokio::test]
async fn when_the_remote_cannot_be_asked_or_may_still_answer_the_outcome_is_unknown() {
    let (lab, _, request) = planned().await;
    let hidden = lab.path().join("hidden.git");
    let vanish =
        format!("mv '{}' '{}'; echo 'fatal: the remote end hung up unexpectedly' >&2; exit 128", lab.remote().display(), hidden.display());
    let (outcome, _) = send(&lab.mirror_by(&git_whose_push(&lab, &vanish).await).await, &request).await;
    assert!(matches!(&outcome, Outcome::Unknown { reason } if reason.contains("asking the remote failed too")), "{outcome:?}");
    std::fs::rename(&hidden, lab.remote()).unwrap();
    let mirror = lab.mirror_by(&git_whose_push(&lab, "exec sleep 30").await).await;
    let outcome = push_within(&mirror, &request, &|_| {}, Duration::from_millis(300)).await;
    assert!(matches!(&outcome, Outcome::Unknown { reason } if reason.contains("look again")), "{outcome:?}");
}

#[tokio::test]
async fn a_commit_is_signed_when_the_operator_signs_and_a_broken_signer_sends_nothing() {
    let (lab, _, request) = planned().await;
    let signer = script(
        lab.path(),
        "signer",
        "cat >/dev/null; echo '[GNUPG:] SIG_CREATED x' >&2; printf -- '-----BEGIN PGP SIGNATURE-----\\nx\\n-----END PGP SIGNATURE-----\\n'",
    );
    let config =
        |program: &str| format!("[user]\nname = Sam\nemail = sam@example.com\n[commit]\ngpgsign = true\n[gpg]\nprogram = {program}\n");
    let file = lab.path().join("signing");
    let git = lab.git_with(&[("GIT_CONFIG_GLOBAL", &file.to_string_lossy())]).await;
    std::fs::write(&file, config("/bin/false")).unwrap();
    let (checked, who) = check_of(&lab.mirror_by(&git).await, &request).await;
    assert_eq!(checked, Outcome::Sent { commit: None }, "a trial does not ask the key");
    let signs = |format: &str| PushStep::By { author: Author { by: "Sam <sam@example.com>".into(), signed: Some(format.into()) } };
    assert_eq!(who, [signs("OpenPGP key")], "yet it says that the push will");
    std::fs::write(&file, config("/bin/false").replace("[gpg]", "[gpg]\nformat = ssh")).unwrap();
    assert_eq!(check_of(&lab.mirror_by(&git).await, &request).await.1, [signs("ssh key")]);
    std::fs::write(&file, config("/bin/false")).unwrap();
    let (outcome, _) = send(&lab.mirror_by(&git).await, &request).await;
    assert!(matches!(&outcome, Outcome::Refused { reason } if reason.contains("could not be signed")), "{outcome:?}");
    assert_eq!(lab.remote_tip(), request.base);
    std::fs::write(&file, config(&signer.to_string_lossy())).unwrap();
    let (outcome, steps) = send(&lab.mirror_by(&git).await, &request).await;
    assert!(matches!(outcome, Outcome::Sent { .. }), "{outcome:?}");
    assert!(steps.iter().any(|s| matches!(s, PushStep::Stored { author: Author { signed: Some(_), .. }, .. })));
    assert!(lab.at_remote(&["cat-file", "commit", "main"]).contains("gpgsig"));
}
