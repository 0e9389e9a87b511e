//! The real `kustomize`, `kubectl` or `helm`, for what is not built in process; shut in as far as the system allows.
//!
//! A program sees a private copy of the tree, an environment of PATH and HOME only, no network where namespaces may be made, and limits on time,
//! memory and output. Trees that name remote bases are refused before anything is started.

mod export;
mod run;

pub use run::Limits;

use super::files::Files;
use super::kustomize::{self, Kustomization};
use super::options::{BuildKind, BuildOptions, Engine, RenderError, Rendered};
use super::{argo, flux, manifests, reach, yaml};
use crate::domain::text::{sanitise, without_credentials};
use crate::domain::tree::{FileTree, MemoryTree, join};
use export::Export;
use run::{Answer, run};
use serde_json::Value;
use std::path::Path;

/// As [`manifests`]; what it refuses by name is given to an installed program. Blocks for up to the time limit of each program tried.
pub fn manifests_with_programs(tree: &dyn FileTree, path: &str, options: &BuildOptions) -> Result<Rendered, RenderError> {
    match manifests(tree, path, options) {
        Err(RenderError::Unsupported { feature, file }) if !feature.starts_with("remote") => {
            by_program(tree, path, options, &Limits::default()).map_err(|e| match e {
                // Nothing installed: what could not be built says more.
                RenderError::Tool { tool, .. } if tool.is_empty() => RenderError::Unsupported { feature, file },
                other => other,
            })
        }
        other => other,
    }
}

/// The build of a real program; `Tool` with an empty name when none is installed.
pub fn by_program(tree: &dyn FileTree, path: &str, options: &BuildOptions, limits: &Limits) -> Result<Rendered, RenderError> {
    let files = Files::new(tree);
    let kind = files.build_kind(path);
    if let Some(remote) = reach::remote_references(tree, path).first() {
        let feature = format!("remote base {}", sanitise(&without_credentials(remote), 200));
        return Err(RenderError::Unsupported { feature, file: path.to_owned() });
    }
    let export = Export::of(tree)?;
    let (text, tool) = match kind {
        BuildKind::Kustomize => kustomize(&export, path, options, limits)?,
        BuildKind::Helm => helm(&export, path, options, limits)?,
        BuildKind::Plain => {
            return Err(RenderError::Unsupported { feature: "a plain directory of this kind".into(), file: path.to_owned() });
        }
    };
    let mut objects = yaml::objects(&format!("output of {tool}"), &text)?;
    if kind == BuildKind::Kustomize {
        objects = laid_over(objects, options)?;
    }
    match options.engine {
        Engine::Argo => argo::finish(&mut objects, options),
        Engine::Flux => flux::finish(&mut objects, options, &files)?,
    }
    let mut rendered = files.finish(objects, tool);
    rendered.files = reach::reach(tree, path, options).into_iter().filter(|file| tree.read(file).is_some()).collect();
    Ok(rendered)
}

fn kustomize(export: &Export, path: &str, options: &BuildOptions, limits: &Limits) -> Result<(Vec<u8>, String), RenderError> {
    let dir = export.root().join(path);
    let free: &[&str] = if options.engine == Engine::Flux { &["--load-restrictor", "LoadRestrictionsNone"] } else { &[] };
    for (program, word, version) in [("kustomize", "build", &["version"][..]), ("kubectl", "kustomize", &["version", "--client"][..])] {
        let mut arguments: Vec<&std::ffi::OsStr> = vec![word.as_ref()];
        arguments.extend(free.iter().map(|a| std::ffi::OsStr::new(*a)));
        arguments.push(dir.as_os_str());
        match run(program, &arguments, export.home(), limits) {
            Answer::NotInstalled => {}
            Answer::Done(text) => return Ok((text, format!("kustomize {}", version_of(program, version, export.home(), limits)))),
            Answer::Failed(cause) => return Err(failed(program, &cause, export.root())),
        }
    }
    Err(none())
}

