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

/// `cargo test --release render::kustomize::reference::figures -- --ignored --nocapture`
#[test]
#[ignore = "a figure, not a check"]
fn figures() {
    let (_, tree) = cases().into_iter().find(|(name, _)| name.starts_with("nested")).unwrap();
    let begun = std::time::Instant::now();
    (0..200).for_each(|_| drop(ours(&tree).unwrap()));
    let objects = ours(&tree).unwrap().len();
    println!("{objects} objects, two layers: {:.2} ms a build", begun.elapsed().as_secs_f64() * 5.0);
}

proptest::proptest! {
    #[test]
    fn no_kustomization_and_no_manifest_panics(a in ".{0,60}", b in "[ -~\n]{0,80}", bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60)) {
        for text in [a.as_bytes(), b.as_bytes(), &bytes] {
            for name in ["kustomization.yaml", "a.yaml"] {
                let tree = MemoryTree([(name.to_owned(), text.to_vec())].into());
                let _ = ours(&tree);
                let _ = crate::render::reach(&tree, "", &BuildOptions::new(Engine::Flux));
            }
            let spec = format!("resources: [a.yaml]\npatches: [{{path: p.yaml, target: {{name: \"{}\"}}}}]\n", b.replace(['"', '\\', '\n'], ""));
            let files = [("kustomization.yaml", spec.as_bytes()), ("a.yaml", b"{apiVersion: v1, kind: Service, metadata: {name: a}}"), ("p.yaml", text)];
            let _ = ours(&MemoryTree(files.iter().map(|(p, t)| ((*p).to_owned(), t.to_vec())).collect()));
        }
    }
}
