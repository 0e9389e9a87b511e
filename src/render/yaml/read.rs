//! Documents of a file as JSON values.

use crate::domain::text::sanitise;
use crate::render::limits;
use crate::render::options::RenderError;
use serde_json::Value;
use serde_yaml as yaml;

fn options() -> yaml::Options {
    let nodes = limits::YAML_NODES;
    yaml::options! {
        budget: yaml::budget! {
            max_events: nodes * 2,
            max_nodes: nodes,
            max_depth: 200,
            max_documents: limits::OBJECTS,
            max_anchors: 10_000,
            max_total_scalar_bytes: limits::FILE_BYTES * 2,
        },
        // File modes are written with a leading zero, and the programs we stand in for read them as octal.
        legacy_octal_numbers: true,
        // `y` and `on` are texts to them, also where nobody asked for a text.
        strict_booleans: true,
        with_snippet: false,
    }
}

/// Every document that holds something. Errors name the file and line, never its text: it may be a Secret.
pub fn documents(file: &str, bytes: &[u8]) -> Result<Vec<Value>, RenderError> {
    let broken = |line, cause: &str| RenderError::Broken { file: sanitise(file, 300), line, cause: sanitise(cause, 300) };
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let before = bytes.get(..e.valid_up_to()).unwrap_or_default();
        broken(Some(1 + before.iter().filter(|b| **b == b'\n').count() as u64), "not UTF-8 text")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if file.ends_with(".json") {
        let read: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(text).into_iter().collect();
        return read.map_err(|e| broken(Some(e.line() as u64), "not JSON"));
    }
    let documents: Vec<Value> = yaml::from_multiple_with_options(text, options()).map_err(|e| {
        let line = e.location().map(|l| l.line()).filter(|l| *l > 0);
        broken(line, &e.without_snippet().to_string())
    })?;
    Ok(documents.into_iter().filter(|d| !d.is_null()).collect())
}

/// Every Kubernetes object of a file: documents, the items of lists; each a map with apiVersion, kind and a name.
pub fn objects(file: &str, bytes: &[u8]) -> Result<Vec<Value>, RenderError> {
    let mut out = Vec::new();
    for (at, document) in documents(file, bytes)?.into_iter().enumerate() {
        unfold(file, at, document, 0, &mut out)?;
    }
    if out.len() > limits::OBJECTS {
        return Err(RenderError::TooLarge { what: format!("{}: more than {} objects", sanitise(file, 300), limits::OBJECTS) });
    }
    Ok(out)
}

fn unfold(file: &str, at: usize, document: Value, depth: usize, out: &mut Vec<Value>) -> Result<(), RenderError> {
    let broken = |cause: String| RenderError::Broken { file: sanitise(file, 300), line: None, cause };
    let text = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    if kind.is_empty() || version.is_empty() {
        let what = if kind.is_empty() { "kind" } else { "apiVersion" };
        return Err(broken(format!("document {} has no {what}", at + 1)));
    }
    let is_list = kind.ends_with("List") && document.get("metadata").and_then(|m| m.get("name")).is_none();
    if let Some(Value::Array(items)) = document.get("items").filter(|_| is_list && depth < 4) {
        for item in items {
            unfold(file, at, item.clone(), depth + 1, out)?;
        }
        return Ok(());
    }
    let metadata = document.get("metadata");
    let named = ["name", "generateName"]
        .iter()
        .any(|key| metadata.and_then(|m| m.get(key)).is_some_and(|n| n.as_str().is_some_and(|n| !n.is_empty())));
    if !named {
        return Err(broken(format!("document {} ({}) has no metadata.name", at + 1, sanitise(kind, 60))));
    }
    out.push(document);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(text: &str) -> Value {
        documents("a.yaml", text.as_bytes()).unwrap().remove(0)
    }

    #[test]
    fn empty_documents_comments_and_anchors_are_understood() {
        let text = "# head\n---\n---\na: &x {b: 1}\nc: *x\n---\n# only a comment\n---\nd: 2\n";
        assert_eq!(documents("a.yaml", text.as_bytes()).unwrap(), vec![json!({"a": {"b": 1}, "c": {"b": 1}}), json!({"d": 2})]);
        assert!(documents("a.yaml", b"").unwrap().is_empty());
        assert!(documents("a.yaml", b"# nothing\n").unwrap().is_empty());
    }

    #[test]
    fn scalars_are_read_as_the_programs_we_stand_in_for_read_them() {
        assert_eq!(
            one("a: 0644\nb: \"0644\"\nc: 1e3\nd: 12:30\ne: 2024-01-01\nf: ~\ng: 0x10\nh: -5\ni: 1.50\n"),
            json!({
            "a": 420, "b": "0644", "c": 1000.0, "d": "12:30", "e": "2024-01-01", "f": null, "g": 16, "h": -5, "i": 1.5})
        );
        assert_eq!(one("a: |\n  x\n  y\nb: >-\n  x\n  y\nc: 'it''s'\n"), json!({"a": "x\ny\n", "b": "x y", "c": "it's"}));
        assert_eq!(one("8080: a\ntrue: b\n"), json!({"8080": "a", "true": "b"}));
        assert_eq!(one("a: !!binary aGVsbG8=\nb: !!str 12\n"), json!({"a": "hello", "b": "12"}));
    }

    #[test]
    fn broken_yaml_names_file_line_and_cause_and_not_its_values() {
        let error = documents("apps/web.yaml", b"a: 1\nb: [hunter2\nc: hunter2\n").unwrap_err();
        let RenderError::Broken { file, line, cause } = &error else { panic!("{error:?}") };
        assert_eq!(file, "apps/web.yaml");
        assert!(line.is_some_and(|l| l >= 2), "{error:?}");
        assert!(!cause.is_empty() && !cause.contains("hunter2"), "{cause}");
        let error = documents("x.yaml", b"a: 1\nb: \xff\n").unwrap_err();
        assert!(matches!(error, RenderError::Broken { line: Some(2), .. }), "{error:?}");
    }

    #[test]
    fn lists_are_unfolded_and_objects_need_kind_and_name() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: a}}\n- apiVersion: v1\n  kind: ConfigMapList\n  items:\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n";
        let names: Vec<_> = objects("a.yaml", text.as_bytes()).unwrap().into_iter().map(|o| o["metadata"]["name"].clone()).collect();
        assert_eq!(names, [json!("a"), json!("b")]);
        assert!(objects("a.yaml", b"apiVersion: v1\nmetadata: {name: x}\n").unwrap_err().to_string().contains("no kind"));
        assert!(objects("a.yaml", b"apiVersion: v1\nkind: Service\n").unwrap_err().to_string().contains("metadata.name"));
        assert!(objects("a.yaml", b"- 1\n").is_err());
    }

    #[test]
    fn a_bomb_is_stopped() {
        let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for i in 1..9 {
            text.push_str(&format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(",")));
        }
        assert!(documents("a.yaml", text.as_bytes()).is_err());
        assert!(documents("a.yaml", "[".repeat(100_000).as_bytes()).is_err());
    }
}
