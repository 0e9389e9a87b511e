//! Our builds held against those of the installed program, case by case. Skipped, and saying so, where kubectl is not installed.

use crate::domain::tree::MemoryTree;
use crate::render::{BuildOptions, Engine, RenderError, manifests, yaml};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// A file of cases: `=== name`, then files as `--- path` and their text. What is built is `app`, or the root without one.
const CASES: &str = include_str!("reference/cases.txt");

fn cases() -> Vec<(String, MemoryTree)> {
    let mut out: Vec<(String, MemoryTree)> = Vec::new();
    let mut file: Option<String> = None;
    for line in CASES.lines() {
        if let Some(name) = line.strip_prefix("=== ") {
            out.push((name.to_owned(), MemoryTree(BTreeMap::new())));
            file = None;
        } else if let Some(path) = line.strip_prefix("--- ") {
            file = Some(path.to_owned());
        } else if let (Some(path), Some((_, tree))) = (&file, out.last_mut()) {
            let text = tree.0.entry(path.clone()).or_default();
            text.extend_from_slice(line.as_bytes());
            text.push(b'\n');
        }
    }
    out
}

fn root(tree: &MemoryTree) -> &'static str {
    if tree.0.keys().any(|p| p.starts_with("app/")) { "app" } else { "" }
}

fn ours(tree: &MemoryTree) -> Result<Vec<Value>, RenderError> {
    manifests(tree, root(tree), &BuildOptions::new(Engine::Argo)).map(|r| r.objects)
}

/// The program's answer, its error text as `Err`.
fn theirs(tree: &MemoryTree) -> Result<Vec<Value>, String> {
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in &tree.0 {
        let full = dir.path().join(path);
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        // The command line sorts by default, which the engines' libraries and we do not.
        let is_root = crate::render::files::KUSTOMIZATION_FILES.iter().any(|n| *path == crate::render::files::below(root(tree), n));
        let unsorted = if is_root && !bytes.windows(11).any(|w| w == b"sortOptions") { "sortOptions: {order: fifo}\n" } else { "" };
        std::fs::write(full, [bytes, unsorted.as_bytes()].concat()).unwrap();
    }
    let run = Command::new("kubectl").arg("kustomize").arg(dir.path().join(root(tree))).stdin(Stdio::null()).output().unwrap();
    if !run.status.success() {
        return Err(String::from_utf8_lossy(&run.stderr).into_owned());
    }
    Ok(yaml::objects("out.yaml", &run.stdout).unwrap())
}

fn installed() -> bool {
    Command::new("kubectl").args(["version", "--client"]).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

#[test]
fn every_case_is_built_as_kubectl_kustomize_builds_it() {
    if !installed() {
        eprintln!("skipped: kubectl is not installed");
        return;
    }
    let only = std::env::var("DRIFTDECK_CASE").ok();
    let todo =
        Mutex::new(cases().into_iter().filter(|(name, _)| only.as_ref().is_none_or(|o| name.contains(o.as_str()))).collect::<Vec<_>>());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some((name, tree)) = todo.lock().unwrap().pop() else { break };
                    if let Some(why) = compare(&tree) {
                        failed.lock().unwrap().push(format!("=== {name}\n{why}"));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} cases differ\n{}", failed.len(), failed.join("\n"));
}

fn compare(tree: &MemoryTree) -> Option<String> {
    match (ours(tree), theirs(tree)) {
        (Ok(ours), Ok(theirs)) if ours == theirs => None,
        (Err(RenderError::Unsupported { feature, .. }), _) => Some(format!("refused: {feature}")),
        (Err(_), Err(_)) => None,
        (Ok(ours), Ok(theirs)) => {
            let text = |list: &[Value]| list.iter().map(yaml::to_yaml).collect::<Vec<_>>().join("---\n");
            let (left, right) = (text(&theirs), text(&ours));
            Some(similar::TextDiff::from_lines(&left, &right).unified_diff().header("kubectl", "ours").to_string())
        }
        (ours, theirs) => Some(format!("ours {:?}\ntheirs {:?}", ours.map(|o| o.len()), theirs.map(|t| t.len()))),
    }
}

#[test]
fn the_cases_themselves_are_well_formed() {
    let cases = cases();
    assert!(cases.len() > 30, "{}", cases.len());
    assert!(cases.iter().all(|(_, tree)| tree.0.keys().any(|p| p.to_lowercase().contains("kustomization"))));
}
