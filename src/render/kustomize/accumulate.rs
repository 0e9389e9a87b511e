//! One kustomization after the other: what it gathers, then what it does to it.

use super::item::{Id, Item};
use super::spec::{Kustomization, broken, impossible};
use super::{annotations, generate, images, labels, names, namespace, patch, replicas};
use crate::domain::text::sanitise;
use crate::domain::tree::join;
use crate::render::files::{Files, missing};
use crate::render::limits;
use crate::render::options::RenderError;

pub struct Build<'a, 'f> {
    files: &'a Files<'f>,
    /// Directories being built, outermost first.
    trail: Vec<String>,
}

/// Where a kustomization's own paths count from, and the file to blame.
#[derive(Clone, Copy)]
pub struct Place<'p> {
    pub dir: &'p str,
    pub file: &'p str,
}

impl<'a, 'f> Build<'a, 'f> {
    pub fn new(files: &'a Files<'f>) -> Self {
        Self { files, trail: Vec::new() }
    }

    pub fn root(&mut self, dir: &str, given: Option<Kustomization>, over: &dyn Fn(&mut Kustomization)) -> Result<Vec<Item>, RenderError> {
        let (file, mut spec) = match given {
            Some(spec) => (crate::render::files::below(dir, "kustomization.yaml"), spec),
            None => self.read(dir, "")?,
        };
        over(&mut spec);
        let mut items = Vec::new();
        self.run(Place { dir, file: &file }, &spec, &mut items)?;
        Ok(items)
    }

    fn read(&self, dir: &str, by: &str) -> Result<(String, Kustomization), RenderError> {
        if !self.files.is_dir(dir) {
            return Err(missing(dir, by));
        }
        let file = self.files.kustomization(dir).ok_or_else(|| impossible(by, format!("{dir}: a directory without kustomization.yaml")))?;
        let bytes = self.files.read(&file, by)?;
        let spec = Kustomization::read(&file, &bytes)?;
        Ok((file, spec))
    }

    fn nested(&mut self, dir: &str, by: &str, component: bool, items: &mut Vec<Item>) -> Result<(), RenderError> {
        self.files.enter(dir)?;
        if self.trail.iter().any(|d| d == dir) {
            return Err(impossible(by, format!("{dir} is built from itself")));
        }
        let (file, spec) = self.read(dir, by)?;
        if spec.is_component() != component {
            let wanted = if component { "components names a Kustomization" } else { "resources names a Component" };
            return Err(impossible(by, format!("{wanted}: {dir}")));
        }
        self.run(Place { dir, file: &file }, &spec, items)
    }

    fn run(&mut self, place: Place<'_>, spec: &Kustomization, items: &mut Vec<Item>) -> Result<(), RenderError> {
        if self.trail.len() >= limits::DEPTH {
            return Err(RenderError::TooLarge { what: format!("{}: kustomizations nested too deeply", sanitise(place.file, 300)) });
        }
        self.trail.push(place.dir.to_owned());
        for entry in &spec.resources {
            let mut more = Vec::new();
            self.resource(place, entry, &mut more)?;
            append(place.file, items, more)?;
        }
        generate::run(self.files, place, spec, items)?;
        for entry in &spec.components {
            let dir = self.local(place, entry)?;
            self.nested(&dir, place.file, true, items)?;
        }
        transform(self.files, place, spec, items)?;
        self.trail.pop();
        Ok(())
    }

    fn resource(&mut self, place: Place<'_>, entry: &str, out: &mut Vec<Item>) -> Result<(), RenderError> {
        let path = self.local(place, entry)?;
        if self.files.is_dir(&path) {
            return self.nested(&path, place.file, false, out);
        }
        outside(self.files, place, &path);
        out.extend(self.files.objects(&path, place.file)?.into_iter().map(Item::new));
        Ok(())
    }

    fn local(&self, place: Place<'_>, entry: &str) -> Result<String, RenderError> {
        if is_remote(entry) {
            return Err(RenderError::Unsupported {
                feature: format!("remote base {}", sanitise(&crate::domain::text::without_credentials(entry), 200)),
                file: place.file.to_owned(),
            });
        }
        if entry.starts_with('/') {
            return Err(impossible(place.file, format!("{entry}: an absolute path")));
        }
        join(place.dir, entry).ok_or_else(|| missing(entry, place.file))
    }
}

/// The engine may allow files only below their kustomization; Argo CD does by default.
pub fn outside(files: &Files<'_>, place: Place<'_>, path: &str) {
    let inside = place.dir.is_empty() || path.strip_prefix(place.dir).is_some_and(|rest| rest.starts_with('/'));
    if !inside {
        files.warn(format!(
            "{} reads {} from outside its directory, which some engines refuse",
            sanitise(place.file, 300),
            sanitise(path, 300)
        ));
    }
}

/// A resource that is fetched, not read.
pub fn is_remote(entry: &str) -> bool {
    entry.contains("://")
        || entry.starts_with("git@")
        || entry.starts_with("github.com/")
        || entry.contains("?ref=")
        || entry.contains("git::")
}

fn append(file: &str, items: &mut Vec<Item>, more: Vec<Item>) -> Result<(), RenderError> {
    if items.len() + more.len() > limits::OBJECTS {
        return Err(RenderError::TooLarge { what: format!("{}: more than {} objects", sanitise(file, 300), limits::OBJECTS) });
    }
    let key = |id: &Id| (id.group.clone(), id.version.clone(), id.kind.clone(), id.effective_namespace().to_owned(), id.name.clone());
    let mut seen: std::collections::HashSet<_> = items.iter().map(|i| key(&i.id())).collect();
    for item in more {
        let id = item.id();
        if id.kind.is_empty() {
            return Err(broken(file, "a resource without kind"));
        }
        if !id.name.is_empty() && !seen.insert(key(&id)) {
            return Err(impossible(file, format!("{} is there twice", id.title())));
        }
        items.push(item);
    }
    Ok(())
}

fn transform(files: &Files<'_>, place: Place<'_>, spec: &Kustomization, items: &mut Vec<Item>) -> Result<(), RenderError> {
    for entry in &spec.patches_strategic_merge {
        patch::strategic_entry(files, place, entry, items)?;
    }
    for entry in &spec.patches {
        patch::apply(files, place, entry, items)?;
    }
    namespace::set(&spec.namespace, items);
    names::add(&spec.name_prefix, &spec.name_suffix, items);
    labels::add(spec, items);
    annotations::add(&spec.common_annotations, items);
    for entry in &spec.patches_json6902 {
        patch::json_entry(files, place, entry, items)?;
    }
    for entry in &spec.replicas {
        replicas::set(place, entry, items)?;
    }
    for entry in &spec.images {
        images::set(place, entry, items)?;
    }
    Ok(())
}
