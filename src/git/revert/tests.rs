use super::super::testing::Lab;
use super::*;
use crate::domain::commit::FileChange;
use crate::domain::tree::FileTree;

const BASE: &str = "name: web\nreplicas: 2\n\n\nimage: web:1\n\n\npool: 20\n";

fn one(id: &str) -> Vec<(String, Option<u32>)> {
    vec![(id.to_owned(), None)]
}

/// What the program makes of the same revert in a worktree: tree and message.
fn by_git(lab: &Lab, args: &[&str]) -> (String, String) {
    let mut all = vec!["revert", "--no-edit"];
    all.extend(args);
    lab.git(&all);
    let out = (lab.git(&["rev-parse", "HEAD^{tree}"]), lab.git(&["log", "-1", "--format=%B"]));
    lab.git(&["reset", "-q", "--hard", "HEAD~1"]);
    out
}

#[tokio::test]
async fn a_revert_equals_that_of_git_in_tree_and_message() {
    let lab = Lab::new().await;
    lab.commit("a.yaml", BASE, "one");
    lab.write("b/new.yaml", "b\n");
    let bad = lab.commit("a.yaml", &BASE.replace("20", "200"), "pool 20 to 200\n\nBecause.");
    lab.commit("a.yaml", &BASE.replace("20", "200").replace("web:1", "web:2"), "image");
    lab.push();
    let (tree, message) = by_git(&lab, &[&bad]);
    let mirror = lab.mirror().await;
    let preview = preview(&mirror, "main", &one(&bad)).unwrap();
    assert_eq!(preview.tree, tree);
    assert_eq!(preview.message.trim_end(), message);
    assert!(preview.conflicts.is_empty() && !preview.already_undone);
    let files: Vec<_> = preview.files.iter().map(|f| (f.path.as_str(), f.change, f.added, f.removed)).collect();
    assert_eq!(files, [("a.yaml", FileChange::Modified, 1, 1), ("b/new.yaml", FileChange::Deleted, 0, 1)]);
    let after = preview_tree(&mirror, "main", &one(&bad)).unwrap().unwrap();
    assert_eq!(after.read("a.yaml").unwrap(), BASE.replace("web:1", "web:2").into_bytes());
    assert_eq!(after.list("b"), None);
}

#[tokio::test]
async fn a_commit_that_a_rewritten_branch_lost_is_not_undone() {
    let lab = Lab::new().await;
    lab.commit("a.yaml", BASE, "one");
    lab.git(&["checkout", "-q", "-b", "side"]);
    let lost = lab.commit("a.yaml", &BASE.replace("20", "200"), "pool");
    lab.git(&["checkout", "-q", "main"]);
    lab.commit("b.yaml", "b\n", "two");
    lab.push();
    let error = preview(&lab.mirror().await, "main", &one(&lost)).unwrap_err();
    assert_eq!(error.class, GitClass::NotAncestor, "{error}");
}

#[tokio::test]
async fn a_preview_stores_nothing() {
    let lab = Lab::new().await;
    lab.commit("a.yaml", BASE, "one");
    let bad = lab.commit("a.yaml", &BASE.replace("20", "200"), "bad");
    lab.commit("a.yaml", &BASE.replace("20", "200").replace("web:1", "web:2"), "image");
    lab.push();
    let mirror = lab.mirror().await;
    let tree = preview(&mirror, "main", &one(&bad)).unwrap().tree;
    let has = |tree: &str| lab.try_in(mirror.dir(), &["cat-file", "-e", tree]).0;
    assert!(!has(&tree));
    assert_eq!(store_tree(&mirror, "main", &one(&bad)).unwrap(), tree);
    assert!(has(&tree));
}

#[tokio::test]
async fn a_merge_needs_a_mainline_and_is_undone_against_it_as_git_does() {
    let lab = Lab::new().await;
    lab.commit("a.yaml", BASE, "one");
    lab.git(&["checkout", "-q", "-b", "side"]);
    lab.commit("a.yaml", &BASE.replace("20", "200"), "side one");
    lab.commit("c.yaml", "c\n", "side two");
    lab.git(&["checkout", "-q", "main"]);
    lab.commit("b.yaml", "b\n", "two");
    lab.git(&["merge", "-q", "--no-ff", "side", "-m", "Merge #812: pool"]);
    let merge = lab.git(&["rev-parse", "HEAD"]);
    let plain = lab.commit("b.yaml", "b2\n", "three");
    lab.push();
    let mirror = lab.mirror().await;
    for mainline in [1, 2] {
        let number = mainline.to_string();
        let (ok, _) = lab.try_in(&lab.work(), &["revert", "--no-edit", "-m", &number, &merge]);
        let found = preview(&mirror, "main", &[(merge.clone(), Some(mainline))]).unwrap();
        assert_eq!(ok, found.conflicts.is_empty(), "mainline {mainline}");
        if ok {
            assert_eq!(found.tree, lab.git(&["rev-parse", "HEAD^{tree}"]));
            assert_eq!(found.message.trim_end(), lab.git(&["log", "-1", "--format=%B"]));
            lab.git(&["reset", "-q", "--hard", "HEAD~1"]);
        } else {
            lab.git(&["revert", "--abort"]);
        }
    }
    for wrong in [(merge.clone(), None), (merge, Some(3)), (plain, Some(1))] {
        assert_eq!(preview(&mirror, "main", &[wrong]).unwrap_err().class, GitClass::NeedsMainline);
    }
}