fn helm(export: &Export, path: &str, options: &BuildOptions, limits: &Limits) -> Result<(Vec<u8>, String), RenderError> {
    let chart = export.root().join(path);
    let name = if options.release_name.is_empty() { "release" } else { &options.release_name };
    let mut arguments: Vec<std::ffi::OsString> = vec!["template".into(), name.into(), chart.into(), "--include-crds".into()];
    if let Some(namespace) = &options.namespace {
        arguments.extend(["--namespace".into(), namespace.into()]);
    }
    for file in &options.value_files {
        let full = match file.strip_prefix('$') {
            Some(reference) => reference.split_once('/').and_then(|(_, inner)| join("", inner)),
            None => join(path, file),
        };
        let full = full
            .filter(|_| !file.contains("://"))
            .ok_or_else(|| RenderError::Missing { path: sanitise(file, 300), by: "helm.valueFiles".into() })?;
        arguments.extend(["--values".into(), export.root().join(full).into()]);
    }
    if let Some(values) = &options.helm_values {
        arguments.extend(["--values".into(), export.extra("values.yaml", values.as_bytes())?.into()]);
    }
    let arguments: Vec<&std::ffi::OsStr> = arguments.iter().map(std::ffi::OsString::as_os_str).collect();
    match run("helm", &arguments, export.home(), limits) {
        Answer::NotInstalled => Err(none()),
        Answer::Done(text) => Ok((text, format!("helm {}", version_of("helm", &["version", "--short"], export.home(), limits)))),
        Answer::Failed(cause) => Err(failed("helm", &cause, export.root())),
    }
}

/// The engine's own settings on the finished build.
fn laid_over(objects: Vec<Value>, options: &BuildOptions) -> Result<Vec<Value>, RenderError> {
    let over = match options.engine {
        Engine::Argo => kustomize::from_argo(options.kustomize.as_ref())?,
        Engine::Flux => kustomize::from_flux(options.build.as_ref(), options.namespace.as_deref())?,
    };
    let text: String = objects.iter().map(|o| format!("---\n{}", yaml::to_yaml(o))).collect();
    let tree = MemoryTree([("built.yaml".to_owned(), text.into_bytes())].into());
    let given = Kustomization { resources: vec!["built.yaml".into()], ..Kustomization::default() };
    kustomize::build(&Files::new(&tree), "", Some(given), &*over)
}

/// The first word of the program's answer that looks like a version; empty when there is none.
fn version_of(program: &str, arguments: &[&str], home: &Path, limits: &Limits) -> String {
    let arguments: Vec<&std::ffi::OsStr> = arguments.iter().map(|a| std::ffi::OsStr::new(*a)).collect();
    let Answer::Done(text) = run(program, &arguments, home, limits) else { return String::new() };
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text.lines().find(|l| l.starts_with("Kustomize")).or_else(|| text.lines().next()).unwrap_or_default();
    let is_version = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    let word = line.split(|c: char| c.is_whitespace() || c == 'v' || c == '/').find(is_version).unwrap_or_default();
    sanitise(word.split('+').next().unwrap_or_default(), 30)
}

fn none() -> RenderError {
    RenderError::Tool { tool: String::new(), cause: "no program for it is installed".into() }
}

/// The program's words without the place of our copy.
fn failed(program: &str, cause: &str, root: &Path) -> RenderError {
    let text = cause.replace(&format!("{}/", root.display()), "").replace(&root.display().to_string(), ".");
    RenderError::Tool { tool: program.to_owned(), cause: sanitise(&without_credentials(&text), 600) }
}

