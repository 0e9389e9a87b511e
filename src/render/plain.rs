//! A directory of manifests without a kustomization, as Argo CD reads it.

use super::files::{Files, below, missing};
use super::limits;
use super::options::{BuildOptions, RenderError};
use regex::Regex;
use serde_json::Value;

/// Files of a directory that are manifests, in the order of a walk by name. Jsonnet is named, not read.
pub fn manifest_files(files: &Files<'_>, path: &str, options: &BuildOptions) -> Result<Vec<String>, RenderError> {
    let filter = Filter::new(options)?;
    let mut out = Vec::new();
    walk(files, path, "", options.recurse, &filter, &mut out)?;
    Ok(out)
}

pub fn build(files: &Files<'_>, path: &str, options: &BuildOptions) -> Result<Vec<Value>, RenderError> {
    let mut objects = Vec::new();
    for file in manifest_files(files, path, options)? {
        if file.ends_with(".jsonnet") {
            return Err(RenderError::Unsupported { feature: "Jsonnet".into(), file });
        }
        let bytes = files.read(&file, "")?;
        // The marker is a comment, so it must be looked for in the text.
        if contains(&bytes, b"+argocd:skip-file-rendering") {
            continue;
        }
        objects.extend(super::yaml::objects(&file, &bytes)?);
        if objects.len() > limits::OBJECTS {
            return Err(RenderError::TooLarge { what: format!("{path}: more than {} objects", limits::OBJECTS) });
        }
    }
    Ok(objects)
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|w| w == needle)
}

fn walk(files: &Files<'_>, root: &str, inner: &str, recurse: bool, filter: &Filter, out: &mut Vec<String>) -> Result<(), RenderError> {
    let dir = if inner.is_empty() { root.to_owned() } else { below(root, inner) };
    if inner.split('/').count() > 64 {
        return Err(RenderError::TooLarge { what: format!("{root}: directories nested too deeply") });
    }
    for (name, is_dir) in files.list(&dir).ok_or_else(|| missing(&dir, ""))? {
        let relative = below(inner, &name);
        if is_dir {
            if recurse {
                walk(files, root, &relative, recurse, filter, out)?;
            }
        } else if [".yaml", ".yml", ".json", ".jsonnet"].iter().any(|end| name.ends_with(end)) && filter.takes(&relative) {
            out.push(below(root, &relative));
        }
    }
    Ok(())
}

struct Filter {
    include: Option<Regex>,
    exclude: Option<Regex>,
}

impl Filter {
    fn new(options: &BuildOptions) -> Result<Self, RenderError> {
        let compile = |pattern: &Option<String>| pattern.as_deref().filter(|p| !p.is_empty()).map(glob).transpose();
        Ok(Self { include: compile(&options.include)?, exclude: compile(&options.exclude)? })
    }
    fn takes(&self, path: &str) -> bool {
        self.include.as_ref().is_none_or(|r| r.is_match(path)) && !self.exclude.as_ref().is_some_and(|r| r.is_match(path))
    }
}

/// `*`, `**`, `?`, `[...]` and `{a,b}`; as in Argo CD a `*` also crosses directories.
pub fn glob(pattern: &str) -> Result<Regex, RenderError> {
    let mut out = String::from("^(?:");
    let (mut braces, mut class, mut escaped) = (0usize, false, false);
    for c in pattern.chars().take(1000) {
        match c {
            c if escaped => {
                out.push_str(&regex::escape(&c.to_string()));
                escaped = false;
            }
            '\\' => escaped = true,
            ']' if class => {
                class = false;
                out.push(']');
            }
            '!' if class && out.ends_with('[') => out.push('^'),
            c if class => out.push_str(&if c == '-' { "-".to_owned() } else { regex::escape(&c.to_string()) }),
            '[' => {
                class = true;
                out.push('[');
            }
            '*' if out.ends_with(".*") => {}
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            '{' => {
                braces += 1;
                out.push_str("(?:");
            }
            '}' if braces > 0 => {
                braces -= 1;
                out.push(')');
            }
            ',' if braces > 0 => out.push('|'),
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    out.push_str(")$");
    Regex::new(&out)
        .map_err(|_| RenderError::Build { file: "spec.source.directory".into(), cause: "include or exclude is no pattern".into() })
}