#[tokio::test]
async fn a_conflict_shows_three_texts_and_who_came_later() {
    let lab = Lab::new().await;
    lab.commit("a.yaml", BASE, "one");
    let bad = lab.commit("a.yaml", &BASE.replace("web:1", "web:2"), "to 2");
    lab.commit("b.yaml", "b\n", "unrelated");
    lab.commit("a.yaml", &BASE.replace("web:1", "web:3"), "to 3");
    lab.push();
    assert!(!lab.try_in(&lab.work(), &["revert", "--no-edit", &bad]).0, "git finds a conflict too");
    let preview = preview(&lab.mirror().await, "main", &one(&bad)).unwrap();
    assert_eq!(preview.tree, "", "there is nothing to push");
    let [conflict] = preview.conflicts.as_slice() else { panic!("{:?}", preview.conflicts) };
    assert_eq!(conflict.path, "a.yaml");
    assert_eq!([&conflict.ours, &conflict.theirs, &conflict.base], ["image: web:3", "image: web:1", "image: web:2"]);
    assert_eq!(conflict.later.iter().map(|c| c.subject.as_str()).collect::<Vec<_>>(), ["to 3"]);
}

#[tokio::test]
async fn a_conflict_with_a_deleted_file_shows_what_is_there() {
    let lab = Lab::new().await;
    lab.commit("a.yaml", BASE, "one");
    let bad = lab.commit("a.yaml", &BASE.replace("20", "200"), "bad");
    lab.git(&["rm", "-q", "a.yaml"]);
    lab.commit_all("gone");
    lab.push();
    let preview = preview(&lab.mirror().await, "main", &one(&bad)).unwrap();
    let [conflict] = preview.conflicts.as_slice() else { panic!("{:?}", preview.conflicts) };
    assert_eq!((conflict.path.as_str(), conflict.ours.as_str()), ("a.yaml", ""));
    assert!(conflict.theirs.contains("pool: 20") && conflict.base.contains("pool: 200"), "{conflict:?}");
    assert_eq!(conflict.later[0].subject, "gone");
}

#[tokio::test]
async fn several_commits_fold_into_one_tree_newest_first() {
    let lab = Lab::new().await;
    lab.commit("a.yaml", BASE, "one");
    let first = lab.commit("a.yaml", &BASE.replace("web:1", "web:2"), "to 2");
    let second = lab.commit("a.yaml", &BASE.replace("web:1", "web:3"), "to 3");
    lab.commit("a.yaml", &BASE.replace("web:1", "web:3").replace("20", "200"), "pool");
    lab.push();
    let mirror = lab.mirror().await;
    lab.git(&["revert", "--no-edit", &second, &first]);
    let both = vec![(second.clone(), None), (first.clone(), None)];
    let preview = preview(&mirror, "main", &both).unwrap();
    assert_eq!(preview.tree, lab.git(&["rev-parse", "HEAD^{tree}"]));
    assert_eq!(preview.message, format!("Revert \"to 3\" and 1 more\n\nThis reverts commit {second}.\nThis reverts commit {first}.\n"));
}

#[tokio::test]
async fn an_undone_commit_says_so_and_its_revert_can_be_reverted() {
    let lab = Lab::new().await;
    lab.commit("a.yaml", BASE, "one");
    let bad = lab.commit("a.yaml", &BASE.replace("20", "200"), "pool");
    let with = lab.git(&["rev-parse", "HEAD^{tree}"]);
    lab.git(&["revert", "--no-edit", &bad]);
    let revert = lab.git(&["rev-parse", "HEAD"]);
    lab.push();
    let mirror = lab.mirror().await;
    let again = preview(&mirror, "main", &one(&bad)).unwrap();
    assert!(again.already_undone && again.files.is_empty() && again.conflicts.is_empty());
    let back = preview(&mirror, "main", &one(&revert)).unwrap();
    assert_eq!(back.tree, with);
    assert!(back.message.starts_with("Reapply \"pool\"\n\nThis reverts commit "), "{}", back.message);
}

#[tokio::test]
async fn the_first_commit_of_a_repository_can_be_undone() {
    let lab = Lab::new().await;
    let first = lab.commit("a.yaml", BASE, "one");
    lab.commit("b.yaml", "b\n", "two");
    lab.push();
    let (tree, _) = by_git(&lab, &[&first]);
    assert_eq!(preview(&lab.mirror().await, "main", &one(&first)).unwrap().tree, tree);
}