/// The path of a file of the tree inside a copy of it.
fn inside(root: &Path, path: &str) -> Option<std::path::PathBuf> {
    join("", path).map(|clean| root.join(clean))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn tree(files: &[(&str, &str)]) -> MemoryTree {
        MemoryTree(files.iter().map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec())).collect())
    }

    #[test]
    fn what_is_not_built_here_is_built_by_the_installed_program() {
        let tree = tree(&[
            (
                "app/kustomization.yaml",
                "resources: [cm.yaml]\nreplacements:\n- source: {kind: ConfigMap, name: a, fieldPath: data.x}\n  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.y]}]\n",
            ),
            ("app/cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: \"1\", y: \"2\"}\n"),
        ]);
        let mut options = BuildOptions::new(Engine::Argo);
        assert!(matches!(manifests(&tree, "app", &options), Err(RenderError::Unsupported { feature, .. }) if feature == "replacements"));
        options.namespace = Some("shop".into());
        options.kustomize = Some(serde_json::json!({"namePrefix": "p-"}));
        match manifests_with_programs(&tree, "app", &options) {
            Err(RenderError::Unsupported { .. }) => eprintln!("skipped: neither kustomize nor kubectl is installed"),
            built => {
                let built = built.unwrap();
                assert_eq!(
                    built.objects,
                    [serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap",
                    "metadata": {"name": "p-a", "namespace": "shop"}, "data": {"x": "1", "y": "1"}})]
                );
                assert!(built.tool.starts_with("kustomize 5"), "{}", built.tool);
                assert_eq!(built.files.len(), 2);
            }
        }
    }

    #[test]
    fn a_chart_in_git_is_built_by_helm_with_its_value_files_and_inline_values() {
        let template = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-{{ .Values.suffix }}\n  namespace: {{ .Release.Namespace }}\ndata:\n  color: {{ .Values.color | quote }}\n  size: {{ .Values.size | quote }}\n";
        let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: lamps.acme.example}\n";
        let tree = tree(&[
            ("charts/lamp/Chart.yaml", "apiVersion: v2\nname: lamp\nversion: 1.0.0\n"),
            ("charts/lamp/values.yaml", "suffix: lamp\ncolor: red\nsize: small\n"),
            ("charts/lamp/templates/cm.yaml", template),
            ("charts/lamp/crds/lamps.yaml", crd),
            ("env/prod.yaml", "color: green\nsize: large\n"),
        ]);
        let mut options = BuildOptions::new(Engine::Argo);
        options.namespace = Some("shop".into());
        options.release_name = "desk".into();
        options.value_files = vec!["../../env/prod.yaml".into()];
        options.helm_values = Some("size: huge\n".into());
        let built = match by_program(&tree, "charts/lamp", &options, &Limits::default()) {
            Err(RenderError::Tool { tool, .. }) if tool.is_empty() => return eprintln!("skipped: helm is not installed"),
            built => built.unwrap(),
        };
        let found =
            |kind: &str| built.objects.iter().find(|o| o["kind"] == kind).unwrap_or_else(|| panic!("no {kind}: {:?}", built.objects));
        let map = found("ConfigMap");
        assert_eq!((&map["metadata"]["name"], &map["metadata"]["namespace"]), (&"desk-lamp".into(), &"shop".into()));
        assert_eq!(map["data"], serde_json::json!({"color": "green", "size": "huge"}), "a value file, and over it what stands in the app");
        found("CustomResourceDefinition");
        assert!(built.tool.starts_with("helm 3") || built.tool.starts_with("helm 4"), "{}", built.tool);
        assert!(built.files.iter().any(|f| f == "env/prod.yaml"), "{:?}", built.files);

        options.value_files = vec!["nowhere.yaml".into()];
        let error = by_program(&tree, "charts/lamp", &options, &Limits::default()).unwrap_err().to_string();
        assert!(error.contains("charts/lamp/nowhere.yaml") && !error.contains("/tmp/"), "{error}");
    }

    #[test]
    fn a_remote_base_starts_nothing() {
        let tree = tree(&[("kustomization.yaml", "resources: [\"https://sam:pw@example.com/x?ref=y\"]\nvars: [{name: a}]\n")]);
        let error = manifests_with_programs(&tree, "", &BuildOptions::new(Engine::Argo)).unwrap_err();
        assert!(
            matches!(&error, RenderError::Unsupported { feature, .. } if feature.starts_with("remote") || feature == "vars"),
            "{error:?}"
        );
        let error = by_program(&tree, "", &BuildOptions::new(Engine::Argo), &Limits::default()).unwrap_err();
        assert!(error.to_string().contains("remote base https://example.com/x"), "{error}");
    }

    #[test]
    fn a_program_that_does_not_end_or_says_too_much_is_ended() {
        let home = std::env::temp_dir();
        let limits = Limits { time: Duration::from_millis(200), output: 1000, ..Limits::default() };
        let begun = Instant::now();
        assert!(matches!(run("sleep", &["60".as_ref()], &home, &limits), Answer::Failed(why) if why.contains("time")));
        assert!(matches!(run("yes", &[], &home, &limits), Answer::Failed(why) if why.contains("output")));
        assert!(begun.elapsed() < Duration::from_secs(10));
        assert!(matches!(run("no-such-program-here", &[], &home, &limits), Answer::NotInstalled));
        assert!(
            matches!(run("env", &[], &home, &Limits::default()), Answer::Done(text) if !String::from_utf8_lossy(&text).contains("CARGO"))
        );
    }

    #[test]
    fn the_copy_is_private_and_goes_away() {
        use std::os::unix::fs::PermissionsExt;
        let export = Export::of(&tree(&[("a/b.yaml", "x")])).unwrap();
        let home = export.home().to_path_buf();
        assert_eq!(std::fs::metadata(&home).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(std::fs::read(inside(export.root(), "a/b.yaml").unwrap()).unwrap(), b"x");
        drop(export);
        assert!(!home.exists());
    }
}
